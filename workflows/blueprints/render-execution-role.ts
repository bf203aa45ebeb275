import { BlueprintError } from './blueprint-error.ts';
import type { Component } from './component.ts';
import { joined, statementsOf } from './permission.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: all inline policies of one role. */
const INLINE_LIMIT = 10_240;

type Base = {
  Resources: {
    ExecutionRole: { Properties: { Policies: [{ PolicyDocument: { Statement: unknown[] } }] } };
  };
};

/**
 * The template of the execution role: what every vend needs, and what the components say that their stacks need. The
 * same components give the same text, whatever their order. Throws BlueprintError when IAM would not take so much.
 *
 * @param base the content of execution-role.base.json
 */
export function renderExecutionRole(base: unknown, components: readonly Component[]): string {
  const template = structuredClone(base) as Base;
  const policy = template.Resources.ExecutionRole.Properties.Policies[0].PolicyDocument;
  const byName = [...components].sort((a, b) => (a.name < b.name ? -1 : 1));
  policy.Statement.push(
    ...joined(byName.flatMap(({ name, permissions }) => statementsOf(name, permissions))),
  );
  const characters = policyText(policy).length;
  if (characters > INLINE_LIMIT)
    throw new BlueprintError(
      `the execution role would have ${characters} characters of permissions; IAM takes ${INLINE_LIMIT}`,
    );
  return `${JSON.stringify(template, null, 2)}\n`;
}

/** The policy as IAM is given it, with the longest names that AWS has for what is not known before. */
function policyText(policy: object): string {
  const text = JSON.stringify(policy, (_, value) =>
    typeof value?.['Fn::Sub'] === 'string' ? value['Fn::Sub'] : value,
  );
  return text
    .replaceAll('${AWS::Partition}', 'aws-us-gov')
    .replaceAll('${AWS::AccountId}', '000000000000')
    .replaceAll('${AWS::Region}', 'ap-northeast-1');
}

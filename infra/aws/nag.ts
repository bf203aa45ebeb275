import { type App, type CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { JetwayStack } from './jetway-stack.ts';

type Answer = { stack: string; rule: string; reason: string };

/** What cdk-nag finds and why it stays. A finding that nobody has answered here makes the synthesis fail. */
export const ANSWERS: readonly Answer[] = [
  {
    stack: 'jetway-forwarding',
    rule: 'AwsSolutions-SQS3',
    reason: 'The queue is the dead-letter queue of the rules; EventBridge names it, no queue does.',
  },
  {
    stack: 'jetway-network',
    rule: 'AwsSolutions-EC23',
    reason:
      'Who reaches the load balancer is the parameter AllowedCidr, which cannot be judged before it is given.',
  },
  {
    stack: 'jetway-data',
    rule: 'AwsSolutions-SMG4',
    reason:
      'Another root secret would make every parked task token and every session unreadable; docs/operations.md says how it is replaced by hand.',
  },
  {
    stack: 'jetway-service',
    rule: 'AwsSolutions-ECS2',
    reason: 'The settings of the environment are no secrets; those come from Secrets Manager.',
  },
  {
    stack: 'jetway-service',
    rule: 'CloudFormation-Validate::W1030',
    reason: 'The empty default means no web ACL; the association is made only when one is named.',
  },
];

/** Why a policy of ours names more than one thing, by the pattern that it names. */
export const WILDCARDS: readonly { pattern: RegExp; reason: string }[] = [
  {
    pattern: /^\*$/,
    reason:
      'Actions that know no resource, and reads of the whole organization; permissions/resources.ts narrows every action that can be narrowed.',
  },
  {
    pattern: /:(stackset\/jetway-\*:\*|stackset-target\/jetway-\*|type\/resource\/\*)$/,
    reason: 'Stack sets of Jetway are named by their content; their targets and types are not known before.',
  },
  {
    pattern: /:stackset\/AWSControlTowerBP-VPC-ACCOUNT-FACTORY-V1:\*$/,
    reason: "Control Tower's own set, of which AWS makes the id; its instances are listed and nothing else.",
  },
  {
    pattern: /:s3:::jetway-checkpoints-[^/]*\/\*$/,
    reason:
      'Checkpoints are objects of their own, and those of each day once more in one; there is nothing else in the bucket.',
  },
  { pattern: /:stack\/SC-\*$/, reason: 'Service Catalog names the stack of a product itself.' },
  {
    pattern: /:iam::\*:role\/(AWSControlTowerExecution|jetway-execution|jetway-mirror)$/,
    reason:
      'One role name in accounts that do not exist yet; aws:ResourceOrgID keeps it to the organization.',
  },
  {
    pattern: /:organizations::<AWS::AccountId>:(account\/o-\*\/\*|ou\/o-\*\/ou-\*|root\/o-\*\/r-\*)$/,
    reason: 'The root, and accounts and units of this organization that do not exist yet.',
  },
  {
    pattern: /:organizations::<AWS::AccountId>:policy\/o-\*\/(service_control_policy|\*)\/p-\*$/,
    reason: 'Policies get their ids from AWS; the management account is in the ARN.',
  },
  {
    pattern: /:s3:::(sc-\*|cf-templates-\*|jetway-artifacts-.*\/\*\.template\.json)$/,
    reason: 'Templates: of Service Catalog, and ours, which are named by their content.',
  },
  { pattern: /:execution:[a-z-]+:\*$/, reason: 'Executions are named by requests that do not exist yet.' },
];

/** Judges the templates with the AWS Solutions rules; what is answered above is told apart from what is not. */
export function judge(app: App, stacks: readonly JetwayStack[]): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  for (const stack of stacks) {
    for (const { rule, reason } of ANSWERS.filter((one) => one.stack === stack.stackName))
      Validations.of(stack).acknowledge({ id: rule.includes('::') ? rule : `AwsSolutions::${rule}`, reason });
    for (const construct of stack.node.findAll())
      if (construct instanceof CfnRole) answerWildcards(construct);
  }
}

/** cdk-nag wants an answer for every resource with a wildcard in it, in words of its own. */
function answerWildcards(role: CfnRole): void {
  for (const resource of wildcardsOf(role)) {
    const answer = WILDCARDS.find(({ pattern }) => pattern.test(resource));
    if (!answer) continue;
    const id = `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`;
    Validations.of(role).acknowledge({ id, reason: answer.reason });
  }
}

/** @example ['arn:<AWS::Partition>:iam::*:role/jetway-execution'] */
function wildcardsOf(role: CfnResource): string[] {
  const { policies = [] } = role as CfnRole;
  const written = Stack.of(role).resolve(policies) as {
    policyDocument: { Statement: { Resource: unknown }[] };
  }[];
  return written
    .flatMap(({ policyDocument }) => policyDocument.Statement)
    .flatMap(({ Resource }) => (Array.isArray(Resource) ? Resource : [Resource]))
    .map(flat)
    .filter((resource) => resource.includes('*'));
}

/** A value of CloudFormation as one text, references in angle brackets. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (Ref !== undefined) return `<${Ref}>`;
  if (join) return join[1].map(flat).join(join[0]);
  return JSON.stringify(value);
}

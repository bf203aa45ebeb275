import { z } from 'zod';

const Values = z.union([z.string(), z.array(z.string()).min(1)]);

/** What the execution role has to be allowed to do for a component's stack: an IAM statement without the wrapping. */
export const Permission = z
  .strictObject({
    actions: z
      .array(z.string().regex(/^[a-z0-9-]+:[A-Za-z0-9]+\*?$/, 'is not an action of one service'))
      .min(1),
    /** ARNs; `${AWS::Partition}`, `${AWS::AccountId}` and `${AWS::Region}` are filled in. */
    resources: z.array(z.string().regex(/^(\*|arn:\$\{AWS::Partition\}:.+)$/, 'is not an ARN')).min(1),
    condition: z.record(z.string(), z.record(z.string(), Values)).optional(),
  })
  .superRefine((permission, context) => {
    for (const problem of problemsOf(permission)) context.addIssue(problem);
  });
export type Permission = z.output<typeof Permission>;

/** Roles and policies that a component may write: its own. AWS writes those of its services itself. */
const OWN =
  /^arn:\$\{AWS::Partition\}:iam::(aws|\$\{AWS::AccountId\}):(role\/jetway-|policy\/jetway-|role\/aws-service-role\/)/;
const READS = /^iam:(Get|List)/;
/** Actions that give away more than they name, and the condition that bounds them. */
const BOUNDED: Readonly<Record<string, string>> = {
  'iam:PassRole': 'iam:PassedToService',
  'iam:AttachRolePolicy': 'iam:PolicyARN',
  'iam:CreateServiceLinkedRole': 'iam:AWSServiceName',
};

function problemsOf({ actions, resources, condition = {} }: z.input<typeof Permission>): string[] {
  const keys = Object.values(condition).flatMap((one) => Object.keys(one));
  return actions.flatMap((action) => {
    const [service = '', name = ''] = action.split(':');
    const bound = BOUNDED[action];
    return [
      ...(['sts', 'organizations', 'account', 'sso'].includes(service)
        ? [`${action} is nothing that a component may do`]
        : []),
      ...(name === '*' || (service === 'iam' && name.endsWith('*')) ? [`${action} is too much`] : []),
      ...(service === 'iam' && !READS.test(action) && !resources.every((one) => OWN.test(one))
        ? [`${action} on more than roles and policies named jetway-`]
        : []),
      ...(bound !== undefined && !keys.includes(bound) ? [`${action} without a condition on ${bound}`] : []),
    ];
  });
}

type Statement = Record<'Sid' | 'Effect' | 'Action' | 'Resource', unknown> & { Condition?: unknown };

/** The statements of one component as CloudFormation takes them. */
export function statementsOf(component: string, permissions: readonly Permission[]): Statement[] {
  const stem = component.replace(/(^|-)([a-z0-9])/g, (_match, _dash, letter: string) => letter.toUpperCase());
  return permissions.map(({ actions, resources, condition }, i) => ({
    Sid: `${stem}${i + 1}`,
    Effect: 'Allow',
    Action: [...actions].sort(),
    Resource: filled(resources),
    ...(condition === undefined ? {} : { Condition: filled(condition) }),
  }));
}

/** Statements that allow the same under the same condition become one, on the resources of all: IAM counts characters. */
export function joined(statements: readonly Statement[]): Statement[] {
  const groups = new Map<string, Statement[]>();
  for (const statement of statements) {
    const key = JSON.stringify([statement.Action, statement.Condition]);
    groups.set(key, [...(groups.get(key) ?? []), statement]);
  }
  let shared = 0;
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined || others.length === 0) return first ?? [];
    const resources = [first, ...others].flatMap(({ Resource }) => Resource);
    const different = new Map(resources.map((one) => [JSON.stringify(one), one]));
    const Resource = different.size === 1 ? resources[0] : [...different.values()];
    shared += 1;
    return { ...first, Sid: `Shared${shared}`, Resource };
  });
}

/** Texts with pseudo parameters go through Fn::Sub. */
function filled(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('${') ? { 'Fn::Sub': value } : value;
  if (Array.isArray(value)) return value.length === 1 ? filled(value[0]) : value.map(filled);
  return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, filled(inner)]));
}

import { functionCalls } from './function-calls.ts';
import type { AccountCall } from './lockout.ts';
import { CUSTOM_RESOURCE, RESOURCE_CALLS } from './resource-calls.ts';
import { holds, nameOf, type StackPlace, type StackTemplate, stackValues } from './stack-template.ts';

export type StackPlan = StackPlace & {
  /** Whose rights CloudFormation works with in the account. */
  roleName: string;
};

/**
 * The calls that CloudFormation makes to build, change and remove a stack, and those that its functions make. A resource
 * whose condition cannot be decided counts as there.
 *
 * @returns also the types of resources that RESOURCE_CALLS does not know: their calls are not among them
 */
export function stackCalls(
  template: StackTemplate,
  plan: StackPlan,
): { calls: AccountCall[]; unknownTypes: string[] } {
  const values = stackValues(template, plan);
  const principalArn = `arn:aws:iam::${plan.accountId}:role/${plan.roleName}`;
  const calls = new Map<string, AccountCall>();
  const unknownTypes = new Set<string>();
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    if (resource.Condition !== undefined && holds(template, resource.Condition, values) === false) continue;
    const known = resource.Type.startsWith('Custom::') ? CUSTOM_RESOURCE : RESOURCE_CALLS[resource.Type];
    if (known === undefined) {
      unknownTypes.add(resource.Type);
      continue;
    }
    const name = nameOf(known.name === undefined ? undefined : resource.Properties?.[known.name], values);
    const fill = (arn: string) =>
      arn
        .replace('{region}', plan.region)
        .replace('{account}', plan.accountId)
        .replace('{name}', name ?? `${plan.stackName}-${logicalId}-*`);
    const own = known.actions.split(' ').map((action) => ({ action, arn: known.arn }));
    for (const { action, arn } of [...own, ...(known.also ?? [])]) {
      const call = { action, principalArn, resource: fill(arn), region: plan.region, context: THROUGH };
      calls.set(`${action} ${call.resource}`, call);
    }
  }
  const own = functionCalls(template, values, plan);
  return { calls: [...calls.values(), ...own], unknownTypes: [...unknownTypes] };
}

/** The same for two stacks of a template that make the same calls, whatever else differs between their parameters. */
export function stackCallsKey(template: StackTemplate, plan: StackPlan): string {
  const values = stackValues(template, plan);
  const { parameters: _, ...place } = plan;
  return JSON.stringify([
    place,
    Object.keys(template.Conditions ?? {}).map((name) => holds(template, name, values) ?? null),
    namingParameters(template).map((name) => values[name] ?? null),
  ]);
}

/**
 * May another value of a parameter, of which no more is known than that it is not empty, make the stack call something
 * else? In doubt it may: conditions may ask of it no more than whether it was given.
 */
export function mayChangeCalls(template: StackTemplate, parameter: string): boolean {
  const isGiven = JSON.stringify({ 'Fn::Equals': [{ Ref: parameter }, ''] });
  const conditions = JSON.stringify(template.Conditions ?? {}).replaceAll(isGiven, '');
  return conditions.includes(parameter) || namingParameters(template).includes(parameter);
}

const naming = new WeakMap<StackTemplate, string[]>();

/** Parameters that stand in what is read of resources besides their conditions: names, and what roles may do. */
function namingParameters(template: StackTemplate): string[] {
  const known = naming.get(template);
  if (known) return known;
  const read = Object.values(template.Resources).map(({ Type, Properties = {} }) => {
    const name = RESOURCE_CALLS[Type]?.name;
    return Type === 'AWS::IAM::Role' ? Properties : [name === undefined ? null : Properties[name]];
  });
  const text = JSON.stringify(read);
  const names = Object.keys(template.Parameters ?? {}).filter((name) => text.includes(name));
  naming.set(template, names);
  return names;
}

/** CloudFormation calls on behalf of its caller. */
const THROUGH = {
  'aws:ViaAWSService': 'true',
  'aws:CalledVia': ['cloudformation.amazonaws.com'],
  'aws:CalledViaFirst': 'cloudformation.amazonaws.com',
  'aws:CalledViaLast': 'cloudformation.amazonaws.com',
};

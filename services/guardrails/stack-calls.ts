import type { AccountCall } from './lockout.ts';
import { RESOURCE_CALLS } from './resource-calls.ts';

/** The parts of a CloudFormation template that say what a stack is made of. */
export type StackTemplate = {
  Parameters?: Record<string, { Default?: unknown }>;
  Conditions?: Record<string, unknown>;
  Resources: Record<string, { Type: string; Condition?: string; Properties?: Record<string, unknown> }>;
};

export type StackPlan = {
  stackName: string;
  parameters: Readonly<Record<string, string>>;
  region: string;
  accountId: string;
  /** Whose rights CloudFormation works with in the account. */
  roleName: string;
};

type Values = Readonly<Record<string, unknown>>;

/**
 * The calls that CloudFormation makes to build, change and remove a stack. A resource whose condition cannot be
 * decided counts as there.
 *
 * @returns also the types of resources that RESOURCE_CALLS does not know: their calls are not among them
 */
export function stackCalls(
  template: StackTemplate,
  plan: StackPlan,
): { calls: AccountCall[]; unknownTypes: string[] } {
  const values = valuesOf(template, plan);
  const principalArn = `arn:aws:iam::${plan.accountId}:role/${plan.roleName}`;
  const calls = new Map<string, AccountCall>();
  const unknownTypes = new Set<string>();
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    if (resource.Condition !== undefined && holds(template, resource.Condition, values) === false) continue;
    const known = RESOURCE_CALLS[resource.Type];
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
  return { calls: [...calls.values()], unknownTypes: [...unknownTypes] };
}

/** CloudFormation calls on behalf of its caller. */
const THROUGH = {
  'aws:ViaAWSService': 'true',
  'aws:CalledVia': ['cloudformation.amazonaws.com'],
  'aws:CalledViaFirst': 'cloudformation.amazonaws.com',
  'aws:CalledViaLast': 'cloudformation.amazonaws.com',
};

function valuesOf({ Parameters = {} }: StackTemplate, plan: StackPlan): Values {
  return {
    ...Object.fromEntries(Object.entries(Parameters).map(([name, { Default }]) => [name, Default])),
    ...plan.parameters,
    'AWS::Region': plan.region,
    'AWS::AccountId': plan.accountId,
    'AWS::Partition': 'aws',
    'AWS::StackName': plan.stackName,
  };
}

/** A text, with what is not known as `*`; undefined when nothing of it is known. */
function nameOf(property: unknown, values: Values): string | undefined {
  if (typeof property === 'string') return property;
  const [kind, argument] = functionOf(property);
  if (kind === 'Ref' && typeof argument === 'string') return textOf(values[argument]);
  const text = kind === 'Fn::Sub' && Array.isArray(argument) ? argument[0] : argument;
  if (kind !== 'Fn::Sub' || typeof text !== 'string') return undefined;
  return text.replace(/\$\{([^}!]+)\}/g, (_, name: string) => textOf(values[name]) ?? '*');
}

const textOf = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));

function functionOf(value: unknown): [kind: string | undefined, argument: unknown] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return entries.length === 1 ? (entries[0] as [string, unknown]) : [undefined, undefined];
}

/** Undefined: cannot be told. */
function holds(template: StackTemplate, name: string, values: Values): boolean | undefined {
  return decide(template.Conditions?.[name], template, values);
}

function decide(condition: unknown, template: StackTemplate, values: Values): boolean | undefined {
  const [kind, argument] = functionOf(condition);
  if (kind === 'Condition') return holds(template, String(argument), values);
  const parts = Array.isArray(argument) ? argument : [];
  if (kind === 'Fn::Equals') {
    const [left, right] = parts.map((part) => nameOf(part, values));
    return left === undefined || right === undefined ? undefined : left === right;
  }
  const decided = parts.map((part) => decide(part, template, values));
  const either = kind === 'Fn::Or';
  switch (kind) {
    case 'Fn::Not':
      return decided[0] === undefined ? undefined : !decided[0];
    case 'Fn::And':
    case 'Fn::Or':
      if (decided.includes(either)) return either;
      return decided.includes(undefined) ? undefined : !either;
    default:
      return undefined;
  }
}

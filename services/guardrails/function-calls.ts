import type { AccountCall } from './lockout.ts';
import { functionOf, holds, nameOf, type StackTemplate, type StackValues } from './stack-template.ts';

type Stack = { region: string; accountId: string };

/**
 * What the Lambda functions of a stack are made to call: the actions that the inline policies of their roles allow. A
 * custom resource whose function is denied one of them fails its stack.
 */
export function functionCalls(template: StackTemplate, values: StackValues, stack: Stack): AccountCall[] {
  return Object.values(template.Resources).flatMap(({ Type, Properties = {} }) => {
    const runsFunctions = JSON.stringify(Properties.AssumeRolePolicyDocument ?? '').includes(
      'lambda.amazonaws.com',
    );
    if (Type !== 'AWS::IAM::Role' || !runsFunctions) return [];
    const principalArn = `arn:aws:iam::${stack.accountId}:role/${nameOf(Properties.RoleName, values) ?? 'unnamed'}`;
    return listOf(Properties.Policies)
      .flatMap((policy) => listOf(memberOf(memberOf(policy, 'PolicyDocument'), 'Statement')))
      .flatMap((statement) => chosenOf(statement, template, values))
      .flatMap((statement) => callsOf(statement, principalArn, values, stack));
  });
}

function callsOf(statement: unknown, principalArn: string, values: StackValues, stack: Stack): AccountCall[] {
  if (memberOf(statement, 'Effect') !== 'Allow') return [];
  const resources = listOf(memberOf(statement, 'Resource')).map((resource) => nameOf(resource, values));
  // A whole family of actions is more than the function needs: there is no telling which.
  const actions = listOf(memberOf(statement, 'Action')).filter(
    (action): action is string => typeof action === 'string' && !/[*?]/.test(action),
  );
  return actions.flatMap((action) =>
    resources.map((resource) => ({
      action,
      principalArn,
      resource:
        resource === undefined || resource === '*'
          ? `arn:aws:${action.split(':')[0]}:*:${stack.accountId}:*`
          : resource,
      region: stack.region,
    })),
  );
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** The side of an Fn::If that the stack has; both, when that cannot be told. */
function chosenOf(value: unknown, template: StackTemplate, values: StackValues): unknown[] {
  const [kind, argument] = functionOf(value);
  if (kind !== 'Fn::If' || !Array.isArray(argument)) return [value];
  const [condition, yes, no] = argument as unknown[];
  const decided = holds(template, String(condition), values);
  return decided === undefined ? [yes, no] : [decided ? yes : no];
}

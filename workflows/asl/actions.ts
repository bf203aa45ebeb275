import type { Definition, TaskState } from './definition.ts';
import { statesOf } from './walk.ts';

/** With whose rights a call is made: the machine's role, or a role of the account. */
type CallCredentials = 'none' | (typeof ROLES)[number];
const ROLES = ['AWSControlTowerExecution', 'jetway-execution', 'jetway-mirror'] as const;

/** A call that a machine can make. `action` as IAM spells it: `CreateStack`. */
type ActionUsed = { service: string; action: string; credentials: CallCredentials };

/** Nothing in the product makes these calls; an account is never closed, removed or let go by a machine. */
export const FORBIDDEN_ACTIONS = [
  'CloseAccount',
  'TerminateProvisionedProduct',
  'RemoveAccountFromOrganization',
  'LeaveOrganization',
] as const;

/**
 * The service and the action of an integration, or undefined: not an AWS call.
 *
 * @example integrationOf('arn:aws:states:::aws-sdk:organizations:tagResource')
 *   // → { service: 'organizations', action: 'TagResource', sdk: true }
 */
export function integrationOf(
  resource: string,
): { service: string; action: string; sdk: boolean } | undefined {
  const found = /^arn:aws:states:::(aws-sdk:)?([a-z][a-z0-9]*):([a-z][A-Za-z]+)(\.waitForTaskToken)?$/.exec(
    resource,
  );
  if (!found) return undefined;
  const [, sdk, service = '', camel = ''] = found;
  return { service, action: camel.charAt(0).toUpperCase() + camel.slice(1), sdk: sdk !== undefined };
}

/** Every AWS call of a definition, each once, in the order of the text. */
export function actionsUsed(definition: Definition): ActionUsed[] {
  const found = new Map<string, ActionUsed>();
  for (const [, state] of statesOf(definition)) {
    const integration = state.Type === 'Task' ? integrationOf(state.Resource) : undefined;
    if (!integration) continue;
    const { service, action } = integration;
    const credentials = credentialsOf(state as TaskState);
    found.set(`${service}:${action}:${credentials}`, { service, action, credentials });
  }
  return [...found.values()];
}

/** @throws for a role that nobody has thought about */
function credentialsOf(state: TaskState): CallCredentials {
  const role = state.Credentials?.RoleArn;
  if (role === undefined) return 'none';
  const known = ROLES.find((name) => role.includes(`:role/${name}'`));
  if (!known) throw new Error(`a state takes the role ${role}`);
  return known;
}

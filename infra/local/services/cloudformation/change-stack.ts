import { trustsService } from '../../authorization/trust.ts';
import { AwsError, type Caller, type World } from '../../world.ts';
import { getRole, parseRoleArn } from '../iam.ts';
import { dropChangeSets } from './change-set-store.ts';
import { beginDeploy, placeOf, planResource, stackOutputs } from './deploy.ts';
import { beginRemoval } from './removal.ts';
import { isoNow } from './resources/resource-type.ts';
import { type Prepared, prepare, type RevisionInput, reread, stackScope } from './revision.ts';
import { findStack, type Stack, type StackStatus, saveStack, setStackStatus } from './stacks.ts';
import { validationError } from './template/template.ts';

export type CreateStackInput = RevisionInput & {
  StackName: string;
  ClientRequestToken?: string;
  RoleARN?: string;
  DisableRollback?: boolean;
  OnFailure?: Stack['onFailure'];
  TimeoutInMinutes?: number;
  EnableTerminationProtection?: boolean;
};
export type UpdateStackInput = RevisionInput & {
  StackName: string;
  ClientRequestToken?: string;
  RoleARN?: string;
};
export type DeleteStackInput = {
  StackName: string;
  ClientRequestToken?: string;
  RoleARN?: string;
  RetainResources?: string[];
};

const TOKENS = 'cloudformation/tokens';
export const UPDATABLE: readonly StackStatus[] = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
];
const BUSY_FOR_DELETION = /^UPDATE_.*IN_PROGRESS$|^ROLLBACK_IN_PROGRESS$/;

/** @throws AwsError `AlreadyExistsException`, `ValidationError`, `TokenAlreadyExistsException`, … */
export function createStack(world: World, input: CreateStackInput, caller: Caller) {
  const known = tokenAnswer(world, 'CreateStack', input, caller);
  if (known !== undefined) return { StackId: known };
  checkName(input.StackName);
  if (findStack(world, caller, input.StackName))
    throw new AwsError('AlreadyExistsException', `Stack [${input.StackName}] already exists`);
  if (input.DisableRollback !== undefined && input.OnFailure !== undefined)
    throw validationError('Only one of DisableRollback and OnFailure may be specified');
  const { accountId, region } = caller;
  const id = `arn:aws:cloudformation:${region}:${accountId}:stack/${input.StackName}/${world.random.uuid()}`;
  const place = { accountId, region, stackId: id, stackName: input.StackName };
  const prepared = prepare(world, place, input);
  const stack: Stack = {
    id,
    name: input.StackName,
    accountId,
    region,
    actor: actorOf(world, caller, input.RoleARN),
    ...(input.RoleARN === undefined ? {} : { roleArn: input.RoleARN }),
    status: 'CREATE_IN_PROGRESS',
    createdAt: isoNow(world),
    revision: prepared.revision,
    resources: {},
    outputs: [],
    onFailure: input.DisableRollback === true ? 'DO_NOTHING' : (input.OnFailure ?? 'ROLLBACK'),
    terminationProtection: input.EnableTerminationProtection === true,
    ...(input.TimeoutInMinutes === undefined ? {} : { timeoutInMinutes: input.TimeoutInMinutes }),
    token: input.ClientRequestToken ?? '',
    step: 0,
  };
  setStackStatus(world, stack, 'CREATE_IN_PROGRESS', 'User Initiated');
  beginDeploy(world, stack, prepared);
  saveStack(world, stack);
  rememberToken(world, 'CreateStack', input, caller, id);
  return { StackId: id };
}

/** @throws AwsError `ValidationError` also for "No updates are to be performed." */
export function updateStack(world: World, input: UpdateStackInput, caller: Caller) {
  const known = tokenAnswer(world, 'UpdateStack', input, caller);
  if (known !== undefined) return { StackId: known };
  const found = findStack(world, caller, input.StackName);
  if (!found || found.status === 'DELETE_COMPLETE')
    throw validationError(`Stack [${input.StackName}] does not exist`);
  if (!UPDATABLE.includes(found.status))
    throw validationError(`Stack:${found.id} is in ${found.status} state and can not be updated.`);
  const prepared = prepare(world, placeOf(found), input, found);
  if (!changesAnything(world, found, prepared)) throw validationError('No updates are to be performed.');
  const roleArn = input.RoleARN ?? found.roleArn;
  startUpdate(world, found, prepared, {
    actor: actorOf(world, caller, roleArn),
    ...(roleArn === undefined ? {} : { roleArn }),
    token: input.ClientRequestToken ?? '',
  });
  rememberToken(world, 'UpdateStack', input, caller, found.id);
  return { StackId: found.id };
}

type UpdateOptions = { actor: Caller; roleArn?: string; token: string; changeSetId?: string };

/** Starts the update that `prepared` says, by UpdateStack or by a change set. */
export function startUpdate(world: World, found: Stack, prepared: Prepared, options: UpdateOptions): void {
  const { roleArn: _role, changeSetId: _set, ...old } = structuredClone(found);
  const { revision, resources, outputs } = found;
  const stack: Stack = {
    ...old,
    ...options,
    revision: prepared.revision,
    updatedAt: isoNow(world),
  };
  setStackStatus(world, stack, 'UPDATE_IN_PROGRESS', 'User Initiated');
  beginDeploy(world, stack, prepared, structuredClone({ revision, resources, outputs }));
  saveStack(world, stack);
  dropChangeSets(world, stack, options.changeSetId);
}

export function deleteStack(world: World, input: DeleteStackInput, caller: Caller) {
  const found = findStack(world, caller, input.StackName);
  // Deleting what is not there, or is going already, succeeds.
  if (!found || found.status === 'DELETE_COMPLETE' || found.status === 'DELETE_IN_PROGRESS') return {};
  if (found.terminationProtection)
    throw validationError(`Stack [${found.name}] cannot be deleted while TerminationProtection is enabled`);
  if (BUSY_FOR_DELETION.test(found.status))
    throw validationError(`Stack [${found.id}] cannot be deleted while in status ${found.status}`);
  const retain = input.RetainResources ?? [];
  if (retain.length > 0 && found.status !== 'DELETE_FAILED')
    throw validationError(
      `Invalid operation on stack [${found.id}]. RetainResources can be specified only when the stack is in DELETE_FAILED state.`,
    );
  const stack = structuredClone(found);
  stack.actor = actorOf(world, caller, input.RoleARN ?? stack.roleArn);
  stack.token = input.ClientRequestToken ?? '';
  dropChangeSets(world, stack);
  beginRemoval(world, stack, 'DELETE', retain, 'User Initiated');
  saveStack(world, stack);
  return {};
}

function checkName(name: string): void {
  if (/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) return;
  throw validationError(
    `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
  );
}

/** The caller, or the service role that the stack is to use. */
export function actorOf(world: World, caller: Caller, roleArn: string | undefined): Caller {
  if (roleArn === undefined) return caller;
  const parsed = parseRoleArn(roleArn);
  const role =
    parsed && parsed.accountId === caller.accountId && getRole(world, parsed.accountId, parsed.roleName);
  if (!role || !trustsService(role.properties.AssumeRolePolicyDocument, 'cloudformation.amazonaws.com'))
    throw validationError(`Role ${roleArn} is invalid or cannot be assumed`);
  return { ...caller, principalArn: roleArn };
}

/** Would the new revision change a resource, an output or a tag? */
export function changesAnything(world: World, stack: Stack, prepared: Prepared): boolean {
  const current = reread(world, placeOf(stack), stack.revision);
  if (JSON.stringify(stack.revision.tags) !== JSON.stringify(prepared.revision.tags)) return true;
  const wanted = new Set(prepared.waves.flat());
  if (Object.keys(stack.resources).some((logicalId) => !wanted.has(logicalId))) return true;
  if ([...wanted].some((logicalId) => stack.resources[logicalId]?.id === undefined)) return true;
  const scope = stackScope(stack, prepared);
  if ([...wanted].some((logicalId) => planResource(stack, logicalId, prepared, scope) !== undefined))
    return true;
  return JSON.stringify(stackOutputs(stack, current)) !== JSON.stringify(stackOutputs(stack, prepared));
}

type Operation = 'CreateStack' | 'UpdateStack';
type Remembered = { operation: Operation; stackId: string; input: string };
type Tokened = { ClientRequestToken?: string };

const tokenKey = ({ accountId, region }: Caller, token: string): string => `${accountId}/${region}/${token}`;

/** The stack of an earlier call with this token and the same input. The token of a deleted stack is free again. */
function tokenAnswer(world: World, operation: Operation, input: Tokened, caller: Caller): string | undefined {
  const token = input.ClientRequestToken;
  if (token === undefined) return undefined;
  const known = world.store.get<Remembered>(TOKENS, tokenKey(caller, token));
  if (!known || findStack(world, caller, known.stackId)?.status === 'DELETE_COMPLETE') return undefined;
  if (known.operation === operation && known.input === JSON.stringify(input)) return known.stackId;
  throw new AwsError(
    'TokenAlreadyExistsException',
    `A stack operation with client request token ${token} already exists.`,
  );
}

function rememberToken(
  world: World,
  operation: Operation,
  input: Tokened,
  caller: Caller,
  stackId: string,
): void {
  if (input.ClientRequestToken === undefined) return;
  const remembered: Remembered = { operation, stackId, input: JSON.stringify(input) };
  world.store.put(TOKENS, tokenKey(caller, input.ClientRequestToken), remembered);
}

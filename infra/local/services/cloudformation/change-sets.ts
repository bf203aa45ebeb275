import { page } from '../../paging.ts';
import { AwsError, type Caller, type World } from '../../world.ts';
import { resourceChanges } from './change-set-contents.ts';
import {
  type ChangeSet,
  changeSetsOf,
  dropChangeSet,
  getChangeSet,
  saveChangeSet,
} from './change-set-store.ts';
import { actorOf, changesAnything, startUpdate, UPDATABLE } from './change-stack.ts';
import { placeOf } from './deploy.ts';
import { requireStack } from './describe.ts';
import { isoNow } from './resources/resource-type.ts';
import { prepare, type RevisionInput } from './revision.ts';
import { findStack, type Revision, type Stack } from './stacks.ts';
import { validationError } from './template/template.ts';

const HANDLER = 'cloudformation/change-set';
/** AWS time that it takes to compare. */
const CREATE_MS = { least: 5_000, spread: 10_000 };
const CHANGES_PER_PAGE = 100;
const NOTHING =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

type Named = { ChangeSetName: string; StackName?: string };
export type CreateChangeSetInput = RevisionInput & {
  StackName: string;
  ChangeSetName: string;
  ChangeSetType?: 'CREATE' | 'UPDATE' | 'IMPORT';
  ClientToken?: string;
  Description?: string;
  RoleARN?: string;
};

export function registerChangeSets(world: World): void {
  world.scheduler.on(HANDLER, ({ id }: { id: string }) => finish(world, id));
}

/**
 * A change of a stack that is there, to be looked at before it is made.
 * @throws AwsError `AlreadyExistsException`, `ValidationError`, `InsufficientCapabilitiesException`
 */
export function createChangeSet(world: World, input: CreateChangeSetInput, caller: Caller) {
  if (input.ChangeSetType !== undefined && input.ChangeSetType !== 'UPDATE')
    throw validationError(`Change sets of type ${input.ChangeSetType} are not made here: only UPDATE is`);
  const stack = findStack(world, caller, input.StackName);
  if (!stack || stack.status === 'DELETE_COMPLETE')
    throw validationError(`Stack [${input.StackName}] does not exist`);
  if (!UPDATABLE.includes(stack.status))
    throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  if (changeSetsOf(world, stack).some((one) => one.name === input.ChangeSetName))
    throw new AwsError(
      'AlreadyExistsException',
      `ChangeSet ${input.ChangeSetName} cannot be created due to a mismatch with existing attributes or because it exists already`,
    );
  const { accountId, region } = caller;
  const roleArn = input.RoleARN ?? stack.roleArn;
  const changeSet: ChangeSet = {
    id: `arn:aws:cloudformation:${region}:${accountId}:changeSet/${input.ChangeSetName}/${world.random.uuid()}`,
    name: input.ChangeSetName,
    stackId: stack.id,
    accountId,
    region,
    actor: actorOf(world, caller, roleArn),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(input.Description === undefined ? {} : { description: input.Description }),
    createdAt: isoNow(world),
    status: 'CREATE_PENDING',
    revision: prepare(world, placeOf(stack), input, stack).revision,
    changes: [],
  };
  saveChangeSet(world, changeSet);
  const half = (CREATE_MS.least + world.random.below(CREATE_MS.spread)) / 2;
  world.scheduler.after(half, HANDLER, { id: changeSet.id });
  world.scheduler.after(2 * half, HANDLER, { id: changeSet.id });
  return { Id: changeSet.id, StackId: stack.id };
}

/** Pending, in progress, and then the comparison with the stack as it is at the end. */
function finish(world: World, id: string): void {
  const found = getChangeSet(world, id);
  if (!found) return;
  if (found.status === 'CREATE_PENDING') {
    saveChangeSet(world, { ...found, status: 'CREATE_IN_PROGRESS' });
    return;
  }
  const stack = findStack(world, found, found.stackId);
  if (!stack || stack.status === 'DELETE_COMPLETE') {
    dropChangeSet(world, id);
    return;
  }
  const prepared = prepareAgain(world, stack, found.revision);
  const isEmpty = !changesAnything(world, stack, prepared);
  saveChangeSet(world, {
    ...found,
    ...(isEmpty
      ? { status: 'FAILED', reason: NOTHING }
      : {
          status: 'CREATE_COMPLETE',
          changes: resourceChanges(stack, prepared),
        }),
  });
}

function prepareAgain(world: World, stack: Stack, revision: Revision) {
  return prepare(
    world,
    placeOf(stack),
    {
      templateKey: revision.templateKey,
      Parameters: revision.parameters.map(({ name, text }) => ({
        ParameterKey: name,
        ParameterValue: text,
      })),
      Capabilities: revision.capabilities,
      Tags: revision.tags,
      NotificationARNs: revision.notificationArns,
    },
    stack,
  );
}

/** By ARN, or by name together with the stack. @throws AwsError `ChangeSetNotFound`, `ValidationError` */
function requireSet(world: World, { ChangeSetName: name, StackName }: Named, caller: Caller): ChangeSet {
  const isMine = (one: ChangeSet) => one.accountId === caller.accountId && one.region === caller.region;
  const missing = () => new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, 404);
  if (name.startsWith('arn:')) {
    const found = getChangeSet(world, name);
    if (!found || !isMine(found)) throw missing();
    return found;
  }
  if (StackName === undefined)
    throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.');
  const stack = requireStack(world, caller, StackName);
  const found = changeSetsOf(world, stack).find((one) => one.name === name);
  if (!found) throw missing();
  return found;
}

/** After its execution has begun, the stack says how that goes. */
function executionOf(world: World, { id, stackId, status, ...place }: ChangeSet) {
  if (status !== 'CREATE_COMPLETE') return 'UNAVAILABLE';
  const stack = findStack(world, place, stackId);
  if (stack?.changeSetId !== id) return 'AVAILABLE';
  if (stack.status === 'UPDATE_COMPLETE') return 'EXECUTE_COMPLETE';
  return /^UPDATE(_COMPLETE_CLEANUP)?_IN_PROGRESS$/.test(stack.status)
    ? 'EXECUTE_IN_PROGRESS'
    : 'EXECUTE_FAILED';
}

export function describeChangeSet(world: World, input: Named & { NextToken?: string }, caller: Caller) {
  const found = requireSet(world, input, caller);
  const { items, nextToken } = page(found.changes, input.NextToken, CHANGES_PER_PAGE, 'ValidationError');
  return {
    ChangeSetName: found.name,
    ChangeSetId: found.id,
    StackId: found.stackId,
    StackName: findStack(world, found, found.stackId)?.name ?? '',
    ...(found.description === undefined ? {} : { Description: found.description }),
    Parameters: found.revision.parameters.map(({ name, text, noEcho }) => ({
      ParameterKey: name,
      ParameterValue: noEcho ? '****' : text,
    })),
    CreationTime: found.createdAt,
    ExecutionStatus: executionOf(world, found),
    Status: found.status,
    ...(found.reason === undefined ? {} : { StatusReason: found.reason }),
    NotificationARNs: found.revision.notificationArns,
    RollbackConfiguration: {},
    Capabilities: found.revision.capabilities,
    Tags: found.revision.tags,
    Changes: items.map((change) => ({ Type: 'Resource', ResourceChange: change })),
    IncludeNestedStacks: false,
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

type ExecuteInput = Named & { ClientRequestToken?: string; DisableRollback?: boolean };

/** Updates the stack; its other change sets are gone with that, as AWS deletes them. */
export function executeChangeSet(world: World, input: ExecuteInput, caller: Caller) {
  const found = requireSet(world, input, caller);
  const execution = executionOf(world, found);
  if (execution !== 'AVAILABLE')
    throw new AwsError(
      'InvalidChangeSetStatus',
      `ChangeSet [${found.id}] cannot be executed in its current execution status of [${execution}]`,
    );
  if (input.DisableRollback === true) throw validationError('DisableRollback is not taken here');
  const stack = requireStack(world, caller, found.stackId);
  if (!UPDATABLE.includes(stack.status))
    throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  const prepared = prepareAgain(world, stack, found.revision);
  startUpdate(world, stack, prepared, {
    actor: found.actor,
    ...(found.roleArn === undefined ? {} : { roleArn: found.roleArn }),
    token: input.ClientRequestToken ?? '',
    changeSetId: found.id,
  });
  return {};
}

/** Deleting what is not there succeeds, as long as the stack is. */
export function deleteChangeSet(world: World, input: Named, caller: Caller) {
  let found: ChangeSet;
  try {
    found = requireSet(world, input, caller);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ChangeSetNotFound') return {};
    throw error;
  }
  if (found.status === 'CREATE_PENDING' || found.status === 'CREATE_IN_PROGRESS')
    throw new AwsError(
      'InvalidChangeSetStatus',
      `ChangeSet [${found.id}] cannot be deleted in its current status of [${found.status}]`,
    );
  dropChangeSet(world, found.id);
  return {};
}

import { AwsError, type Caller, type World } from '../../../world.ts';
import { isoNow } from '../resources/resource-type.ts';
import { reread } from '../revision.ts';
import { validationError } from '../template/template.ts';
import {
  type DeploymentTargets,
  findInstance,
  findOperation,
  instancesIn,
  operationsIn,
  type Parameter,
  type Preferences,
  requireSet,
  type SetOperation,
  type StackInstance,
  type StackSet,
  saveInstance,
  saveOperation,
  setArn,
  type Target,
} from './documents.ts';
import { emitInstance, emitOperation } from './events.ts';
import { conflicts, continueOperation } from './queue.ts';
import { type TargetInput, targetsOf } from './targets.ts';

export type InstancesInput = TargetInput & {
  StackSetName: string;
  ParameterOverrides?: Parameter[];
  OperationPreferences?: Preferences;
  OperationId?: string;
  RetainStacks?: boolean;
  DeploymentTargets?: DeploymentTargets;
};

const MAX_INSTANCES = 100_000;
const MAX_QUEUED = 10_000;

/** New instances; one that is there already is brought up to date with the overrides given. */
export function createStackInstances(world: World, input: InstancesInput, caller: Caller) {
  const set = requireSet(world, input, caller);
  const targets = targetsOf(world, input);
  const fresh = targets.filter((one) => !findInstance(world, set, one.account, one.region));
  if (instancesIn(world, set).length + fresh.length > MAX_INSTANCES)
    throw new AwsError('LimitExceededException', `A stack set has at most ${MAX_INSTANCES} stack instances.`);
  return begin(world, set, 'CREATE', targets, input);
}

/** @throws AwsError `StackInstanceNotFoundException` when an account named has no instance in a Region asked for */
export function updateStackInstances(world: World, input: InstancesInput, caller: Caller) {
  const set = requireSet(world, input, caller);
  const targets = targetsOf(world, input);
  const missing = targets.find((one) => !findInstance(world, set, one.account, one.region));
  if (missing || targets.length === 0)
    throw new AwsError(
      'StackInstanceNotFoundException',
      `Stack instance ${set.id} ${missing?.account ?? ''} ${missing?.region ?? ''} not found`,
      404,
    );
  return begin(world, set, 'UPDATE', targets, input);
}

/** Instances that are not there are none of its targets. */
export function deleteStackInstances(world: World, input: InstancesInput, caller: Caller) {
  const set = requireSet(world, input, caller);
  const targets = targetsOf(world, input).filter((one) => findInstance(world, set, one.account, one.region));
  return begin(world, set, 'DELETE', targets, input);
}

function begin(
  world: World,
  set: StackSet,
  action: SetOperation['action'],
  targets: Target[],
  input: InstancesInput,
) {
  const id = input.OperationId ?? world.random.uuid();
  if (findOperation(world, set, id))
    throw new AwsError(
      'OperationIdAlreadyExistsException',
      `Operation with OperationId ${id} already exists`,
      409,
    );
  checkOverrides(set, world, input.ParameterOverrides);
  const operation: SetOperation = {
    id,
    action,
    status: 'RUNNING',
    targets,
    preferences: input.OperationPreferences ?? {},
    deploymentTargets: input.DeploymentTargets ?? {},
    retainStacks: input.RetainStacks === true,
    ...(input.ParameterOverrides === undefined ? {} : { overrides: input.ParameterOverrides }),
    createdAt: isoNow(world),
  };
  operation.status = placeInQueue(world, set, operation);
  saveOperation(world, set, operation);
  for (const target of targets) announce(world, set, operation, target);
  emitOperation(world, set, operation);
  continueOperation(world, set, operation);
  return { OperationId: id };
}

/** @throws AwsError `OperationInProgressException` where the set does not manage its own execution */
function placeInQueue(world: World, set: StackSet, operation: SetOperation): 'RUNNING' | 'QUEUED' {
  const open = operationsIn(world, set).filter(({ status }) => status === 'RUNNING' || status === 'QUEUED');
  if (open.length === 0) return 'RUNNING';
  if (!set.managedExecution)
    throw new AwsError(
      'OperationInProgressException',
      `Another Operation on StackSet ${setArn(set)} is in progress: ${open[0]?.id}`,
      409,
    );
  const queued = open.filter(({ status }) => status === 'QUEUED');
  if (queued.length >= MAX_QUEUED)
    throw new AwsError('LimitExceededException', `At most ${MAX_QUEUED} operations can be queued.`);
  return open.some((other) => conflicts(other, operation)) ? 'QUEUED' : 'RUNNING';
}

function checkOverrides(set: StackSet, world: World, overrides: Parameter[] = []): void {
  const { template } = reread(world, { ...set, stackId: set.id, stackName: set.name }, set.revision);
  const strangers = overrides.filter(({ ParameterKey }) => !template.parameters.has(ParameterKey));
  if (strangers.length === 0) return;
  const names = strangers.map(({ ParameterKey }) => ParameterKey).join(', ');
  throw validationError(`Parameters: [${names}] do not exist in the template`);
}

/** From the call on the instance is listed, pending. */
function announce(world: World, set: StackSet, operation: SetOperation, target: Target): void {
  const { account, region, unitId } = target;
  const known = findInstance(world, set, account, region);
  const instance: StackInstance = {
    ...(known ?? { account, region, overrides: [] }),
    unitId,
    status: known?.status === 'INOPERABLE' ? 'INOPERABLE' : 'OUTDATED',
    detailed: 'PENDING',
    lastOperationId: operation.id,
    ...(operation.overrides === undefined ? {} : { overrides: operation.overrides }),
  };
  delete instance.reason;
  saveInstance(world, set, instance);
  emitInstance(world, set, instance);
}

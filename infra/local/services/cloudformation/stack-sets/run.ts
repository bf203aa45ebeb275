import type { World } from '../../../world.ts';
import { isoNow } from '../resources/resource-type.ts';
import {
  findInstance,
  findOperation,
  findSet,
  removeInstance,
  type SetOperation,
  type StackInstance,
  type StackSet,
  saveInstance,
  saveOperation,
  type Target,
} from './documents.ts';
import { emitInstance, emitOperation } from './events.ts';
import { continueOperation, type OperationData, startQueued } from './queue.ts';
import { beginTarget, type Outcome, outcomeOf } from './stack-of-instance.ts';

/** One look of an operation at its stacks: ends those that are done, begins those whose turn it is. */
export function stepOperation(world: World, { region, name, operationId }: OperationData): void {
  const set = findSet(world, region, name);
  const stored = set && findOperation(world, set, operationId);
  if (!set || stored?.status !== 'RUNNING') return;
  const operation = structuredClone(stored);
  for (const target of operation.targets)
    if (target.status === 'RUNNING') settle(world, set, operation, target, outcomeOf);
  cancelIfExceeded(world, set, operation);
  for (const target of nextTargets(operation)) settle(world, set, operation, target, beginTarget);
  cancelIfExceeded(world, set, operation);
  const isOpen = operation.targets.some(({ status }) => status === 'PENDING' || status === 'RUNNING');
  if (isOpen) {
    saveOperation(world, set, operation);
    continueOperation(world, set, operation);
    return;
  }
  operation.status = isExceeded(operation) ? 'FAILED' : 'SUCCEEDED';
  operation.endedAt = isoNow(world);
  saveOperation(world, set, operation);
  emitOperation(world, set, operation);
  startQueued(world, set);
}

/** All at once, or Region after Region in the order of the preferences. */
function nextTargets({ targets, preferences }: SetOperation): Target[] {
  const pending = targets.filter(({ status }) => status === 'PENDING');
  if (preferences.RegionConcurrencyType === 'PARALLEL') return pending;
  const order = preferences.RegionOrder ?? [];
  const place = (region: string) => (order.includes(region) ? order.indexOf(region) : order.length);
  const regions = [...new Set(targets.map(({ region }) => region))].sort((a, b) => place(a) - place(b));
  const current = regions.find((region) =>
    targets.some((one) => one.region === region && (one.status === 'PENDING' || one.status === 'RUNNING')),
  );
  return pending.filter(({ region }) => region === current);
}

/** More failures in one Region than are tolerated there. */
function isExceeded({ targets, preferences }: SetOperation): boolean {
  const regions = new Set(targets.map(({ region }) => region));
  return [...regions].some((region) => {
    const here = targets.filter((one) => one.region === region);
    const share = Math.floor((here.length * (preferences.FailureTolerancePercentage ?? 0)) / 100);
    const tolerated = preferences.FailureToleranceCount ?? share;
    return here.filter(({ status }) => status === 'FAILED').length > tolerated;
  });
}

function cancelIfExceeded(world: World, set: StackSet, operation: SetOperation): void {
  if (!isExceeded(operation)) return;
  const reason = 'Cancelled since failure tolerance has exceeded';
  for (const target of operation.targets)
    if (target.status === 'PENDING')
      settle(world, set, operation, target, () => ({ status: 'CANCELLED', detailed: 'CANCELLED', reason }));
}

type Look = (world: World, set: StackSet, operation: SetOperation, instance: StackInstance) => Outcome;

/** Puts down what a look has found, in the operation and in the instance. */
function settle(world: World, set: StackSet, operation: SetOperation, target: Target, look: Look): void {
  const known = findInstance(world, set, target.account, target.region);
  if (!known) return;
  const before = JSON.stringify(known);
  const instance = structuredClone(known);
  const outcome = look(world, set, operation, instance);
  target.status = outcome.status;
  instance.detailed = outcome.detailed;
  delete target.reason;
  delete instance.reason;
  if (outcome.reason !== undefined) {
    target.reason = outcome.reason;
    instance.reason = outcome.reason;
  }
  if (outcome.detailed === 'SUCCEEDED') instance.status = 'CURRENT';
  if (outcome.detailed === 'INOPERABLE') instance.status = 'INOPERABLE';
  if (outcome.gone === true) removeInstance(world, set, instance);
  else saveInstance(world, set, instance);
  if (outcome.gone !== true && JSON.stringify(instance) !== before) emitInstance(world, set, instance);
}

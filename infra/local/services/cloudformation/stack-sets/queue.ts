import type { World } from '../../../world.ts';
import { operationsIn, type SetOperation, type StackSet, saveOperation } from './documents.ts';
import { emitOperation } from './events.ts';

export const OPERATION = 'cloudformation/stack-set-operation';
export type OperationData = { region: string; name: string; operationId: string };

/** How often an operation looks at its stacks. AWS time. */
const LOOK_MS = 5_000;

/** Operations that touch one account are done one after the other. */
export function conflicts(one: SetOperation, other: SetOperation): boolean {
  const accounts = new Set(one.targets.map(({ account }) => account));
  return other.targets.some(({ account }) => accounts.has(account));
}

export function continueOperation(world: World, { region, name }: StackSet, operation: SetOperation): void {
  if (operation.status !== 'RUNNING') return;
  const data: OperationData = { region, name, operationId: operation.id };
  world.scheduler.after(LOOK_MS, OPERATION, data);
}

/** What waited for an operation that has ended begins, in the order asked for. */
export function startQueued(world: World, set: StackSet): void {
  const open = operationsIn(world, set).filter(({ status }) => status === 'RUNNING' || status === 'QUEUED');
  open.forEach((operation, i) => {
    const waits = open.slice(0, i).some((earlier) => conflicts(earlier, operation));
    if (operation.status !== 'QUEUED' || waits) return;
    const started: SetOperation = { ...operation, status: 'RUNNING' };
    saveOperation(world, set, started);
    emitOperation(world, set, started);
    continueOperation(world, set, started);
  });
}

import type { Caller, World } from '../../world.ts';
import type { ResourceChange } from './change-set-contents.ts';
import type { Revision, Stack } from './stacks.ts';

const SETS = 'cloudformation/change-sets';

export type ChangeSet = {
  id: string;
  name: string;
  stackId: string;
  accountId: string;
  region: string;
  /** As whom its execution makes resources. */
  actor: Caller;
  roleArn?: string;
  description?: string;
  createdAt: string;
  status: 'CREATE_PENDING' | 'CREATE_IN_PROGRESS' | 'CREATE_COMPLETE' | 'FAILED';
  reason?: string;
  revision: Revision;
  changes: ResourceChange[];
};

export const getChangeSet = (world: World, id: string): ChangeSet | undefined =>
  world.store.get<ChangeSet>(SETS, id);

export const saveChangeSet = (world: World, changeSet: ChangeSet): void =>
  world.store.put(SETS, changeSet.id, changeSet);

export const dropChangeSet = (world: World, id: string): void => void world.store.delete(SETS, id);

export const changeSetsOf = (world: World, { id }: Pick<Stack, 'id'>): ChangeSet[] =>
  world.store.values<ChangeSet>(SETS).filter((one) => one.stackId === id);

/** Change sets say nothing true of a stack that was changed since: all go, except the one that changes it. */
export function dropChangeSets(world: World, stack: Pick<Stack, 'id'>, except?: string): void {
  for (const { id } of changeSetsOf(world, stack)) if (id !== except) dropChangeSet(world, id);
}

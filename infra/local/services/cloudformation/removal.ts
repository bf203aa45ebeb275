import { isDeepStrictEqual } from 'node:util';
import type { World } from '../../world.ts';
import { scheduleEvaluation } from '../config/rules.ts';
import { failureReason, type Provisioner } from './provision.ts';
import { isoNow } from './resources/resource-type.ts';
import { templateText } from './revision.ts';
import {
  continueAfter,
  type Physical,
  type Snapshot,
  type Stack,
  setResourceStatus,
  setStackStatus,
  type Work,
} from './stacks.ts';
import { parseTemplate } from './template/template.ts';

type Deps = { world: World; provisioner: Provisioner };
type Remove = Extract<Work, { kind: 'remove' }>;
type Undo = Extract<Work, { kind: 'undo' }>;
type Clean = Extract<Work, { kind: 'clean' }>;

/** AWS time. */
const REMOVAL_MS = { least: 20_000, spread: 40_000 };
const CLEAN_MS = 5_000;

const removalTime = (world: World): number => REMOVAL_MS.least + world.random.below(REMOVAL_MS.spread);

/** Starts to take the whole stack away: because it was asked for, or because its creation failed. */
export function beginRemoval(
  world: World,
  stack: Stack,
  end: Remove['end'],
  retain: string[],
  reason?: string,
): void {
  setStackStatus(world, stack, `${end}_IN_PROGRESS`, reason);
  for (const [logicalId] of existing(stack))
    if (!retain.includes(logicalId)) setResourceStatus(world, stack, logicalId, 'DELETE_IN_PROGRESS');
  stack.work = { kind: 'remove', end, retain };
  continueAfter(world, stack, removalTime(world));
}

/** Newest first: what was made last may need what was made before. */
function existing(stack: Stack): [logicalId: string, physical: Physical][] {
  return Object.entries(stack.resources)
    .flatMap(([logicalId, { type, id }]): [string, Physical][] =>
      id === undefined ? [] : [[logicalId, { logicalId, type, id }]],
    )
    .reverse();
}

/** Ends a removal: resources go, those to be kept are left to the account. */
export function stepRemoval({ world, provisioner }: Deps, stack: Stack, work: Remove): void {
  const template = parseTemplate(templateText(world, stack.revision));
  const failed: string[] = [];
  for (const [logicalId, physical] of existing(stack)) {
    const policy = template.resources.get(logicalId)?.deletionPolicy ?? 'Delete';
    const isKept = policy === 'Retain' || (policy === 'RetainExceptOnCreate' && work.end === 'DELETE');
    if (isKept || work.retain.includes(logicalId)) {
      setResourceStatus(world, stack, logicalId, 'DELETE_SKIPPED');
      continue;
    }
    try {
      provisioner.remove(stack, physical);
      setResourceStatus(world, stack, logicalId, 'DELETE_COMPLETE');
      delete stack.resources[logicalId]?.id;
    } catch (error) {
      setResourceStatus(world, stack, logicalId, 'DELETE_FAILED', failureReason(world, error));
      failed.push(logicalId);
    }
  }
  delete stack.work;
  scheduleEvaluation(world, stack.accountId, stack.region);
  if (failed.length > 0) {
    const reason = `The following resource(s) failed to delete: [${failed.join(', ')}]. `;
    setStackStatus(world, stack, `${work.end}_FAILED`, reason);
    return;
  }
  if (work.end === 'DELETE') stack.deletedAt = isoNow(world);
  stack.outputs = [];
  setStackStatus(world, stack, `${work.end}_COMPLETE`);
}

/** Starts to bring a stack back to what it was before an update that failed. */
export function beginUndo(world: World, stack: Stack, before: Snapshot, reason: string): void {
  setStackStatus(world, stack, 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
  // What was replaced is still there and becomes the stack's again; only what is new has to go.
  const created = existing(stack)
    .filter(([logicalId, { id }]) => before.resources[logicalId]?.id !== id)
    .map(([, physical]) => physical);
  stack.work = { kind: 'undo', before, created };
  continueAfter(world, stack, removalTime(world));
}

export function stepUndo({ world, provisioner }: Deps, stack: Stack, { before, created }: Undo): void {
  for (const [logicalId, old] of Object.entries(before.resources)) {
    const touched = stack.resources[logicalId];
    const isSame = touched?.id === old.id && isDeepStrictEqual(touched?.properties, old.properties);
    if (!isSame) provisioner.restore(stack, old);
  }
  stack.resources = structuredClone(before.resources);
  stack.revision = before.revision;
  stack.outputs = before.outputs;
  beginClean(world, stack, 'UPDATE_ROLLBACK_COMPLETE', created);
}

/** The last stretch of an update: what nobody needs any more goes. */
export function beginClean(world: World, stack: Stack, end: Clean['end'], leftovers: Physical[]): void {
  setStackStatus(world, stack, `${end}_CLEANUP_IN_PROGRESS`);
  stack.work = { kind: 'clean', end, leftovers };
  continueAfter(world, stack, leftovers.length === 0 ? CLEAN_MS : removalTime(world));
}

/** A leftover that cannot be deleted is forgotten, as AWS does: the update has succeeded without it. */
export function stepClean({ world, provisioner }: Deps, stack: Stack, { end, leftovers }: Clean): void {
  for (const physical of leftovers) {
    const isStillOurs = stack.resources[physical.logicalId]?.id === physical.id;
    if (isStillOurs) setResourceStatus(world, stack, physical.logicalId, 'DELETE_IN_PROGRESS');
    try {
      provisioner.remove(stack, physical);
      if (isStillOurs) setResourceStatus(world, stack, physical.logicalId, 'DELETE_COMPLETE');
    } catch (error) {
      if (isStillOurs)
        setResourceStatus(world, stack, physical.logicalId, 'DELETE_FAILED', failureReason(world, error));
    }
    if (isStillOurs) delete stack.resources[physical.logicalId];
  }
  delete stack.work;
  scheduleEvaluation(world, stack.accountId, stack.region);
  setStackStatus(world, stack, end);
}

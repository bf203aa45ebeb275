import type { Logger } from 'pino';
import type { Orm } from '../../db/client.ts';
import type { Clock } from '../kernel/context.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type CheckpointDeps, gatherCheckpoints, makeCheckpoint } from './checkpoints.pg.ts';

/** What was added to the ledger is vouched for after this long at the latest. */
const EVERY_MS = 5 * 60_000;

/** Keeps a checkpoint now, from time to time and at the end, and gathers those of days that are over. @returns how it is stopped */
export function startCheckpoints(
  orm: Orm,
  deps: CheckpointDeps,
  clock: Clock,
  log: Logger,
): () => Promise<void> {
  let last: Checkpoint | undefined;
  const keep = async () => {
    try {
      last = await makeCheckpoint(orm, deps, clock.now(), last);
    } catch (err) {
      log.error({ err }, 'a checkpoint of the ledger could not be kept');
    }
  };
  let gatheredIn: string | undefined;
  let gathering = false;
  /** Once an hour is enough, and begins with what an earlier process has left. */
  const gather = async () => {
    const hour = clock.now().toISOString().slice(0, 'YYYY-MM-DDTHH'.length);
    if (hour === gatheredIn || gathering) return;
    gathering = true;
    try {
      await gatherCheckpoints(deps, clock.now());
      gatheredIn = hour;
    } catch (err) {
      log.error({ err }, 'checkpoints of days that are over could not be gathered');
    } finally {
      gathering = false;
    }
  };
  void keep().then(gather);
  const timer = setInterval(() => void keep().then(gather), EVERY_MS);
  return async () => {
    clearInterval(timer);
    await keep();
  };
}

import type { Logger } from 'pino';
import type { Orm } from '../../db/client.ts';
import type { Clock } from '../kernel/context.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type CheckpointDeps, makeCheckpoint } from './checkpoints.pg.ts';

/** What was added to the ledger is vouched for after this long at the latest. */
const EVERY_MS = 5 * 60_000;

/** Keeps a checkpoint now, from time to time and at the end. @returns how it is stopped */
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
  void keep();
  const timer = setInterval(() => void keep(), EVERY_MS);
  return async () => {
    clearInterval(timer);
    await keep();
  };
}

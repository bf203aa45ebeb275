import type { Logger } from 'pino';
import { type Orm, transact } from '../db/client.ts';
import { sweepSessions } from './access/sessions.pg.ts';
import { recordRefusedMinutes } from './approvals/attempts.pg.ts';
import { sweepRooms } from './chat/housekeeping.pg.ts';
import type { Config } from './config.ts';
import { requestDueChecks } from './drift/schedule.pg.ts';
import { sweepExceptions } from './exceptions/end.pg.ts';
import { requestCollection } from './guardrails/collection.pg.ts';
import { sweepRateWindows } from './http/rate-store.pg.ts';
import type { InboxQueue } from './inbox/queue.port.ts';
import { isBehind } from './inbox/queue-age.ts';
import type { Clock, Ids } from './kernel/context.ts';
import { addEras, markDays, sealMonth } from './ledger/housekeeping.pg.ts';
import { sweepSamples } from './mirroring/samples.pg.ts';
import { requestDueLooks } from './mirroring/schedule.pg.ts';
import { requestReconcile, requestScheduledReconcile } from './reconciliation/reconciliation.pg.ts';

/** How often some accounts are looked at, for drift and for their mirror sessions. */
const BATCH_MS = 5 * 60_000;
const SWEEP_MS = 10 * 60_000;
const MINUTE_MS = 60_000;

type Scheduled = {
  deps: { orm: Orm; clock: Clock; ids: Ids };
  config: Config;
  queue: Pick<InboxQueue, 'behindMs'>;
  log: Logger;
};

/**
 * What is asked for by time alone: reconciles, collections of policies, looks at accounts, sweeps. Each turn stands for
 * itself: one that fails is told in the log, and the next comes in its time.
 * @returns what stops it
 */
export async function startSchedules({ deps, config, queue, log }: Scheduled): Promise<() => void> {
  const { orm, clock, ids } = deps;
  const { reconcileEveryMs, driftAfterMs, mirrorAfterMs } = config;
  const timers: NodeJS.Timeout[] = [];
  const every = (everyMs: number, work: () => void) => timers.push(setInterval(work, everyMs));
  const tell = (what: string) => (err: unknown) => log.error({ err }, what);
  /** Asked for in a transaction of its own, and left out while the inbox is behind. */
  const ask = (everyMs: number, what: string, asking: (tx: Orm, now: Date) => Promise<unknown>) =>
    every(everyMs, () => {
      if (isBehind(queue)) return tellOfQueue(queue, log);
      transact(orm, (tx) => asking(tx, clock.now())).catch(tell(`${what} could not be asked for`));
    });

  await transact(orm, (tx) => requestReconcile(tx, ids, 'start', clock.now())).catch(
    tell('a reconcile could not be asked for'),
  );
  ask(reconcileEveryMs, 'a reconcile', (tx, now) =>
    requestScheduledReconcile(tx, ids, now, reconcileEveryMs),
  );
  // Policies that are attached to nothing, as often as the organization is read.
  ask(reconcileEveryMs, 'a collection of policies', (tx, now) =>
    requestCollection(tx, now, reconcileEveryMs),
  );
  // In small batches, all day long.
  const looks = (afterMs: number) => ({ everyMs: Math.min(BATCH_MS, afterMs), afterMs });
  const [drift, mirror] = [looks(driftAfterMs), looks(mirrorAfterMs)];
  ask(drift.everyMs, 'looks for drift', (tx, now) => requestDueChecks(tx, now, drift));
  ask(mirror.everyMs, 'looks at mirror sessions', (tx, now) => requestDueLooks(tx, now, mirror));
  every(SWEEP_MS, () => sweep(orm, clock.now(), tell));
  // A month is written anew once; that it waits for a quiet hour costs nothing.
  every(SWEEP_MS, () => {
    if (isBehind(queue)) return;
    sealMonth(orm, clock.now()).then(
      (sealed) => sealed && log.info(sealed, 'a month of the ledger was written in the order of accounts'),
      tell('a month of the ledger could not be written in the order of accounts'),
    );
  });
  // Refused callbacks of each minute, also when no other comes.
  every(MINUTE_MS, () => {
    recordRefusedMinutes(deps).catch(tell('refused callbacks could not be recorded'));
  });
  return () => timers.forEach(clearInterval);
}

function tellOfQueue(queue: Pick<InboxQueue, 'behindMs'>, log: Logger): void {
  log.warn(
    { behindMs: queue.behindMs() },
    'the inbox is behind: what a schedule asks for waits for its next turn',
  );
}

/** Forgets sessions and counts that are over and what rooms were told long ago, and ends exceptions whose workflow is gone. */
function sweep(orm: Orm, now: Date, tell: (what: string) => (err: unknown) => void): void {
  Promise.all([sweepSessions(orm, now), sweepRateWindows(orm, now)]).catch(
    tell('sessions and counts that are over could not be removed'),
  );
  sweepRooms(orm, now).catch(tell('what rooms were told long ago could not be removed'));
  sweepSamples(orm, now).catch(tell('copies that were heard long ago could not be removed'));
  sweepExceptions(orm, now).catch(tell('the end of exceptions could not be written'));
  addEras(orm, now).catch(tell('the parts of the ledger for the next months could not be made'));
  markDays(orm, now).catch(tell('what the counters were as days began could not be noted'));
}

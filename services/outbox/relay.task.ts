import type { Logger } from 'pino';
import type { Orm } from '../../db/client.ts';
import type { Clock } from '../kernel/context.ts';
import { claim, markSent, nextDue, type OutboxMessage, postpone } from './outbox.pg.ts';
import { RetryAfter } from './retry-after.ts';

/** Delivers one message. Throws to have it tried again. */
export type Deliver = (messages: readonly OutboxMessage[]) => Promise<Map<number, Error | undefined>>;

const BATCH = 20;
/** A bell that was lost (a broken LISTEN connection) is made up for after this long. */
const SAFETY_MS = 30_000;

/**
 * The relay: woken by the bell of each commit and by the clock when a retry is due; otherwise asleep.
 * @param listen registers for the outbox channel of the database
 */
export function startRelay(
  orm: Orm,
  clock: Clock,
  log: Logger,
  deliver: Deliver,
  listen: (hear: () => void) => Promise<void>,
): { stop(): Promise<void> } {
  let stopped = false;
  let ring = () => {};
  let rung = false;
  const wake = () => {
    rung = true;
    ring();
  };
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      if (rung || stopped) return resolve();
      const timer = setTimeout(resolve, ms);
      ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const loop = async () => {
    await listen(wake);
    while (!stopped) {
      rung = false;
      try {
        if ((await relayOnce(orm, clock, log, deliver)) > 0) continue;
        const due = await nextDue(orm);
        await sleep(
          Math.min(
            SAFETY_MS,
            Math.max(0, (due?.getTime() ?? Number.POSITIVE_INFINITY) - clock.now().getTime()),
          ),
        );
      } catch (error) {
        log.error({ err: error }, 'the outbox could not be read, trying again');
        await sleep(1_000);
      }
    }
  };
  const done = loop().catch((error: unknown) => log.error({ err: error }, 'the relay stopped'));
  return {
    async stop() {
      stopped = true;
      wake();
      await done;
    },
  };
}

/** One round. @returns how many messages were taken up */
export async function relayOnce(orm: Orm, clock: Clock, log: Logger, deliver: Deliver): Promise<number> {
  const messages = await claim(orm, clock.now(), BATCH);
  if (messages.length === 0) return 0;
  const results = await deliver(messages);
  const sent = messages.filter((m) => results.has(m.id) && results.get(m.id) === undefined).map((m) => m.id);
  await markSent(orm, sent, clock.now());
  for (const message of messages) {
    const error = results.get(message.id);
    if (!error && results.has(message.id)) continue;
    log.warn(
      { err: error, outboxId: message.id, kind: message.kind, attempts: message.attempts },
      'delivery failed, it will be tried again',
    );
    const pauseMs = error instanceof RetryAfter ? error.afterMs : 0;
    await postpone(orm, message, String(error?.message ?? 'not attempted'), clock.now(), pauseMs);
  }
  return messages.length;
}

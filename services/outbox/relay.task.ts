import type { Logger } from 'pino';
import type { Orm } from '../../db/client.ts';
import type { Clock } from '../kernel/context.ts';
import { claim, markSent, nextDue, type OutboxMessage, postpone } from './outbox.pg.ts';
import { RetryAfter } from './retry-after.ts';
import { startWokenLoop } from './woken-loop.task.ts';

/** Delivers one message. Throws to have it tried again. */
export type Deliver = (messages: readonly OutboxMessage[]) => Promise<Map<number, Error | undefined>>;

const BATCH = 20;

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
  return startWokenLoop(clock, log, 'the relay', {
    listen,
    round: () => relayOnce(orm, clock, log, deliver),
    nextDue: () => nextDue(orm),
  });
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

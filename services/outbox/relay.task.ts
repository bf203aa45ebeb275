import type { Logger } from 'pino';
import type { Orm } from '../../db/client.ts';
import type { Clock } from '../kernel/context.ts';
import { correlationOf } from '../telemetry/trace-ids.ts';
import { NO_TRACING, type Tracing } from '../telemetry/tracing.port.ts';
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
  tracing: Tracing = NO_TRACING,
): { stop(): Promise<void> } {
  return startWokenLoop(clock, log, 'the relay', {
    listen,
    round: () => relayOnce(orm, clock, log, deliver, tracing),
    nextDue: () => nextDue(orm),
  });
}

/** One round. @returns how many messages were taken up */
export async function relayOnce(
  orm: Orm,
  clock: Clock,
  log: Logger,
  deliver: Deliver,
  tracing: Tracing = NO_TRACING,
): Promise<number> {
  const messages = await claim(orm, clock.now(), BATCH);
  if (messages.length === 0) return 0;
  const startMs = clock.now().getTime();
  const results = await deliver(messages);
  const endMs = clock.now().getTime();
  for (const message of messages) {
    const span = spanOf(message, results.get(message.id));
    if (span) tracing.ended({ ...span, startMs, endMs, during: message });
  }
  const sent = messages.filter((m) => results.has(m.id) && results.get(m.id) === undefined).map((m) => m.id);
  await markSent(orm, sent, clock.now());
  for (const message of messages) {
    const error = results.get(message.id);
    if (!error && results.has(message.id)) {
      log.debug(aboutOf(message), 'delivered');
      continue;
    }
    log.warn({ err: error, ...aboutOf(message) }, 'delivery failed, it will be tried again');
    const pauseMs = error instanceof RetryAfter ? error.afterMs : 0;
    await postpone(orm, message, String(error?.message ?? 'not attempted'), clock.now(), pauseMs);
  }
  return messages.length;
}

/** What the log says of a message; what belongs to a request is found by its id. */
function aboutOf(message: OutboxMessage) {
  const { id: outboxId, kind, attempts } = message;
  const correlationId = correlationOf(message);
  return { outboxId, kind, attempts, ...(correlationId === undefined ? {} : { correlationId }) };
}

/** What leaves for a request is a span of its trace; the start of its workflow is what the workflow's messages hang on. */
function spanOf(message: OutboxMessage, error: Error | undefined) {
  const correlationId = correlationOf(message);
  if (correlationId === undefined) return undefined;
  const starts = message.kind === 'start-execution' && error === undefined;
  return {
    name: `outbox ${message.kind}`,
    kind: 'producer',
    correlationId,
    // Events of the request itself may leave before its workflow starts.
    under: ['start-execution', 'put-event'].includes(message.kind) ? 'request' : 'workflow',
    ...(starts ? { is: 'workflow' as const } : {}),
    attributes: { 'jetway.outbox.id': message.id, 'jetway.outbox.attempts': message.attempts },
    error: error?.message,
  } as const;
}

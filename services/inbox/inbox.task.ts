import type { Logger } from 'pino';
import { type InboxDeps, receive } from './inbox.pg.ts';
import type { Incoming } from './incoming.ts';
import { parseMessage } from './parse.ts';
import type { InboxQueue, QueueMessage } from './queue.port.ts';

/** Reads the queue for ever: whole batches in one transaction, one by one when a batch cannot be taken together. */
export function startInbox(queue: InboxQueue, deps: InboxDeps, log: Logger): { stop(): Promise<void> } {
  queue.start((batch) => takeBatch(queue, deps, log, batch));
  return { stop: () => queue.stop() };
}

/** @returns the ids of the messages that are done with */
export async function takeBatch(
  queue: Pick<InboxQueue, 'deadLetter'>,
  deps: InboxDeps,
  log: Logger,
  batch: readonly QueueMessage[],
): Promise<string[]> {
  const done: string[] = [];
  const readable: { id: string; incoming: Incoming }[] = [];
  for (const message of batch) {
    const parsed = parseMessage(message.body);
    if (parsed.kind !== 'unreadable') {
      readable.push({ id: message.id, incoming: parsed });
      continue;
    }
    log.warn({ messageId: message.id, reason: parsed.reason }, 'message put in the dead-letter queue');
    try {
      await queue.deadLetter(message, parsed.reason);
      deps.metrics.deadLettered();
      done.push(message.id);
    } catch (error) {
      log.error({ err: error, messageId: message.id }, 'message not put aside, it will come again');
    }
  }
  try {
    if (readable.length > 0)
      await receive(
        deps,
        readable.map((m) => m.incoming),
      );
    done.push(...readable.map((m) => m.id));
  } catch (error) {
    // One poisonous message must not hold up its neighbours: each gets a transaction of its own.
    log.warn({ err: error, messages: readable.length }, 'batch refused, taking its messages one by one');
    for (const message of readable) {
      try {
        await receive(deps, [message.incoming]);
        done.push(message.id);
      } catch (cause) {
        log.error({ err: cause, messageId: message.id }, 'message refused, it will come again');
      }
    }
  }
  return done;
}

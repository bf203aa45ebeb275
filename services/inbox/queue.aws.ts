import { GetQueueUrlCommand, type Message, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import type { Clock } from '../kernel/context.ts';
import type { InboxQueue } from './queue.port.ts';
import { openQueueAge } from './queue-age.ts';

export const INBOX_QUEUE = 'jetway-inbox';
export const DEAD_LETTER_QUEUE = 'jetway-inbox-dlq';
/** A queue gives ten messages in one answer: enough readers for two whole batches of each of four lanes. */
const MOST_READERS = 512;
/** Characters of messages that are here at once; beyond it nobody else begins to read. */
const MOST_HELD = 16_000_000;

/** @param onError told about failures of receiving and of handling; the loop goes on by itself */
export async function openInboxQueue(
  sqs: SQSClient,
  clock: Clock,
  onError: (error: Error) => void,
): Promise<InboxQueue> {
  const { QueueUrl: url } = await sqs.send(new GetQueueUrlCommand({ QueueName: INBOX_QUEUE }));
  if (!url) throw new Error(`SQS gave no URL for ${INBOX_QUEUE}`);
  const readers = new Set<Consumer>();
  const age = openQueueAge();
  let stopped = false;
  let held = 0;
  const read = (handle: Parameters<InboxQueue['start']>[0]) => {
    const reader = Consumer.create({
      queueUrl: url,
      sqs,
      batchSize: 10,
      messageSystemAttributeNames: ['SentTimestamp'],
      // Long polling: the queue answers as soon as something is there; nothing is asked in between.
      waitTimeSeconds: 20,
      shouldDeleteMessages: true,
      // Only what was dealt with is deleted; an empty answer must not count as "all of them".
      alwaysAcknowledge: false,
      handleMessageBatch: async (messages: Message[]) => {
        const size = messages.reduce((sum, m) => sum + (m.Body?.length ?? 0), 0);
        held += size;
        age.read(messages.map(sentAtMs), clock.now().getTime());
        // More than one call gives: others read beside it until there is nothing left.
        if (messages.length === 10 && readers.size < MOST_READERS && held < MOST_HELD && !stopped)
          read(handle);
        try {
          const done = new Set(
            await handle(messages.map((m) => ({ id: m.MessageId ?? '', body: m.Body ?? '' }))),
          );
          return messages.filter((m) => done.has(m.MessageId ?? ''));
        } finally {
          held -= size;
        }
      },
    });
    // Stopping cuts off the long poll that is under way; that is no failure.
    const report = (error: Error & { code?: string }) => error.code === 'AbortError' || onError(error);
    reader.on('error', report);
    reader.on('processing_error', report);
    reader.on('empty', () => {
      age.emptied();
      if (readers.size === 1) return;
      readers.delete(reader);
      reader.stop({ abort: true });
    });
    readers.add(reader);
    reader.start();
  };
  return {
    start: read,
    behindMs: age.behindMs,
    async deadLetter(message, reason) {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: DEAD_LETTER_QUEUE }));
      await sqs.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: message.body,
          MessageAttributes: { reason: { DataType: 'String', StringValue: reason.slice(0, 1_000) } },
        }),
      );
    },
    async stop() {
      stopped = true;
      for (const reader of readers) reader.stop({ abort: true });
    },
  };
}

const sentAtMs = ({ Attributes }: Message): number =>
  Number(Attributes?.SentTimestamp ?? Number.NaN) || Number.POSITIVE_INFINITY;

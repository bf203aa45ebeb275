import { AwsError, type Caller, type Operation, type ServiceModule, type World } from '../world.ts';
import {
  enqueue,
  type MessageAttribute,
  type MessageState,
  messageOf,
  numberAttribute,
  type Queue,
  queueAt,
  type Received,
  receive,
  remove,
  states,
} from './sqs/queue.ts';
import { queueOperations } from './sqs/queue-operations.ts';

/** Simple Queue Service: standard queues of the management account. */
export interface SqsService extends ServiceModule {
  /** Puts a message on the queue with this ARN; inside a store transaction. @throws AwsError: no such queue */
  send(queueArn: string, body: string): void;
  /**
   * Resolves when a message may be there: after a send, when a hidden one becomes visible, after `waitMs`, or when
   * `signal` is aborted. For long polling; the caller looks again.
   */
  wait(queueUrl: string, waitMs: number, signal: AbortSignal): Promise<void>;
}

type SendEntry = {
  MessageBody: string;
  DelaySeconds?: number;
  MessageAttributes?: Record<string, MessageAttribute>;
  MessageSystemAttributes?: { AWSTraceHeader?: { StringValue?: string } };
};
type Batch<T> = { QueueUrl: string; Entries: (T & { Id: string })[] };

export function sqsService(world: World): SqsService {
  const { store, scheduler, random, landingZone } = world;
  const waiters = new Map<string, Set<() => void>>();
  const wake = (queue: string) =>
    // After the running transaction: whoever wakes looks into the store.
    queueMicrotask(() => {
      for (const waiter of waiters.get(queue) ?? []) waiter();
    });
  const send = (queue: Queue, entry: SendEntry, senderId: string) => {
    const message = {
      body: entry.MessageBody,
      attributes: entry.MessageAttributes,
      delaySeconds: entry.DelaySeconds,
      traceHeader: entry.MessageSystemAttributes?.AWSTraceHeader?.StringValue,
      senderId,
    };
    const sent = enqueue(store, random, queue, message, scheduler.now());
    wake(queue.name);
    return {
      MessageId: sent.id,
      MD5OfMessageBody: sent.md5,
      ...(sent.attributesMd5 ? { MD5OfMessageAttributes: sent.attributesMd5 } : {}),
    };
  };
  const hide = (queue: Queue, receipt: string, seconds: number) => {
    const state = messageOf(store, queue, receipt);
    if (!state || state.visibleAtMs <= scheduler.now()) {
      throw new AwsError('MessageNotInflight', 'The message referred to is not in flight.');
    }
    store.put(states(queue.name), state.id, { ...state, visibleAtMs: scheduler.now() + seconds * 1000 });
    wake(queue.name);
  };
  const forget = (queue: Queue, receipt: string) => {
    const state = messageOf(store, queue, receipt);
    if (state) remove(store, queue.name, state.id);
  };

  const operations: Record<string, Operation> = {
    ...queueOperations(world),
    SendMessage: (input: SendEntry & { QueueUrl: string }, caller: Caller) =>
      send(queueAt(store, input.QueueUrl), input, caller.accountId),
    SendMessageBatch: (input: Batch<SendEntry>, caller: Caller) =>
      batch(input, (entry) => {
        const sent = send(queueAt(store, input.QueueUrl), entry, caller.accountId);
        return { Id: entry.Id, ...sent };
      }),
    ReceiveMessage: (input: ReceiveInput) => {
      const queue = queueAt(store, input.QueueUrl);
      const max = input.MaxNumberOfMessages ?? 1;
      inRange('MaxNumberOfMessages', max, 1, 10);
      inRange('WaitTimeSeconds', input.WaitTimeSeconds ?? 0, 0, 20);
      const seconds = input.VisibilityTimeout ?? numberAttribute(queue, 'VisibilityTimeout');
      inRange('VisibilityTimeout', seconds, 0, 43_200);
      const options = { max, visibilityMs: seconds * 1000, nowMs: scheduler.now() };
      const messages = receive(store, random, queue, options).map((message) => show(message, input));
      return messages.length > 0 ? { Messages: messages } : {};
    },
    DeleteMessage: (input: { QueueUrl: string; ReceiptHandle: string }) =>
      forget(queueAt(store, input.QueueUrl), input.ReceiptHandle),
    DeleteMessageBatch: (input: Batch<{ ReceiptHandle: string }>) =>
      batch(input, (entry) => {
        forget(queueAt(store, input.QueueUrl), entry.ReceiptHandle);
        return { Id: entry.Id };
      }),
    ChangeMessageVisibility: (input: {
      QueueUrl: string;
      ReceiptHandle: string;
      VisibilityTimeout: number;
    }) => {
      inRange('VisibilityTimeout', input.VisibilityTimeout, 0, 43_200);
      hide(queueAt(store, input.QueueUrl), input.ReceiptHandle, input.VisibilityTimeout);
    },
    ChangeMessageVisibilityBatch: (input: Batch<{ ReceiptHandle: string; VisibilityTimeout?: number }>) =>
      batch(input, (entry) => {
        hide(queueAt(store, input.QueueUrl), entry.ReceiptHandle, entry.VisibilityTimeout ?? 30);
        return { Id: entry.Id };
      }),
  };

  return {
    shape: 'sqs',
    operations,
    send(queueArn, body) {
      send(
        queueAt(store, queueArn.replaceAll(':', '/')),
        { MessageBody: body },
        landingZone.managementAccountId,
      );
    },
    wait(queueUrl, waitMs, signal) {
      const name = queueAt(store, queueUrl).name;
      const nextMs = soonestVisible(world, name) - scheduler.now();
      return new Promise((resolve) => {
        const all = waiters.get(name) ?? new Set();
        waiters.set(name, all);
        const done = () => {
          clearTimeout(timer);
          all.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, Math.max(0, Math.min(waitMs, nextMs)));
        all.add(done);
        signal.addEventListener('abort', done);
        if (signal.aborted) done();
      });
    },
  };
}

type ReceiveInput = {
  QueueUrl: string;
  MaxNumberOfMessages?: number;
  VisibilityTimeout?: number;
  WaitTimeSeconds?: number;
  AttributeNames?: string[];
  MessageSystemAttributeNames?: string[];
  MessageAttributeNames?: string[];
};

function show({ state, content }: Received, input: ReceiveInput) {
  const wanted = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const all: Record<string, string | undefined> = {
    SenderId: content.senderId,
    SentTimestamp: String(state.sentMs),
    ApproximateReceiveCount: String(state.receives),
    ApproximateFirstReceiveTimestamp: String(state.firstReceivedMs),
    AWSTraceHeader: content.traceHeader,
    DeadLetterQueueSourceArn: content.deadLetterSource,
  };
  const attributes = Object.entries(all).filter(
    ([name, value]) => value !== undefined && (wanted.includes('All') || wanted.includes(name)),
  );
  const withOwn = content.attributes && (input.MessageAttributeNames ?? []).length > 0;
  return {
    MessageId: state.id,
    ReceiptHandle: state.receipt,
    MD5OfBody: content.md5,
    Body: content.body,
    ...(attributes.length > 0 ? { Attributes: Object.fromEntries(attributes) } : {}),
    ...(withOwn
      ? { MessageAttributes: content.attributes, MD5OfMessageAttributes: content.attributesMd5 }
      : {}),
  };
}

/** Runs each entry on its own: one that fails does not stop its neighbours. */
function batch<T extends { Id: string }>(input: { Entries: T[] }, run: (entry: T) => unknown) {
  if (input.Entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (input.Entries.length > 10) {
    throw new AwsError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
  }
  if (new Set(input.Entries.map((entry) => entry.Id)).size < input.Entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  }
  const Successful: unknown[] = [];
  const Failed: unknown[] = [];
  for (const entry of input.Entries) {
    try {
      Successful.push(run(entry));
    } catch (error) {
      if (!(error instanceof AwsError) || error.code === 'QueueDoesNotExist') throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

function inRange(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}.`,
  );
}

function soonestVisible({ store }: World, queue: string): number {
  let soonest = Number.POSITIVE_INFINITY;
  for (const [, state] of store.each<MessageState>(states(queue))) {
    soonest = Math.min(soonest, state.visibleAtMs);
  }
  return soonest;
}

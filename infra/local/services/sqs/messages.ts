import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import {
  enqueue,
  type MessageAttribute,
  messageOf,
  numberAttribute,
  type Queue,
  queueAt,
  type Received,
  receive,
  remove,
  states,
} from './queue.ts';

type SendEntry = {
  MessageBody: string;
  DelaySeconds?: number;
  MessageAttributes?: Record<string, MessageAttribute>;
  MessageSystemAttributes?: { AWSTraceHeader?: { StringValue?: string } };
};
type Ref = { QueueUrl: string; ReceiptHandle: string };
type Batch<T> = { QueueUrl: string; Entries: (T & { Id: string })[] };
type Wake = (queue: string) => void;

/** Puts one message on a queue; inside a store transaction. @throws AwsError for a body that SQS refuses */
export function sendMessage(world: World, wake: Wake, queue: Queue, entry: SendEntry, senderId: string) {
  const message = {
    body: entry.MessageBody,
    attributes: entry.MessageAttributes,
    delaySeconds: entry.DelaySeconds,
    traceHeader: entry.MessageSystemAttributes?.AWSTraceHeader?.StringValue,
    senderId,
  };
  const sent = enqueue(world.store, world.random, queue, message, world.scheduler.now());
  wake(queue.name);
  return {
    MessageId: sent.id,
    MD5OfMessageBody: sent.md5,
    ...(sent.attributesMd5 ? { MD5OfMessageAttributes: sent.attributesMd5 } : {}),
  };
}

/** Sending, receiving and deleting; what is done to queues themselves is in queue-operations.ts. */
export const messageOperations = (world: World, wake: Wake): Record<string, Operation> => ({
  ...sendOperations(world, wake),
  ...receiveOperations(world),
  ...handleOperations(world, wake),
});

function sendOperations(world: World, wake: Wake): Record<string, Operation> {
  const { store } = world;
  return {
    SendMessage: (input: SendEntry & { QueueUrl: string }, { accountId }: Caller) =>
      sendMessage(world, wake, queueAt(store, input.QueueUrl), input, accountId),
    SendMessageBatch: (input: Batch<SendEntry>, { accountId }: Caller) =>
      batch(input, (entry) => {
        const sent = sendMessage(world, wake, queueAt(store, input.QueueUrl), entry, accountId);
        return { Id: entry.Id, ...sent };
      }),
  };
}

function receiveOperations({ store, random, scheduler }: World): Record<string, Operation> {
  return {
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
  };
}

/** What is done with a receipt handle. */
function handleOperations({ store, scheduler }: World, wake: Wake): Record<string, Operation> {
  const hide = (url: string, receipt: string, seconds: number) => {
    inRange('VisibilityTimeout', seconds, 0, 43_200);
    const queue = queueAt(store, url);
    const state = messageOf(store, queue, receipt);
    if (!state || state.visibleAtMs <= scheduler.now()) {
      throw new AwsError('MessageNotInflight', 'The message referred to is not in flight.');
    }
    store.put(states(queue.name), state.id, { ...state, visibleAtMs: scheduler.now() + seconds * 1000 });
    wake(queue.name);
  };
  const forget = (url: string, receipt: string) => {
    const queue = queueAt(store, url);
    const state = messageOf(store, queue, receipt);
    if (state) remove(store, queue.name, state.id);
  };
  return {
    DeleteMessage: (input: Ref) => forget(input.QueueUrl, input.ReceiptHandle),
    DeleteMessageBatch: (input: Batch<{ ReceiptHandle: string }>) =>
      batch(input, (entry) => {
        forget(input.QueueUrl, entry.ReceiptHandle);
        return { Id: entry.Id };
      }),
    ChangeMessageVisibility: (input: Ref & { VisibilityTimeout: number }) =>
      hide(input.QueueUrl, input.ReceiptHandle, input.VisibilityTimeout),
    ChangeMessageVisibilityBatch: (input: Batch<{ ReceiptHandle: string; VisibilityTimeout?: number }>) =>
      batch(input, (entry) => {
        hide(input.QueueUrl, entry.ReceiptHandle, entry.VisibilityTimeout ?? 30);
        return { Id: entry.Id };
      }),
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

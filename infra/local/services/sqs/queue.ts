import type { Store } from '../../store.ts';
import { AwsError, type Random } from '../../world.ts';
import { md5, md5OfAttributes } from './md5.ts';

/** A queue. Attribute values are strings, as SQS has them. */
export type Queue = {
  name: string;
  url: string;
  arn: string;
  attributes: Record<string, string>;
  createdMs: number;
  modifiedMs: number;
};

export type MessageAttribute = { DataType: string; StringValue?: string; BinaryValue?: string };

/** What changes with every receive; the body is kept apart, so that a receive does not write it again. */
export type MessageState = {
  id: string;
  sentMs: number;
  visibleAtMs: number;
  receives: number;
  firstReceivedMs?: number;
  /** Of the latest receive; older ones no longer delete. */
  receipt?: string;
};

export type MessageBody = {
  body: string;
  md5: string;
  senderId: string;
  attributes?: Record<string, MessageAttribute>;
  attributesMd5?: string;
  traceHeader?: string;
  /** The queue that gave the message up. */
  deadLetterSource?: string;
};

export const QUEUES = 'sqs/queues';
export const states = (queue: string): string => `sqs/messages/${queue}`;
export const bodies = (queue: string): string => `sqs/bodies/${queue}`;

export const DEFAULT_ATTRIBUTES: Readonly<Record<string, string>> = {
  VisibilityTimeout: '30',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  DelaySeconds: '0',
  ReceiveMessageWaitTimeSeconds: '0',
  SqsManagedSseEnabled: 'true',
};

/** @param place URL, ARN or bare name: the name is the last segment, whatever host stands before it */
export function queueAt(store: Store, place: string): Queue {
  const queue = store.get<Queue>(QUEUES, place.split(/[/:]/).at(-1) ?? '');
  if (!queue) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
  return queue;
}

export const numberAttribute = (queue: Queue, name: string): number =>
  Number(queue.attributes[name] ?? DEFAULT_ATTRIBUTES[name] ?? 0);

/** @returns undefined when the queue gives up no messages */
export function redrivePolicy(
  queue: Queue,
): { deadLetterTargetArn: string; maxReceiveCount: number } | undefined {
  const text = queue.attributes.RedrivePolicy;
  if (!text) return undefined;
  const policy = JSON.parse(text) as { deadLetterTargetArn: string; maxReceiveCount: number | string };
  return { ...policy, maxReceiveCount: Number(policy.maxReceiveCount) };
}

export type NewMessage = {
  body: string;
  attributes?: Record<string, MessageAttribute> | undefined;
  delaySeconds?: number | undefined;
  traceHeader?: string | undefined;
  senderId: string;
};

/** Puts a message on the queue; inside a store transaction. @throws AwsError for a body that SQS refuses */
export function enqueue(store: Store, random: Random, queue: Queue, message: NewMessage, nowMs: number) {
  checkBody(queue, message);
  const id = random.uuid();
  const delayMs = (message.delaySeconds ?? numberAttribute(queue, 'DelaySeconds')) * 1000;
  const attributesMd5 = message.attributes ? md5OfAttributes(message.attributes) : undefined;
  const content: MessageBody = {
    body: message.body,
    md5: md5(message.body),
    senderId: message.senderId,
    ...(message.attributes && attributesMd5 ? { attributes: message.attributes, attributesMd5 } : {}),
    ...(message.traceHeader === undefined ? {} : { traceHeader: message.traceHeader }),
  };
  put(store, queue.name, { id, sentMs: nowMs, visibleAtMs: nowMs + delayMs, receives: 0 }, content);
  return { id, md5: content.md5, attributesMd5 };
}

function put(store: Store, queue: string, state: MessageState, body: MessageBody): void {
  store.put(bodies(queue), state.id, body);
  store.put(states(queue), state.id, state);
}

/** Everything but the control characters that XML 1.0 has no place for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that SQS refuses
const REFUSED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

function checkBody(queue: Queue, message: NewMessage): void {
  if (message.body === '') {
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  }
  if (REFUSED.test(message.body)) {
    throw new AwsError('InvalidMessageContents', 'The message contains characters outside the allowed set.');
  }
  const limit = numberAttribute(queue, 'MaximumMessageSize');
  const size = Buffer.byteLength(message.body) + Buffer.byteLength(JSON.stringify(message.attributes ?? ''));
  if (size > limit) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
    );
  }
}

export type Received = { state: MessageState; content: MessageBody };

/**
 * Hands out up to `max` visible messages and hides them for `visibilityMs`; inside a store transaction. Gives up
 * messages that have been received too often, and drops those past their retention.
 */
export function receive(
  store: Store,
  random: Random,
  queue: Queue,
  { max, visibilityMs, nowMs }: { max: number; visibilityMs: number; nowMs: number },
): Received[] {
  const redrive = redrivePolicy(queue);
  const oldestMs = nowMs - numberAttribute(queue, 'MessageRetentionPeriod') * 1000;
  const found: MessageState[] = [];
  const expired: MessageState[] = [];
  const givenUp: MessageState[] = [];
  for (const [, state] of store.each<MessageState>(states(queue.name))) {
    if (found.length === max) break;
    if (state.sentMs < oldestMs) expired.push(state);
    else if (state.visibleAtMs > nowMs) continue;
    else if (redrive && state.receives >= redrive.maxReceiveCount) givenUp.push(state);
    else found.push(state);
  }
  for (const state of expired) remove(store, queue.name, state.id);
  for (const state of givenUp) giveUp(store, queue, redrive?.deadLetterTargetArn ?? '', state, nowMs);
  return found.map((state) => {
    const taken: MessageState = {
      ...state,
      receives: state.receives + 1,
      visibleAtMs: nowMs + visibilityMs,
      firstReceivedMs: state.firstReceivedMs ?? nowMs,
      receipt: Buffer.from(`${queue.name}/${state.id}/${random.hex(16)}`).toString('base64'),
    };
    store.put(states(queue.name), state.id, taken);
    return { state: taken, content: store.get<MessageBody>(bodies(queue.name), state.id) as MessageBody };
  });
}

/** Makes visible what was handed out and not deleted, on all queues; inside a store transaction. The receives count. */
export function handBack(store: Store, nowMs: number): void {
  for (const { name } of store.values<Queue>(QUEUES)) {
    for (const state of store.values<MessageState>(states(name))) {
      if (state.receives === 0 || state.visibleAtMs <= nowMs) continue;
      store.put(states(name), state.id, { ...state, visibleAtMs: nowMs });
    }
  }
}

function giveUp(store: Store, queue: Queue, targetArn: string, state: MessageState, nowMs: number): void {
  const target = store.get<Queue>(QUEUES, targetArn.split(':').at(-1) ?? '');
  const content = store.get<MessageBody>(bodies(queue.name), state.id);
  remove(store, queue.name, state.id);
  if (!target || !content) return;
  // A dead-letter queue keeps the time of the first sending, so retention counts from there.
  put(
    store,
    target.name,
    { id: state.id, sentMs: state.sentMs, visibleAtMs: nowMs, receives: 0 },
    { ...content, deadLetterSource: queue.arn },
  );
}

export function remove(store: Store, queue: string, id: string): void {
  store.delete(states(queue), id);
  store.delete(bodies(queue), id);
}

/**
 * The message that a receipt handle stands for.
 *
 * @returns undefined when the message is gone, or has been received again since
 * @throws AwsError for a handle that is none, or of another queue
 */
export function messageOf(store: Store, queue: Queue, receipt: string): MessageState | undefined {
  const [name, id] = Buffer.from(receipt, 'base64').toString('utf8').split('/');
  if (name !== queue.name || id === undefined) {
    throw new AwsError('ReceiptHandleIsInvalid', `The input receipt handle "${receipt}" is not valid.`);
  }
  const state = store.get<MessageState>(states(queue.name), id);
  return state?.receipt === receipt ? state : undefined;
}

import { AwsError, type Operation, type World } from '../../world.ts';
import {
  bodies,
  DEFAULT_ATTRIBUTES,
  type MessageState,
  QUEUES,
  type Queue,
  queueAt,
  remove,
  states,
} from './queue.ts';

/** What is done to queues themselves; messages are in messages.ts. */
export function queueOperations(world: World): Record<string, Operation> {
  const { store, scheduler } = world;
  const saveAttributes = (queue: Queue, attributes: Record<string, string>) =>
    store.put(QUEUES, queue.name, {
      ...queue,
      attributes: { ...queue.attributes, ...checkAttributes(attributes) },
      modifiedMs: scheduler.now(),
    });
  return {
    CreateQueue: (input: CreateQueueInput) => create(world, input),
    GetQueueUrl: (input: { QueueName: string }) => ({ QueueUrl: queueAt(store, input.QueueName).url }),
    ListQueues(input: { QueueNamePrefix?: string }) {
      const queues = store.values<Queue>(QUEUES);
      const wanted = queues.filter((queue) => queue.name.startsWith(input.QueueNamePrefix ?? ''));
      return { QueueUrls: wanted.map((queue) => queue.url) };
    },
    GetQueueAttributes(input: { QueueUrl: string; AttributeNames?: string[] }) {
      const queue = queueAt(store, input.QueueUrl);
      const all = { ...queue.attributes, ...counts(world, queue) };
      const wanted = input.AttributeNames ?? [];
      const entries = Object.entries(all).filter(([name]) => wanted.includes('All') || wanted.includes(name));
      return entries.length > 0 ? { Attributes: Object.fromEntries(entries) } : {};
    },
    SetQueueAttributes: (input: { QueueUrl: string; Attributes: Record<string, string> }) =>
      saveAttributes(queueAt(store, input.QueueUrl), input.Attributes),
    PurgeQueue(input: { QueueUrl: string }) {
      const { name } = queueAt(store, input.QueueUrl);
      for (const [id] of store.entries(bodies(name))) remove(store, name, id);
    },
  };
}

type CreateQueueInput = { QueueName: string; Attributes?: Record<string, string> };

/** The same name and attributes again are the same queue. */
function create({ store, scheduler, landingZone }: World, input: CreateQueueInput): { QueueUrl: string } {
  const name = input.QueueName;
  if (!/^[\w-]{1,80}$/.test(name)) {
    throw new AwsError(
      'InvalidParameterValue',
      'Can only include alphanumeric characters, hyphens, or underscores.',
    );
  }
  const attributes = checkAttributes(input.Attributes ?? {});
  const existing = store.get<Queue>(QUEUES, name);
  if (existing) {
    if (Object.entries(attributes).every(([key, value]) => existing.attributes[key] === value)) {
      return { QueueUrl: existing.url };
    }
    throw new AwsError('QueueNameExists', 'A queue already exists with the same name and a different value.');
  }
  const { homeRegion, managementAccountId } = landingZone;
  const queue: Queue = {
    name,
    url: `https://sqs.${homeRegion}.amazonaws.com/${managementAccountId}/${name}`,
    arn: `arn:aws:sqs:${homeRegion}:${managementAccountId}:${name}`,
    attributes: { ...DEFAULT_ATTRIBUTES, ...attributes },
    createdMs: scheduler.now(),
    modifiedMs: scheduler.now(),
  };
  store.put(QUEUES, name, queue);
  return { QueueUrl: queue.url };
}

function counts({ store, scheduler }: World, queue: Queue): Record<string, string> {
  let [ready, hidden, delayed] = [0, 0, 0];
  for (const [, state] of store.each<MessageState>(states(queue.name))) {
    if (state.visibleAtMs <= scheduler.now()) ready += 1;
    else if (state.receives > 0) hidden += 1;
    else delayed += 1;
  }
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(ready),
    ApproximateNumberOfMessagesNotVisible: String(hidden),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: String(Math.floor(queue.createdMs / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedMs / 1000)),
  };
}

function checkAttributes(attributes: Record<string, string>): Record<string, string> {
  if (attributes.FifoQueue !== undefined) {
    throw new AwsError('UnsupportedOperation', 'the embedded AWS: FIFO queues are not supported');
  }
  const redrive = attributes.RedrivePolicy;
  if (redrive) {
    const policy = parse(redrive);
    if (typeof policy.deadLetterTargetArn !== 'string' || !(Number(policy.maxReceiveCount) >= 1)) {
      throw new AwsError('InvalidAttributeValue', 'Invalid value for the parameter RedrivePolicy.');
    }
  }
  return attributes;
}

function parse(json: string): Record<string, unknown> {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    throw new AwsError('InvalidAttributeValue', 'Invalid value for the parameter RedrivePolicy.');
  }
}

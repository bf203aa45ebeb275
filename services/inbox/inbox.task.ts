import type { Logger } from 'pino';
import { sqlState } from '../../db/client.ts';
import { readEnvelope } from '../ledger/envelope.ts';
import { type EvaluationReader, openEvaluationReader } from '../ledger/envelopes/config-text.ts';
import { GOVERNANCE, LANES, laneOf, type NewFact } from '../ledger/fact.ts';
import { ingest } from '../ledger/ingest.pg.ts';
import { NO_TRACING, type Tracing } from '../telemetry/tracing.port.ts';
import { gather } from './gather.ts';
import { type InboxDeps, receive } from './inbox.pg.ts';
import type { Incoming } from './incoming.ts';
import { parseMessage, type Unreadable } from './parse.ts';
import type { InboxQueue, QueueMessage } from './queue.port.ts';

/** Messages that are taken together: what a commit and its counters cost is shared by all of them. */
const MOST_AT_ONCE = 640;

type Deps = InboxDeps & { tracing?: Tracing };
type Task = { queue: Pick<InboxQueue, 'deadLetter'>; deps: Deps; log: Logger };

/** Reads the queue for ever: each lane takes whole batches in one transaction, in halves when a batch cannot be taken together. */
export function startInbox(queue: InboxQueue, deps: Deps, log: Logger): { stop(): Promise<void> } {
  const task = { queue, deps, log };
  const evaluations = openEvaluationReader();
  const lanes = LANES.map((lane) =>
    // All of them together leave a connection of the pool to everybody else.
    gather({ most: MOST_AT_ONCE, atOnce: lane === GOVERNANCE ? 1 : 2 }, (messages: readonly Readable[]) =>
      takeTogether(task, lane, messages),
    ),
  );
  queue.start((portion) => takeEach(task, evaluations, portion, (lane, messages) => lanes[lane]!(messages)));
  return { stop: () => queue.stop() };
}

/**
 * A message with what it means. Observations of AWS alone need nobody else's rows: of them only the facts are kept, so that
 * what was parsed besides is let go of at once, while it is cheap to collect.
 */
type Readable = { message: QueueMessage; lane: number; incoming?: Incoming; observed: NewFact[] };

/**
 * Takes a batch by itself.
 * @returns the ids of the messages that are done with
 */
export const takeBatch = (
  queue: Pick<InboxQueue, 'deadLetter'>,
  deps: Deps,
  log: Logger,
  batch: readonly QueueMessage[],
): Promise<string[]> => {
  const task = { queue, deps, log };
  return takeEach(task, openEvaluationReader(), batch, (lane, messages) =>
    takeTogether(task, lane, messages),
  );
};

/** @returns those that come again */
type Take = (lane: number, messages: readonly Readable[]) => Promise<readonly Readable[]>;

/** Each in its lane, the lanes side by side. @returns the ids of the messages that are done with */
async function takeEach(
  task: Task,
  evaluations: EvaluationReader,
  batch: readonly QueueMessage[],
  take: Take,
): Promise<string[]> {
  const lanes: Readable[][] = [];
  const again = new Set<string>();
  for (const message of batch) {
    const read = readMessage(message, task.deps, evaluations);
    if (!('lane' in read)) {
      if (!(await putAside(task, message, read.reason))) again.add(message.id);
      continue;
    }
    const lane = lanes[read.lane];
    if (lane) lane.push(read);
    else lanes[read.lane] = [read];
  }
  const left = await Promise.all(lanes.map((messages, lane) => take(lane, messages)));
  for (const messages of left) for (const { message } of messages ?? []) again.add(message.id);
  return batch.flatMap(({ id }) => (again.has(id) ? [] : [id]));
}

function readMessage(
  message: QueueMessage,
  { trusted }: InboxDeps,
  evaluations: EvaluationReader,
): Readable | Unreadable {
  const evaluation = evaluations.read(message.body);
  if (evaluation) return { message, lane: laneOf(evaluation), observed: [evaluation] };
  const incoming = parseMessage(message.body);
  if (incoming.kind === 'unreadable') return incoming;
  const governance = { message, incoming, lane: GOVERNANCE, observed: [] };
  if (incoming.kind !== 'event') return governance;
  const { facts, wake, suspicion } = readEnvelope(incoming.envelope, trusted);
  const lanes = new Set(facts.map(laneOf));
  const [lane] = lanes;
  if (wake || suspicion || lanes.size !== 1 || lane === undefined || lane === GOVERNANCE) return governance;
  const [fact] = facts;
  if (fact && facts.length === 1 && fact.type === 'ComplianceChanged') evaluations.learn(message.body, fact);
  return { message, lane, observed: facts };
}

async function take({ deps }: Task, lane: number, messages: readonly Readable[]): Promise<void> {
  if (lane === GOVERNANCE)
    return receive(
      deps,
      messages.flatMap(({ incoming }) => incoming ?? []),
    );
  const observed = messages.flatMap((m) => m.observed);
  // One round trip: the lane is held by nobody who is busy with something else.
  deps.metrics.appended(await ingest(deps.orm, lane, observed, deps.clock.now()));
}

/** What a workflow says of a request is a span of its trace. Events of AWS belong to no request until they are folded. */
function traceTaken(
  { tracing = NO_TRACING, clock }: Deps,
  messages: readonly Readable[],
  startMs: number,
): void {
  const endMs = clock.now().getTime();
  for (const { message, incoming } of messages) {
    if (incoming === undefined || incoming.kind === 'event') continue;
    const correlationId = requestOf(incoming);
    if (correlationId === undefined) continue;
    const said = incoming.kind === 'ask' ? incoming.ask : incoming.fact;
    tracing.ended({
      name: incoming.kind === 'ask' ? `inbox ask ${incoming.ask.ask}` : `inbox fact ${incoming.fact.type}`,
      kind: 'consumer',
      correlationId,
      under: 'workflow',
      startMs,
      endMs,
      during: message,
      attributes: { 'jetway.execution': said.execution, 'jetway.occurred_at': said.occurredAt },
    });
  }
}

/** What belongs to a request can be followed in the log. Events of AWS are counted, not told. */
function logTaken(log: Logger, messages: readonly Readable[]): void {
  if (!log.isLevelEnabled('debug')) return;
  for (const { message, incoming } of messages) {
    if (incoming === undefined || incoming.kind === 'event') continue;
    const what = incoming.kind === 'ask' ? incoming.ask.ask : incoming.fact.type;
    log.debug({ ...aboutOf(message, incoming), kind: incoming.kind, what }, 'message taken');
  }
}

/**
 * One poisonous message must not hold up its neighbours: they are taken in halves until it is alone.
 * @returns those that come again
 */
async function takeTogether(
  task: Task,
  lane: number,
  messages: readonly Readable[],
): Promise<readonly Readable[]> {
  const startMs = task.deps.clock.now().getTime();
  try {
    const { during } = task.deps.tracing ?? NO_TRACING;
    await during(
      messages.map(({ message }) => message),
      () => take(task, lane, messages),
    );
    traceTaken(task.deps, messages, startMs);
    logTaken(task.log, messages);
    return [];
  } catch (error) {
    const [only] = messages;
    if (messages.length === 1 && only) return (await refused(task, only, error)) ? [] : [only];
    task.log.warn({ err: error, messages: messages.length }, 'batch refused, taking its messages in halves');
    const half = Math.ceil(messages.length / 2);
    return [
      ...(await takeTogether(task, lane, messages.slice(0, half))),
      ...(await takeTogether(task, lane, messages.slice(half))),
    ];
  }
}

/** What the log says of a message; what belongs to a request is found by its id. */
function aboutOf({ id: messageId }: QueueMessage, incoming?: Incoming) {
  const correlationId = incoming && requestOf(incoming);
  return { messageId, ...(correlationId === undefined ? {} : { correlationId }) };
}

/** Events of AWS belong to no request until they are folded. */
function requestOf(incoming: Incoming): string | undefined {
  if (incoming.kind === 'event') return undefined;
  return (incoming.kind === 'ask' ? incoming.ask : incoming.fact).requestId;
}

/** What the database cannot hold it will not hold the next time either. @returns whether the message is done with */
async function refused(task: Task, { message, incoming }: Readable, error: unknown): Promise<boolean> {
  const about = aboutOf(message, incoming);
  const dataIsBad = sqlState(error)?.startsWith('22') ?? false;
  if (dataIsBad)
    return putAside(
      task,
      message,
      `the database refuses it: ${(error as Error).message.slice(0, 500)}`,
      about,
    );
  task.log.error({ err: error, ...about }, 'message refused, it will come again');
  return false;
}

/** @returns whether it is in the dead-letter queue */
async function putAside(
  { queue, deps, log }: Task,
  message: QueueMessage,
  reason: string,
  about = aboutOf(message),
): Promise<boolean> {
  log.warn({ ...about, reason }, 'message put in the dead-letter queue');
  try {
    await queue.deadLetter(message, reason);
    deps.metrics.deadLettered();
    return true;
  } catch (error) {
    log.error({ err: error, ...about }, 'message not put aside, it will come again');
    return false;
  }
}

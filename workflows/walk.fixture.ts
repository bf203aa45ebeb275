import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiShapes } from '../infra/api-shapes/shapes.ts';
import { issueText, validateInput } from '../infra/api-shapes/validate.ts';
import { virtualClock } from '../infra/local/clock.ts';
import { createEngine, type Engine, type TaskCall, TaskError } from '../infra/local/engine/engine.ts';
import { seededRandom } from '../infra/local/random.ts';
import { openScheduler } from '../infra/local/scheduler.ts';
import { openStore } from '../infra/local/store.ts';
import { Ask, WorkflowFact } from '../services/inbox/message.schema.ts';
import { sha256 } from '../services/kernel/canonical-json.ts';
import { integrationOf } from './asl/actions.ts';
import type { Definition } from './asl/definition.ts';
import { isService, SERVICES } from './asl/services.ts';
import { rendered } from './rendered.ts';

/** A call that a machine made, in the order of the walk. `action`: `organizations:attachPolicy`. */
export type Call = { action: string; arguments: unknown; role: string | undefined; atMs: number };

/** What a scripted call does instead of, or beside, what the world does. */
export type Scripted = (real: () => unknown) => unknown;

/** Refuses the call; the world does not change. */
export const refuse =
  (error: string, cause = 'refused by the script'): Scripted =>
  () => {
    throw new TaskError(error, cause);
  };

/** The call is executed and its answer is lost. */
export const loseReply =
  (error: string): Scripted =>
  (real) => {
    real();
    throw new TaskError(error, 'Unable to execute HTTP request: Read timed out');
  };

/** The world answers. */
export const asUsual: Scripted = (real) => real();

/** Answers this, whatever the world knows. */
export const answer =
  (result: unknown): Scripted =>
  () =>
    result;

/** How often in a row, at most; for a fault that stays. */
export const times = (count: number, scripted: Scripted): Scripted[] =>
  Array.from({ length: count }, () => scripted);

export type Script = Record<string, readonly Scripted[]>;

/** The answer to an ask; `silence` lets it run into its timeout. */
export type AskAnswer = Record<string, unknown> | 'silence';

type WalkOptions = {
  name: string;
  definition: Definition;
  executionName: string;
  input: unknown;
  /** What the services would do. `action` as in the Resource: `organizations:attachPolicy`. */
  world: (action: string, args: never, call: TaskCall) => unknown;
  script?: Script;
  /** Answers by kind of ask, one after the other; the last one is for every further ask of its kind. */
  asks: Record<string, readonly AskAnswer[]>;
  /** The world is another implementation's, whose ids are not all as AWS's: values are not looked at. */
  foreign?: boolean;
};

export type Walked = {
  status: string;
  output: unknown;
  error: string | undefined;
  facts: WorkflowFact[];
  asks: Ask[];
  /** Facts and asks, in the order in which they were sent. */
  messages: (WorkflowFact | Ask)[];
  calls: Call[];
  visited: string[];
  events: number;
  atMs: number;
  /** Everything that happened, with its data. */
  history: () => HistoryEvent[];
};

const START_MS = Date.parse('2026-03-04T10:00:00Z');
const ACCOUNT = '111122223333';

/**
 * What a walk was: each call and what it was answered, each ask and its answer, and the history that came of it. With these another
 * interpreter is put through the same walk (`npm run oracle`).
 */
export type WalkRecording = {
  machine: string;
  /** SHA-256 of the definition's text: a test may have changed it. */
  definition: string;
  executionName: string;
  input: unknown;
  calls: RecordedCall[];
  /** By the id of the ask; an ask that nobody answers is not there. */
  replies: Record<string, Record<string, unknown>>;
  status: string;
  events: HistoryEvent[];
};

export type RecordedCall = Pick<TaskCall, 'resource' | 'roleArn' | 'arguments'> & {
  answer: { output: unknown } | { error: string; cause: string };
};

export type HistoryEvent = { id: number; previousEventId: number; type: string; [details: string]: unknown };

/** Where walks are kept, if anybody asks for it. */
let recordings: string | undefined;

/** From now on every walk leaves a recording in this folder. */
export function recordWalksIn(folder: string): void {
  recordings = folder;
}

/** Runs one execution under a virtual clock, from its start to its end. Throws when nothing can happen any more. */
export async function walk(options: WalkOptions): Promise<Walked> {
  const recorded: RecordedCall[] | undefined = recordings === undefined ? undefined : [];
  const replies: WalkRecording['replies'] = {};
  const stage = setStage(options, recorded);
  const { clock, engine, inbox, calls } = stage;
  const definition = rendered(options.definition);
  const machine = engine.putMachine({
    name: options.name,
    definition,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/jetway-vend`,
  });
  const { arn } = engine.begin(machine, options.executionName, JSON.stringify(options.input));
  for (;;) {
    await engine.idle();
    if (executionOf(engine, arn).status !== 'RUNNING') break;
    const open = inbox.takeOpen();
    const reply = open && nextAnswer(options.asks, open);
    if (open && reply !== undefined && reply !== 'silence') {
      replies[open.id] = reply;
      engine.answer(open.token, { output: reply as never });
      continue;
    }
    const next = clock.next();
    if (next === undefined) throw new Error(`nothing can happen any more: ${JSON.stringify(calls.at(-1))}`);
    clock.advanceTo(next);
  }
  const { name: machineName, executionName, input } = options;
  const walked = { machine: machineName, definition: sha256(definition), executionName, input };
  keepRecording(engine, arn, { ...walked, calls: recorded ?? [], replies });
  return account(stage, arn);
}

/** What a recording is about, beside it in a small file of its own. */
export type WalkIndex = { machine: string; events: number; states: string[] };

function keepRecording(engine: Engine, arn: string, walked: Omit<WalkRecording, 'status' | 'events'>): void {
  if (recordings === undefined) return;
  const execution = executionOf(engine, arn);
  const events = historyOf(engine, execution);
  const recorded: WalkRecording = { ...walked, status: execution.status, events };
  const states = new Set(events.flatMap(enteredIn));
  const index: WalkIndex = { machine: walked.machine, events: events.length, states: [...states].sort() };
  const name = join(recordings, randomUUID());
  writeFileSync(`${name}.walk.json`, JSON.stringify(recorded));
  writeFileSync(`${name}.index.json`, JSON.stringify(index));
}

/** The name of the state that an event enters. */
function enteredIn(event: { type: string } | undefined): string[] {
  const entered = (event as { stateEnteredEventDetails?: { name: string } })?.stateEnteredEventDetails;
  return event?.type.endsWith('StateEntered') && entered ? [entered.name] : [];
}

/** Does it, and keeps what came of it. */
function recording(call: TaskCall, recorded: RecordedCall[], work: () => unknown): unknown {
  const { resource, roleArn, arguments: given } = call;
  const keep = (answer: RecordedCall['answer']) => {
    // As it was then: worlds change what they have given away.
    recorded.push(structuredClone({ resource, ...(roleArn && { roleArn }), arguments: given, answer }));
  };
  try {
    const output = work();
    keep({ output });
    return output;
  } catch (error) {
    if (error instanceof TaskError) keep({ error: error.errorName, cause: error.cause });
    throw error;
  }
}

/** An engine whose calls go to the script, then to the world. */
function setStage(options: WalkOptions, recorded: RecordedCall[] | undefined) {
  const clock = virtualClock(START_MS);
  const store = openStore(null);
  const scheduler = openScheduler(store, clock, 1);
  const inbox = createInbox();
  const calls: Call[] = [];
  const scripts = new Map(Object.entries(options.script ?? {}).map(([action, list]) => [action, [...list]]));
  const dispatch = (call: TaskCall): unknown => {
    const action = call.resource.replace(/^aws-sdk:/, '');
    calls.push({ action, arguments: call.arguments, role: call.roleArn, atMs: clock.now() });
    if (!options.foreign) checkValues(call);
    const message = action === 'sqs:sendMessage';
    const real = () =>
      message ? inbox.receive(call.arguments) : options.world(action, call.arguments as never, call);
    const scripted = scripts.get(message ? inbox.label(call.arguments) : action)?.shift();
    const work = () => (scripted ? scripted(real) : real());
    return recorded ? recording(call, recorded, work) : work();
  };
  const engine = createEngine({
    store,
    scheduler,
    random: seededRandom(1),
    dispatch,
    emit: () => undefined,
    region: 'us-east-1',
    accountId: ACCOUNT,
  });
  scheduler.start();
  engine.start();
  return { clock, engine, inbox, calls };
}

type Execution = NonNullable<ReturnType<Engine['execution']>>;

function executionOf(engine: Engine, arn: string): Execution {
  const execution = engine.execution(arn);
  if (!execution) throw new Error('the execution is gone');
  return execution;
}

function account({ clock, engine, inbox, calls }: ReturnType<typeof setStage>, arn: string): Walked {
  const execution = executionOf(engine, arn);
  const events = engine.eventCount(execution);
  const visited = Array.from({ length: events }, (_, at) => engine.event(execution, at + 1, false)).flatMap(
    enteredIn,
  );
  const { output } = engine.payload(execution);
  return {
    status: execution.status,
    output: output === undefined ? undefined : JSON.parse(output),
    error: execution.failure ? `${execution.failure.error}: ${execution.failure.cause}` : undefined,
    facts: inbox.facts,
    asks: inbox.asks,
    messages: inbox.messages,
    calls,
    visited,
    events,
    atMs: clock.now() - START_MS,
    history: () => historyOf(engine, execution),
  };
}

function historyOf(engine: Engine, execution: Execution): HistoryEvent[] {
  const ids = Array.from({ length: engine.eventCount(execution) }, (_, at) => at + 1);
  return ids.map((id) => engine.event(execution, id, true)) as unknown as HistoryEvent[];
}

/** The values that the expressions gave, against the API model: what a service would refuse, no walk may send. */
function checkValues(call: TaskCall): void {
  const integration = integrationOf(`arn:aws:states:::${call.resource}`);
  const service = integration?.service ?? '';
  const shapes = apiShapes(isService(service) ? SERVICES[service].shapes : service);
  if (!integration || !shapes) throw new Error(`unknown call ${call.resource}`);
  const issues = validateInput(shapes, integration.action, call.arguments, { naming: 'states' });
  if (issues.length > 0) throw new Error(issues.map((issue) => issueText(issue, call.resource)).join('; '));
}

function createInbox() {
  const facts: WorkflowFact[] = [];
  const asks: Ask[] = [];
  const messages: (WorkflowFact | Ask)[] = [];
  const open: Ask[] = [];
  const bodyOf = (args: unknown) =>
    JSON.parse((args as { MessageBody: string }).MessageBody) as { kind: string };
  return {
    facts,
    asks,
    messages,
    /** Scripts name messages by what they say: `ask:repair`, `fact:AccountVended`. */
    label(args: unknown): string {
      const body = bodyOf(args) as { kind: string; ask?: string; type?: string };
      return `${body.kind}:${body.ask ?? body.type}`;
    },
    receive(args: unknown) {
      const { QueueUrl } = args as { QueueUrl: string };
      if (QueueUrl !== `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/jetway-inbox`) {
        throw new Error(`another queue: ${QueueUrl}`);
      }
      const body = bodyOf(args);
      if (body.kind === 'fact') {
        const fact = WorkflowFact.parse(body);
        facts.push(fact);
        messages.push(fact);
      } else {
        const ask = Ask.parse(body);
        asks.push(ask);
        messages.push(ask);
        open.push(ask);
      }
      return { MessageId: `m-${facts.length + asks.length}` };
    },
    takeOpen: () => open.shift(),
  };
}

const asked = new WeakMap<object, Map<string, number>>();

/** The next answer of this kind; the last of the list stays. */
function nextAnswer(asks: WalkOptions['asks'], { ask, data }: Ask): AskAnswer {
  const kind = typeof data.stage === 'string' ? `${ask}:${data.stage}` : ask;
  const counts = asked.get(asks) ?? new Map<string, number>();
  asked.set(asks, counts);
  const count = counts.get(kind) ?? 0;
  counts.set(kind, count + 1);
  const list = asks[kind];
  const reply = list?.[Math.min(count, list.length - 1)];
  if (reply === undefined) throw new Error(`nobody answers ${kind}`);
  return reply;
}

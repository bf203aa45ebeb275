import { apiShapes } from '../infra/api-shapes/shapes.ts';
import { issueText, validateInput } from '../infra/api-shapes/validate.ts';
import { virtualClock } from '../infra/local/clock.ts';
import { createEngine, type Engine, type TaskCall, TaskError } from '../infra/local/engine/engine.ts';
import { seededRandom } from '../infra/local/random.ts';
import { openScheduler } from '../infra/local/scheduler.ts';
import { openStore } from '../infra/local/store.ts';
import { Ask, WorkflowFact } from '../services/inbox/message.schema.ts';
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
};

const START_MS = Date.parse('2026-03-04T10:00:00Z');
const ACCOUNT = '111122223333';

/** Runs one execution under a virtual clock, from its start to its end. Throws when nothing can happen any more. */
export async function walk(options: WalkOptions): Promise<Walked> {
  const stage = setStage(options);
  const { clock, engine, inbox, calls } = stage;
  const machine = engine.putMachine({
    name: options.name,
    definition: rendered(options.definition),
    roleArn: `arn:aws:iam::${ACCOUNT}:role/jetway-vend`,
  });
  const { arn } = engine.begin(machine, options.executionName, JSON.stringify(options.input));
  for (;;) {
    await engine.idle();
    if (executionOf(engine, arn).status !== 'RUNNING') break;
    const open = inbox.takeOpen();
    const reply = open && nextAnswer(options.asks, open);
    if (open && reply !== undefined && reply !== 'silence') {
      engine.answer(open.token, { output: reply as never });
      continue;
    }
    const next = clock.next();
    if (next === undefined) throw new Error(`nothing can happen any more: ${JSON.stringify(calls.at(-1))}`);
    clock.advanceTo(next);
  }
  return account(stage, arn);
}

/** An engine whose calls go to the script, then to the world. */
function setStage(options: WalkOptions) {
  const clock = virtualClock(START_MS);
  const store = openStore(null);
  const scheduler = openScheduler(store, clock, 1);
  const inbox = createInbox();
  const calls: Call[] = [];
  const scripts = new Map(Object.entries(options.script ?? {}).map(([action, list]) => [action, [...list]]));
  const dispatch = (call: TaskCall): unknown => {
    const action = call.resource.replace(/^aws-sdk:/, '');
    calls.push({ action, arguments: call.arguments, role: call.roleArn, atMs: clock.now() });
    checkValues(call);
    const message = action === 'sqs:sendMessage';
    const real = () =>
      message ? inbox.receive(call.arguments) : options.world(action, call.arguments as never, call);
    const scripted = scripts.get(message ? inbox.label(call.arguments) : action)?.shift();
    return scripted ? scripted(real) : real();
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

function executionOf(engine: Engine, arn: string) {
  const execution = engine.execution(arn);
  if (!execution) throw new Error('the execution is gone');
  return execution;
}

function account({ clock, engine, inbox, calls }: ReturnType<typeof setStage>, arn: string): Walked {
  const execution = executionOf(engine, arn);
  const events = engine.eventCount(execution);
  const visited = Array.from({ length: events }, (_, at) => engine.event(execution, at + 1, false)).flatMap(
    (event) => {
      const entered = (event as { stateEnteredEventDetails?: { name: string } })?.stateEnteredEventDetails;
      return event?.type.endsWith('StateEntered') && entered ? [entered.name] : [];
    },
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
  };
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

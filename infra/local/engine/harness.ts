import { apiShapes } from '../../api-shapes/shapes.ts';
import { validateOutput } from '../../api-shapes/validate.ts';
import { type VirtualClock, virtualClock } from '../clock.ts';
import { seededRandom } from '../random.ts';
import { openScheduler, type Scheduler } from '../scheduler.ts';
import { openStore, type Store } from '../store.ts';
import type { Operation } from '../world.ts';
import { createEngine, type Engine } from './engine.ts';
import type { Json } from './json.ts';
import { stepFunctionsService } from './service.ts';
import { type TaskCall, type TaskDispatch, TaskError } from './task.ts';

export const START_MS = Date.parse('2026-03-04T10:00:00Z');
export const ROLE = 'arn:aws:iam::111122223333:role/jetway-vend';
const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:';

type Event = { detail: Record<string, unknown> } & Record<string, unknown>;

/** An engine under a virtual clock, for tests. Calls and events are kept in the store, so that a crash keeps them. */
export type Harness = {
  engine: Engine;
  store: Store;
  clock: VirtualClock;
  scheduler: Scheduler;
  /** An operation of the Step Functions API; its answer is checked against the API model. */
  api(action: string, input: unknown): Record<string, Json>;
  create(name: string, definition: unknown): string;
  /** Starts an execution. @returns its ARN */
  begin(name: string, input?: unknown, execution?: string): string;
  /** Runs until nothing is left to do but wait for answers, time included. */
  run(untilMs?: number): Promise<void>;
  describe(arn: string): Record<string, Json>;
  /** Types of the events, in order. */
  history(arn: string): string[];
  calls(): TaskCall[];
  events(): Event[];
  timers(): unknown[];
};

export type HarnessOptions = {
  store?: Store;
  dispatch?: TaskDispatch;
  seed?: number;
  timeScale?: number;
};

/** @param options.dispatch what calls answer; default: an empty object */
export function harness(options: HarnessOptions = {}): Harness {
  const store = options.store ?? openStore(null);
  const clock = virtualClock(START_MS);
  const scheduler = openScheduler(store, clock, options.timeScale ?? 1);
  const random = seededRandom(options.seed ?? 1);
  const keep = (collection: string, doc: unknown) =>
    store.put(collection, String(store.values(collection).length + 1), doc);
  const engine = createEngine({
    store,
    scheduler,
    random,
    region: 'us-east-1',
    accountId: '111122223333',
    emit: (event) => keep('test.events', event),
    dispatch: (made) => {
      keep('test.calls', made);
      return options.dispatch?.(made) ?? {};
    },
  });
  const { operations } = stepFunctionsService(engine, { random, scheduler });
  const caller = { accountId: '111122223333', region: 'us-east-1', principalArn: ROLE };
  const api: Harness['api'] = (action, input) => {
    const operation = operations[action] as Operation;
    const output = store.transaction(() => operation(input, caller));
    const shapes = apiShapes('stepfunctions');
    const issues = shapes ? validateOutput(shapes, action, output) : [];
    if (issues.length > 0) throw new Error(`${action} answered ${JSON.stringify(issues)}`);
    return output as Record<string, Json>;
  };
  scheduler.start();
  engine.start();
  return {
    engine,
    store,
    clock,
    scheduler,
    run: (untilMs = Number.POSITIVE_INFINITY) => runUntil(engine, clock, untilMs),
    calls: () => store.values<TaskCall>('test.calls'),
    events: () => store.values<Event>('test.events'),
    timers: () => store.values('timers'),
    api,
    ...shorthands(api),
  };
}

async function runUntil(engine: Engine, clock: VirtualClock, untilMs: number): Promise<void> {
  await engine.idle();
  for (let due = clock.next(); due !== undefined && due <= untilMs; due = clock.next()) {
    clock.advanceTo(due);
    await engine.idle();
  }
  if (Number.isFinite(untilMs)) clock.advanceTo(untilMs);
}

function shorthands(api: Harness['api']): Pick<Harness, 'create' | 'begin' | 'describe' | 'history'> {
  return {
    create(name, definition) {
      const text = JSON.stringify(definition);
      return String(api('CreateStateMachine', { name, definition: text, roleArn: ROLE }).stateMachineArn);
    },
    begin(name, input = {}, execution) {
      const named = execution === undefined ? {} : { name: execution };
      const start = { stateMachineArn: MACHINE + name, input: JSON.stringify(input), ...named };
      return String(api('StartExecution', start).executionArn);
    },
    describe: (executionArn) => api('DescribeExecution', { executionArn }),
    history(executionArn) {
      const { events } = api('GetExecutionHistory', { executionArn, maxResults: 1000 });
      return (events as { type: string }[]).map(({ type }) => type);
    },
  };
}

/** A machine in JSONata mode. */
export const machine = (StartAt: string, States: Record<string, unknown>, rest: object = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt,
  States,
  ...rest,
});

/** A Task state that sends its token and waits. */
export const ask = (rest: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
  Arguments: {
    QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/jetway-inbox',
    MessageBody: { token: '{% $states.context.Task.Token %}' },
  },
  ...rest,
});

/** A Task state that calls an action of the Organizations API. */
export const call = (action: string, rest: object = {}) => ({
  Type: 'Task',
  Resource: `arn:aws:states:::aws-sdk:organizations:${action}`,
  ...rest,
});

/** The token in a call made by `ask`. */
export function tokenOf(taskCall: TaskCall | undefined): string {
  const { MessageBody } = (taskCall?.arguments ?? {}) as { MessageBody?: { token?: string } };
  return MessageBody?.token ?? 'no token';
}

/** Runs one machine to its end, in a world of its own. */
export async function outcome(definition: object, options: HarnessOptions & { input?: unknown } = {}) {
  const world = harness(options);
  world.create('one', definition);
  const arn = world.begin('one', options.input ?? {}, 'run');
  await world.run();
  const { status, output, error, cause } = world.describe(arn);
  const parsed = output === undefined ? undefined : JSON.parse(String(output));
  return { world, arn, status, error, cause, output: parsed };
}

/** A dispatch whose calls all fail. */
export const fails =
  (name: string, cause = 'why'): TaskDispatch =>
  () => {
    throw new TaskError(name, cause);
  };

/** A machine of one state that catches errors by these names and then shows what it caught. */
export const caught = (names: string[], state: object) =>
  machine('Do', {
    Do: { ...state, Catch: [{ ErrorEquals: names, Next: 'Caught' }] },
    Caught: { Type: 'Pass', Output: '{% {"caught": $states.input} %}', End: true },
  });

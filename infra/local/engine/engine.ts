import { createHash } from 'node:crypto';
import { answerToken, heartbeat } from './callbacks.ts';
import { parseDefinition } from './definition.ts';
import type { Answer, Execution, Machine } from './documents.ts';
import {
  beginExecution,
  endExecution,
  executionArn,
  isExpired,
  purgeExecution,
  RETENTION_MS,
  redriveExecution,
} from './executions.ts';
import type { Failure } from './failure.ts';
import { readEvent } from './history.ts';
import { createKernel, type EngineOptions, type Kernel } from './kernel.ts';
import { createLoop } from './loop.ts';
import { endBroken, takeStep } from './runner.ts';
import { registerTimers } from './timers.ts';

export type { EngineOptions } from './kernel.ts';
export { type TaskCall, type TaskDispatch, TaskError } from './task.ts';

type HistoryEventOutput = NonNullable<ReturnType<typeof readEvent>>;

/**
 * The state-machine engine: runs Amazon States Language in JSONata mode. Everything it knows is in the store; after a
 * kill, an engine on the same store goes on where the last one was.
 *
 * Writing operations run in a store transaction of their own or join the one that is open.
 */
export interface Engine {
  readonly region: string;
  readonly accountId: string;
  /** Arms nothing and runs nothing before this. Resumes what is RUNNING; forgets what AWS would have forgotten. */
  start(): void;
  /** Resolves when the step under way is over. Nothing is lost; `start` goes on. */
  stop(): Promise<void>;
  /** Resolves when no step is under way and none is ready: all that is left waits for time or for an answer. */
  idle(): Promise<void>;

  machine(arn: string): Machine | undefined;
  machines(): Machine[];
  definitionText(digest: string): string;
  /**
   * Creates a machine or changes it; what is open goes on with the definition that it started with. The same again
   * changes nothing.
   *
   * @throws AwsError InvalidDefinition
   */
  putMachine(machine: { name: string; definition: string; roleArn: string }): Machine;

  execution(arn: string): Execution | undefined;
  executions(): Execution[];
  /** The input and, of an execution that succeeded, the output: JSON text. */
  payload(execution: Execution): { input: string; output: string | undefined };
  /** How many events an execution has; they are numbered from 1. */
  eventCount(execution: Execution): number;
  event(execution: Execution, id: number, withData: boolean): HistoryEventOutput | undefined;
  /** @param input JSON text. The name must be free (`execution` says so). */
  begin(machine: Machine, name: string, input: string): Execution;
  abort(execution: Execution, failure: Failure): Execution;
  redrive(execution: Execution, clientToken: string | null): Execution;

  /** @throws AwsError InvalidToken, TaskTimedOut */
  answer(token: string, answer: Answer): void;
  /** @throws AwsError InvalidToken, TaskTimedOut */
  heartbeat(token: string): void;
}

/**
 * @example
 * const engine = createEngine({ store, scheduler, random, dispatch, emit, region, accountId });
 * scheduler.start();
 * engine.start();
 */
export function createEngine(options: EngineOptions): Engine {
  const { store, region, accountId } = options;
  const loop = createLoop((id) => step(kernel, id));
  const kernel = createKernel(options, loop.wake);
  const { docs } = kernel;
  registerTimers(kernel);

  return {
    region,
    accountId,
    start() {
      store.transaction(() => forgetOld(kernel));
      for (const [id, { status }] of docs.executions.each()) if (status === 'RUNNING') loop.wake(id);
      loop.start();
    },
    stop: loop.stop,
    idle: loop.idle,
    machine: docs.machines.get,
    machines: () => Array.from(docs.machines.each(), ([, machine]) => machine),
    definitionText: (digest) => docs.definitions.get(digest) ?? '',
    putMachine: (machine) => store.transaction(() => putMachine(kernel, machine)),
    ...executionsOf(kernel),
    answer: (token, answer) => answerToken(kernel, token, answer),
    heartbeat: (token) => heartbeat(kernel, token),
  };
}

type ExecutionPart = Pick<
  Engine,
  'execution' | 'executions' | 'payload' | 'eventCount' | 'event' | 'begin' | 'abort' | 'redrive'
>;

function executionsOf(kernel: Kernel): ExecutionPart {
  const { docs, store } = kernel;
  const named = (arn: string) => docs.executions.get(docs.names.get(arn) ?? '');
  const current = (execution: Execution) => !isExpired(kernel, execution);
  return {
    execution(arn) {
      const execution = named(arn);
      return execution && current(execution) ? execution : undefined;
    },
    executions: () => Array.from(docs.executions.each(), ([, execution]) => execution).filter(current),
    payload: ({ id }) => ({ input: docs.inputs.get(id) ?? '{}', output: docs.outputs.get(id) }),
    eventCount: ({ id }) => docs.progressOf(id).events,
    event: (execution, id, withData) => readEvent(kernel, execution, id, withData),
    begin: (machine, name, input) =>
      store.transaction(() => {
        const old = named(executionArn(machine, name));
        if (old && !current(old)) purgeExecution(kernel, old);
        return beginExecution(kernel, machine, name, input);
      }),
    abort: (execution, failure) =>
      store.transaction(() => {
        endExecution({ kernel, execution }, 0, { status: 'ABORTED', failure });
        return docs.executions.get(execution.id) ?? execution;
      }),
    redrive: (execution, clientToken) =>
      store.transaction(() => redriveExecution(kernel, execution, clientToken)),
  };
}

async function step(kernel: Kernel, id: string): Promise<boolean> {
  try {
    return await takeStep(kernel, id);
  } catch (error) {
    endBroken(kernel, id, error);
    return false;
  }
}

function putMachine(
  kernel: Kernel,
  { name, definition, roleArn }: Parameters<Engine['putMachine']>[0],
): Machine {
  parseDefinition(definition);
  const { docs, region, accountId } = kernel;
  const digest = createHash('sha256').update(definition).digest('hex');
  const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
  const known = docs.machines.get(arn);
  if (known?.definition === digest && known.roleArn === roleArn) return known;
  const now = kernel.scheduler.now();
  const machine: Machine = {
    arn,
    name,
    roleArn,
    definition: digest,
    createdMs: known?.createdMs ?? now,
    updatedMs: now,
    revisionId: kernel.random.uuid(),
  };
  docs.definitions.put(digest, definition);
  docs.machines.put(arn, machine);
  return machine;
}

function forgetOld(kernel: Kernel): void {
  const { docs } = kernel;
  const before = kernel.scheduler.now() - RETENTION_MS;
  for (const [, execution] of [...docs.executions.each()]) {
    if (isExpired(kernel, execution)) purgeExecution(kernel, execution);
  }
  for (const [token, known] of [...docs.tokens.each()]) {
    if ('closedMs' in known && known.closedMs <= before) docs.tokens.delete(token);
  }
}

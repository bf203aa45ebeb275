import type { Catcher, Retrier, State } from './definition.ts';
import { eventKey, type Frame } from './documents.ts';
import { endExecution } from './executions.ts';
import { type EvaluationSite, type Failure, failureDetails, matches, StateFailure } from './failure.ts';
import { clearState, halt, putFrame, resumeOf } from './frames.ts';
import { record } from './history.ts';
import { frameOf, type Running, stateOf } from './kernel.ts';
import { scopeOf } from './scope.ts';
import type { Commit } from './step.ts';
import { leave, outcomeOf } from './transitions.ts';

/**
 * Puts a frame into its error phase; the next step asks the state's Retry and Catch. Inside a transaction.
 *
 * @param evaluation where a JSONata field failed, if that was the reason
 */
export function fail(
  running: Running,
  frame: Frame,
  failure: Failure,
  evaluation: EvaluationSite | null = null,
): void {
  const lastEvent = evaluation ? recordEvaluation(running, frame, failure, evaluation) : frame.lastEvent;
  haltGroup(running, frame);
  putFrame(running, { ...frame, lastEvent, activity: { kind: 'error', failure } });
}

function recordEvaluation(running: Running, frame: Frame, failure: Failure, site: EvaluationSite): number {
  return record(running, beforeEvaluation(running, frame), 'EvaluationFailed', {
    ...failureDetails(failure),
    ...(site.location === null ? {} : { location: site.location }),
    state: site.state,
  });
}

/**
 * AWS evaluates a state as it enters it, and so hangs the failure on the event before. A Wait state is entered first
 * (both as recorded on AWS).
 */
function beforeEvaluation(running: Running, frame: Frame): number {
  const { kernel, execution } = running;
  if (frame.lastEvent !== frame.enteredEvent || stateOf(running, frame).Type === 'Wait')
    return frame.lastEvent;
  return kernel.docs.history.get(eventKey(execution.id, frame.enteredEvent))?.previous ?? frame.lastEvent;
}

function haltGroup(running: Running, frame: Frame): void {
  for (const child of frame.group?.children ?? []) halt(running, frameOf(running, child));
}

/** Retries, catches, or hands a failure to the state around. */
export async function recover(running: Running, frame: Frame, failure: Failure): Promise<Commit> {
  const state = stateOf(running, frame);
  const guards =
    state.Type === 'Task' || state.Type === 'Parallel' || state.Type === 'Map' ? state : undefined;
  const named = (rule: { ErrorEquals: string[] }) => matches(rule.ErrorEquals, failure, state.Type);
  const position = guards?.Retry?.findIndex(named) ?? -1;
  const retrier = guards?.Retry?.[position];
  const used = frame.retries[position] ?? 0;
  if (retrier && used < (retrier.MaxAttempts ?? 3)) {
    const delayMs = retryDelayMs(running, retrier, used);
    return () => retry(running, frame, position, delayMs);
  }
  const caught = guards?.Catch?.findIndex(named) ?? -1;
  const catcher = guards?.Catch?.[caught];
  if (catcher) return recoverBy(running, frame, state, catcher, caught, failure);
  return () => giveUp(running, frame, state, failure);
}

function retryDelayMs({ kernel }: Running, retrier: Retrier, used: number): number {
  const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used * 1000;
  const delayMs = Math.min(grown, (retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY) * 1000);
  if (retrier.JitterStrategy !== 'FULL') return delayMs;
  return kernel.random.below(Math.floor(delayMs) + 1);
}

function retry(running: Running, frame: Frame, position: number, delayMs: number): void {
  const { kernel, execution } = running;
  clearState(running, frame);
  const retries = Array.from({ length: Math.max(frame.retries.length, position + 1) }, (_, index) => {
    return (frame.retries[index] ?? 0) + (index === position ? 1 : 0);
  });
  const stamp = kernel.docs.progressOf(execution.id).events;
  const timer = kernel.scheduler.after(delayMs, 'states.wake', {
    execution: execution.id,
    frame: frame.id,
    stamp,
  });
  putFrame(running, {
    ...frame,
    retries,
    group: null,
    activity: { kind: 'sleep', to: 'run', timer, stamp },
  });
}

async function recoverBy(
  running: Running,
  frame: Frame,
  state: State,
  catcher: Catcher,
  position: number,
  failure: Failure,
): Promise<Commit> {
  const errorOutput = { Error: failure.error, Cause: failure.cause };
  try {
    const scope = scopeOf(running, frame, { errorOutput });
    const outcome = await outcomeOf(catcher, scope, errorOutput, `Catch[${position}]/`);
    return () => leave(running, groupFailed(running, frame, state), state, outcome, catcher.Next);
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    const { failure: second, evaluation } = error;
    return () => {
      const lastEvent = evaluation ? recordEvaluation(running, frame, second, evaluation) : frame.lastEvent;
      giveUp(running, { ...frame, lastEvent }, state, second);
    };
  }
}

/** A Parallel or Map that is not retried says in the history that it failed. */
function groupFailed(running: Running, frame: Frame, state: State): Frame {
  if (state.Type !== 'Parallel' && state.Type !== 'Map') return frame;
  return { ...frame, lastEvent: record(running, frame.lastEvent, `${state.Type}StateFailed`) };
}

/** Nothing catches the failure here: the state around has it now, or the execution ends. Inside a transaction. */
export function giveUp(running: Running, failed: Frame, state: State, failure: Failure): void {
  const frame = groupFailed(running, failed, state);
  putFrame(running, { ...frame, activity: { kind: 'stopped', resume: resumeOf(frame) } });
  if (frame.parent === null) {
    endExecution(running, frame.lastEvent, { status: 'FAILED', failure });
    return;
  }
  const parent = frameOf(running, frame.parent);
  const isMap = stateOf(running, parent).Type === 'Map';
  const iteration = (type: string, index: number) => {
    if (isMap) record(running, frame.lastEvent, type, { name: parent.state, index });
  };
  iteration('MapIterationFailed', frame.index);
  if (state.Type === 'Task') record(running, frame.lastEvent, 'TaskStateAborted');
  for (const id of parent.group?.children ?? []) {
    const sibling = frameOf(running, id);
    if (sibling.id === frame.id) continue;
    iteration('MapIterationAborted', sibling.index);
    halt(running, sibling, (stopped) => recordAborted(running, stopped, frame.lastEvent));
  }
  fail(running, { ...parent, lastEvent: frame.lastEvent }, failure);
}

const ABORTABLE = new Set(['Task', 'Wait', 'Map', 'Parallel']);

function recordAborted(running: Running, frame: Frame, previous: number): void {
  if (frame.enteredEvent === 0) return;
  const { Type } = stateOf(running, frame);
  if (ABORTABLE.has(Type)) record(running, previous, `${Type}StateAborted`);
}

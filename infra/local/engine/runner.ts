import { dataKey, type Execution, type Frame } from './documents.ts';
import { endExecution } from './executions.ts';
import { evaluate } from './expressions.ts';
import { dataLimitExceeded, historyFull, runtimeFailure, StateFailure } from './failure.ts';
import { enter } from './frames.ts';
import { HistoryFull } from './history.ts';
import { type Json, textOf, tooLarge } from './json.ts';
import { containerOf, frameOf, inputOf, type Kernel, type Running, stateOf } from './kernel.ts';
import { fail, recover } from './recovery.ts';
import { itemsOf, scopeOf } from './scope.ts';
import { runMap, runParallel } from './states/groups.ts';
import { runChoice, runFail, runPass, runSucceed, runWait } from './states/simple.ts';
import { runTask } from './states/task.ts';
import type { Commit } from './step.ts';
import { groupResult, leave, outcomeOf, selectsItems } from './transitions.ts';

/**
 * Takes one step of an execution: computes what its next ready frame does, then commits that in one transaction.
 *
 * @returns whether there is more to do at once
 */
export async function takeStep(kernel: Kernel, id: string): Promise<boolean> {
  const execution = kernel.docs.executions.get(id);
  const next = kernel.docs.progressOf(id).ready[0];
  if (execution?.status !== 'RUNNING' || next === undefined) return false;
  const running = { kernel, execution };
  const frame = frameOf(running, next);
  const commit = await computed(running, frame);
  kernel.store.transaction(() => {
    // While the step was computed, the execution may have been stopped or a sibling may have failed.
    const same = kernel.docs.executions.get(id) === execution && kernel.docs.frame(id, frame.id) === frame;
    if (same) commit();
  });
  return kernel.docs.progressOf(id).ready.length > 0;
}

/** A step, or the failure of the state that could not be computed. */
async function computed(running: Running, frame: Frame): Promise<Commit> {
  try {
    return await advance(running, frame);
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    const { failure, evaluation } = error;
    // An item that cannot be selected is a failure of the Map.
    const failed = frame.activity.kind === 'begin' && frame.parent !== null ? frame.parent : frame.id;
    return () => fail(running, frameOf(running, failed), failure, evaluation);
  }
}

function advance(running: Running, frame: Frame): Promise<Commit> {
  const { activity } = frame;
  switch (activity.kind) {
    case 'begin':
      return begin(running, frame);
    case 'run':
      return run(running, frame);
    case 'exit':
      return exit(running, frame);
    case 'error':
      return recover(running, frame, activity.failure);
    case 'sleep':
    case 'callback':
    case 'children':
    case 'stopped':
      throw new Error(`frame ${frame.id} of ${running.execution.arn} is not ready`);
    default:
      return activity satisfies never;
  }
}

/** Enters the first state of a branch or iteration, with the input that the state around gives it. */
async function begin(running: Running, frame: Frame): Promise<Commit> {
  const { StartAt } = containerOf(running, frame);
  const input = await inputOfBranch(running, frame);
  return () => enter(running, frame, StartAt, input);
}

async function inputOfBranch(running: Running, frame: Frame): Promise<Json> {
  if (frame.parent === null) return inputOf(running, frame);
  const { kernel, execution } = running;
  const parent = frameOf(running, frame.parent);
  const state = stateOf(running, parent);
  if (state.Type !== 'Map') {
    return kernel.docs.data.get(dataKey(execution.id, parent.id, 'arguments')) ?? inputOf(running, parent);
  }
  const item = { Index: frame.index, Value: itemsOf(running, parent)[frame.index] ?? null };
  if (!selectsItems(state)) return item.Value;
  const selected = await evaluate(state.ItemSelector, scopeOf(running, parent, { item }), 'ItemSelector');
  if (tooLarge(textOf(selected))) throw new StateFailure(dataLimitExceeded(parent.state));
  return selected;
}

function run(running: Running, frame: Frame): Promise<Commit> {
  const state = stateOf(running, frame);
  const common = { running, frame, input: inputOf(running, frame), scope: scopeOf(running, frame) };
  switch (state.Type) {
    case 'Pass':
      return runPass({ ...common, state });
    case 'Task':
      return runTask({ ...common, state });
    case 'Choice':
      return runChoice({ ...common, state });
    case 'Wait':
      return runWait({ ...common, state });
    case 'Succeed':
      return runSucceed({ ...common, state });
    case 'Fail':
      return runFail({ ...common, state });
    case 'Parallel':
      return runParallel({ ...common, state });
    case 'Map':
      return runMap({ ...common, state });
    default:
      return state satisfies never;
  }
}

/** Leaves a state that waited: for its call, its branches, or time. */
async function exit(running: Running, frame: Frame): Promise<Commit> {
  const state = stateOf(running, frame);
  if (state.Type === 'Wait') {
    const outcome = await outcomeOf(state, scopeOf(running, frame), inputOf(running, frame));
    return () => leave(running, frame, state, outcome, state.Next);
  }
  if (state.Type !== 'Task' && state.Type !== 'Map' && state.Type !== 'Parallel') {
    throw new Error(`a ${state.Type} state does not wait`);
  }
  const result = state.Type === 'Task' ? taskResult(running, frame) : groupResult(running, frame);
  const outcome = await outcomeOf(state, scopeOf(running, frame, { result }), result);
  return () => leave(running, frame, state, outcome, state.Next);
}

function taskResult({ kernel, execution }: Running, frame: Frame): Json {
  return kernel.docs.data.get(dataKey(execution.id, frame.id, 'result')) ?? null;
}

/** Ends an execution that cannot go on: too many events, or a fault of the embedded AWS itself. */
export function endBroken(kernel: Kernel, id: string, error: unknown): void {
  const execution: Execution | undefined = kernel.docs.executions.get(id);
  if (execution?.status !== 'RUNNING') return;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const failure = error instanceof HistoryFull ? historyFull : runtimeFailure(message);
  const lastEvent = kernel.docs.progressOf(id).events;
  kernel.store.transaction(() => {
    endExecution({ kernel, execution }, lastEvent, { status: 'FAILED', failure });
  });
}

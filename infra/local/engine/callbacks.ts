import { AwsError } from '../world.ts';
import { type Answer, type Callback, dataKey, type Frame } from './documents.ts';
import { endExecution } from './executions.ts';
import { dataLimitExceeded, type Failure, failureDetails, historyFull } from './failure.ts';
import { closeToken, putFrame } from './frames.ts';
import { HistoryFull, outputDetails, record } from './history.ts';
import { type Json, textOf, tooLarge } from './json.ts';
import { frameOf, type Kernel, type Running, stateOf } from './kernel.ts';
import { fail } from './recovery.ts';
import { labelsOf, type TaskLabels } from './task-labels.ts';

/** A frame that waits for an answer to its token. */
type Waiting = Frame & { activity: { kind: 'callback'; wait: Callback } };

const isWaiting = (frame: Frame | undefined): frame is Waiting => frame?.activity.kind === 'callback';

/** Opens the token before the call that carries it: the answer may come before the call returns. */
export function awaitAnswer(running: Running, frame: Frame, token: string | null): void {
  if (token === null) return;
  const { kernel, execution } = running;
  kernel.docs.tokens.put(token, { execution: execution.id, frame: frame.id });
  const wait: Callback = {
    token,
    submitted: false,
    early: null,
    timeout: null,
    heartbeat: null,
    heartbeatSeconds: null,
    beats: 0,
  };
  putFrame(running, { ...frame, activity: { kind: 'callback', wait } });
}

/** The call failed. An answer that has already come was accepted, so it counts. */
export function callFailed(running: Running, frame: Frame, failure: Failure): void {
  if (hasEnded(running)) return;
  const current = frameOf(running, frame.id);
  const early = isWaiting(current) ? current.activity.wait.early : null;
  settle(running, isWaiting(current) ? current : frame, early ?? { failure });
}

/** How long a task may take, and how long it may be silent. */
type Limits = { timeoutSeconds: number | null; heartbeatSeconds: number | null };

/** The call returned: that is the result, or with a token the wait for it begins. */
export function callReturned(running: Running, frame: Frame, output: Json, limits: Limits): void {
  if (hasEnded(running)) return;
  const current = frameOf(running, frame.id);
  if (!isWaiting(current)) {
    settle(running, frame, { output });
    return;
  }
  submitted(running, current, output, limits);
}

function submitted(running: Running, current: Waiting, output: Json, limits: Limits): void {
  const { wait } = current.activity;
  const lastEvent = record(running, current.lastEvent, 'TaskSubmitted', {
    ...labels(running, current),
    ...outputDetails(output),
  });
  if (wait.early) {
    settle(running, { ...current, lastEvent }, wait.early);
    return;
  }
  const { scheduler } = running.kernel;
  const data = { execution: running.execution.id, frame: current.id, token: wait.token, beats: 0 };
  const after = (seconds: number | null, handler: string) =>
    seconds === null ? null : scheduler.afterReal(seconds * 1000, handler, data);
  putFrame(running, {
    ...current,
    lastEvent,
    activity: {
      kind: 'callback',
      wait: {
        ...wait,
        submitted: true,
        timeout: after(limits.timeoutSeconds, 'states.task-timeout'),
        heartbeat: after(limits.heartbeatSeconds, 'states.heartbeat-timeout'),
        heartbeatSeconds: limits.heartbeatSeconds,
      },
    },
  });
}

/** A call may stop the execution that it is made in. */
const hasEnded = ({ kernel, execution }: Running): boolean =>
  kernel.docs.executions.get(execution.id)?.status !== 'RUNNING';

function labels(running: Running, frame: Frame): TaskLabels {
  const state = stateOf(running, frame);
  if (state.Type !== 'Task') throw new Error(`${frame.state} is not a Task`);
  return labelsOf(state);
}

/** Records the outcome of a task and lets its state go on. */
function settle(
  running: Running,
  frame: Frame,
  answer: Answer,
  failed: 'TaskFailed' | 'TaskTimedOut' = 'TaskFailed',
): void {
  const names = labels(running, frame);
  const result = withinLimit(answer, names);
  if ('failure' in result) {
    const details = { ...names, ...failureDetails(result.failure) };
    const lastEvent = record(running, frame.lastEvent, failed, details);
    release(running, frame);
    fail(running, { ...frame, lastEvent }, result.failure);
    return;
  }
  const { kernel, execution } = running;
  const details = { ...names, ...outputDetails(result.output) };
  const lastEvent = record(running, frame.lastEvent, 'TaskSucceeded', details);
  release(running, frame);
  kernel.docs.data.put(dataKey(execution.id, frame.id, 'result'), result.output);
  putFrame(running, { ...frame, lastEvent, activity: { kind: 'exit' } });
}

function withinLimit(answer: Answer, { resourceType }: TaskLabels): Answer {
  if ('failure' in answer || !tooLarge(textOf(answer.output))) return answer;
  return { failure: dataLimitExceeded(resourceType, false) };
}

function release(running: Running, frame: Frame): void {
  if (!isWaiting(frame)) return;
  const { token, timeout, heartbeat } = frame.activity.wait;
  for (const timer of [timeout, heartbeat]) if (timer !== null) running.kernel.scheduler.cancel(timer);
  closeToken(running, token);
}

/** Ends the execution instead, when its history has no room for what `work` records first. */
function withinHistory(running: Running, lastEvent: number, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HistoryFull)) throw error;
    endExecution(running, lastEvent, { status: 'FAILED', failure: historyFull });
  }
}

/**
 * An answer from outside.
 *
 * @throws AwsError InvalidToken for a token that was never given out, TaskTimedOut for one that is closed
 */
export function answerToken(kernel: Kernel, token: string, answer: Answer): void {
  kernel.store.transaction(() => {
    const { running, frame } = waitingFor(kernel, token);
    const { wait } = frame.activity;
    if (!wait.submitted) {
      if (wait.early) throw timedOut();
      putFrame(running, { ...frame, activity: { kind: 'callback', wait: { ...wait, early: answer } } });
      return;
    }
    withinHistory(running, frame.lastEvent, () => settle(running, frame, answer));
  });
}

/**
 * A sign of life: the heartbeat timer starts again.
 *
 * @throws AwsError as answerToken
 */
export function heartbeat(kernel: Kernel, token: string): void {
  kernel.store.transaction(() => {
    const { running, frame } = waitingFor(kernel, token);
    const { wait } = frame.activity;
    if (wait.heartbeat === null || wait.heartbeatSeconds === null) return;
    kernel.scheduler.cancel(wait.heartbeat);
    const beats = wait.beats + 1;
    const data = { execution: running.execution.id, frame: frame.id, token, beats };
    const timer = kernel.scheduler.afterReal(wait.heartbeatSeconds * 1000, 'states.heartbeat-timeout', data);
    putFrame(running, {
      ...frame,
      activity: { kind: 'callback', wait: { ...wait, heartbeat: timer, beats } },
    });
  });
}

function waitingFor(kernel: Kernel, token: string): { running: Running; frame: Waiting } {
  const known = kernel.docs.tokens.get(token);
  if (!known) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  const waiting = 'closedMs' in known ? undefined : waitingFrame(kernel, known.execution, known.frame, token);
  if (!waiting) throw timedOut();
  return waiting;
}

const timedOut = () => new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");

/** The frame that waits with this token, if it still does. */
function waitingFrame(kernel: Kernel, id: string, frameId: number, token: string) {
  const execution = kernel.docs.executions.get(id);
  const frame = kernel.docs.frame(id, frameId);
  if (execution?.status !== 'RUNNING' || !isWaiting(frame) || frame.activity.wait.token !== token)
    return undefined;
  return { running: { kernel, execution }, frame };
}

export type TaskTimer = { execution: string; frame: number; token: string; beats: number };

/**
 * Time is up for a task, unless it was answered, or for a heartbeat timer, has beaten since. A missed heartbeat
 * surfaces as States.Timeout; both names catch it.
 */
export function taskTimedOut(kernel: Kernel, timer: TaskTimer, kind: 'timeout' | 'heartbeat'): void {
  const waiting = waitingFrame(kernel, timer.execution, timer.frame, timer.token);
  if (!waiting) return;
  if (kind === 'heartbeat' && waiting.frame.activity.wait.beats !== timer.beats) return;
  const failure: Failure = {
    error: 'States.Timeout',
    cause: '',
    ...(kind === 'heartbeat' ? { also: 'States.HeartbeatTimeout' } : {}),
  };
  const { running, frame } = waiting;
  withinHistory(running, frame.lastEvent, () => settle(running, frame, { failure }, 'TaskTimedOut'));
}

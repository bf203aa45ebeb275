import type { Path, State } from './definition.ts';
import { type Activity, dataKey, type Frame, frameKey, variableKey } from './documents.ts';
import { inputDetails, record } from './history.ts';
import type { Json } from './json.ts';
import { containerOf, frameOf, inputOf, type Running } from './kernel.ts';

/** Whether the engine has something to compute for a frame, rather than to wait for. */
const isReady = (activity: Activity): boolean =>
  activity.kind === 'begin' ||
  activity.kind === 'run' ||
  activity.kind === 'exit' ||
  activity.kind === 'error';

/** Writes a frame. One that can go on goes to the end of the queue, so that branches take turns. */
export function putFrame({ kernel, execution }: Running, frame: Frame): void {
  kernel.docs.frames.put(frameKey(execution.id, frame.id), frame);
  setReady({ kernel, execution }, frame.id, isReady(frame.activity));
}

function setReady({ kernel, execution }: Running, id: number, ready: boolean): void {
  const progress = kernel.docs.progressOf(execution.id);
  const others = progress.ready.filter((other) => other !== id);
  const queue = ready ? [...others, id] : others;
  if (queue.length !== progress.ready.length || queue.some((other, at) => other !== progress.ready[at])) {
    kernel.docs.progress.put(execution.id, { ...progress, ready: queue });
  }
  if (ready) kernel.wake(execution.id);
}

/** A frame that has not begun. It is not written yet. */
export function newFrame(
  { kernel, execution }: Running,
  place: { parent: number | null; index: number; path: Path; lastEvent: number; input: string | null },
): Frame {
  const progress = kernel.docs.progressOf(execution.id);
  kernel.docs.progress.put(execution.id, { ...progress, frames: progress.frames + 1 });
  return {
    ...place,
    id: progress.frames,
    state: '',
    enteredMs: 0,
    enteredEvent: 0,
    retries: [],
    variables: [],
    group: null,
    activity: { kind: 'begin' },
  };
}

/** Moves a frame into a state. An input that is the frame's input already is not written again. */
export function enter(running: Running, frame: Frame, name: string, input: Json): void {
  const state = containerOf(running, frame).States[name] as State;
  const entered = record(running, frame.lastEvent, `${state.Type}StateEntered`, {
    name,
    ...inputDetails(input),
  });
  putFrame(running, {
    ...frame,
    state: name,
    enteredMs: running.kernel.scheduler.now(),
    enteredEvent: entered,
    lastEvent: entered,
    retries: [],
    input: input === inputOf(running, frame) ? frame.input : putInput(running, frame, input),
    activity: { kind: 'run' },
  });
}

function putInput({ kernel, execution }: Running, frame: Frame, input: Json): string {
  const key = dataKey(execution.id, frame.id, 'input');
  kernel.docs.data.put(key, input);
  return key;
}

/** Removes what a state left behind when it is over: its result, its items, its branches and their results. */
export function clearState(running: Running, frame: Frame): void {
  const { kernel, execution } = running;
  const { data } = kernel.docs;
  for (const what of ['result', 'items', 'arguments']) data.delete(dataKey(execution.id, frame.id, what));
  if (frame.group === null) return;
  for (const child of frame.group.children) dropFrame(running, frameOf(running, child));
  for (let index = 0; index < frame.group.total; index++) {
    data.delete(dataKey(execution.id, frame.id, `output/${index}`));
  }
}

/** Removes a frame and everything under it. */
export function dropFrame(running: Running, frame: Frame): void {
  const { kernel, execution } = running;
  clearState(running, frame);
  kernel.docs.data.delete(dataKey(execution.id, frame.id, 'input'));
  for (const name of frame.variables) kernel.docs.variables.delete(variableKey(execution.id, frame.id, name));
  kernel.docs.frames.delete(frameKey(execution.id, frame.id));
  setReady(running, frame.id, false);
}

/**
 * Stops a frame and everything under it: timers are taken back, tokens closed. What is needed for a redrive stays.
 *
 * @param visit called for each frame that was still under way, before it is stopped
 */
export function halt(running: Running, frame: Frame, visit?: (frame: Frame) => void): void {
  const { kernel } = running;
  const { activity } = frame;
  if (activity.kind === 'stopped') return;
  visit?.(frame);
  if (activity.kind === 'sleep') kernel.scheduler.cancel(activity.timer);
  if (activity.kind === 'callback') {
    for (const timer of [activity.wait.timeout, activity.wait.heartbeat]) {
      if (timer !== null) kernel.scheduler.cancel(timer);
    }
    closeToken(running, activity.wait.token);
  }
  putFrame(running, { ...frame, activity: { kind: 'stopped', resume: resumeOf(frame) } });
  for (const child of frame.group?.children ?? []) halt(running, frameOf(running, child), visit);
}

/** Where a redrive goes on. A result that is there is kept; a call without one is made again. */
export function resumeOf(frame: Frame): Activity {
  if (frame.activity.kind === 'stopped') return frame.activity.resume;
  if (frame.activity.kind === 'begin' || frame.activity.kind === 'exit') return frame.activity;
  if (frame.group === null) return { kind: 'run' };
  return frame.group.done === frame.group.total ? { kind: 'exit' } : { kind: 'children' };
}

/** A late answer to a closed token is told that it is late. */
export function closeToken({ kernel }: Running, token: string): void {
  kernel.docs.tokens.put(token, { closedMs: kernel.scheduler.now() });
}

import { type Context, createContext, Script } from 'node:vm';
import { BOOTSTRAP } from './bootstrap.ts';

/** What a function reaches outside of itself. Both are synchronous and speak JSON text: no object crosses realms. */
export type Outside = {
  /** @param call `{ client, operation, input, accessKeyId? }` @returns `{ output }` or `{ error: { name, message } }` */
  aws: (call: string) => string;
  /** @returns the HTTP status */
  fetch: (method: string, url: string, body: string) => number;
};

export type Job = {
  /** The content of `index.js`: CommonJS that exports `handler`. */
  code: string;
  event: unknown;
  timeoutMs: number;
  environment: Record<string, string>;
  /** What the handler's context tells: `awsRequestId`, `functionName`, … */
  about: Record<string, string>;
};

/** `error` as Lambda reports it: a function that is out of time has the error `Sandbox.Timedout`. */
export type JobOutcome = {
  error?: { name: string; message: string };
  /** In the function's own time. */
  elapsedMs: number;
  log: string[];
};

/** A handler that never lets go (`while (true)`) is stopped after this real time. */
const LONGEST_TURN_MS = 5_000;

/**
 * Runs a Lambda handler for Node to its end, at once. Its promises live in a realm of their own, whose microtasks are
 * run before each turn returns, and its timers fire in a time of its own: when nothing else is to do, time jumps to
 * the next. So an asynchronous handler is a synchronous step of the embedded AWS, which happens whole or not at all:
 * a kill in the middle leaves the timer that started it, and it runs again.
 */
export function runJob(job: Job, outside: Outside): JobOutcome {
  const context = createContext(
    { outside, TextEncoder, TextDecoder, URL },
    { microtaskMode: 'afterEvaluate' },
  );
  const log: string[] = [];
  try {
    turn(context, BOOTSTRAP);
    set(context, 'job', JSON.stringify({ ...job, code: undefined }));
    const load = turn(context, `(function (exports, require, module) {${job.code}\n})`, 'index.js');
    set(context, 'load', load);
    let state = step(context, 'runtime.start()');
    while (!state.isOver && state.nextAtMs !== undefined && state.nextAtMs <= job.timeoutMs)
      state = step(context, 'runtime.fire()');
    log.push(...state.log);
    if (state.isOver) return { elapsedMs: state.nowMs, log, ...(state.error ? { error: state.error } : {}) };
    return { elapsedMs: job.timeoutMs, log, error: outOfTime(job, state.nextAtMs) };
  } catch (error) {
    const { name, message } = error as Error;
    return { elapsedMs: 0, log, error: { name, message } };
  }
}

type State = {
  isOver: boolean;
  error?: { name: string; message: string };
  nowMs: number;
  nextAtMs?: number;
  log: string[];
};

/** Microtasks run when a turn ends, so how it went is asked in another. */
function step(context: Context, source: string): State {
  turn(context, source);
  return JSON.parse(String(turn(context, 'runtime.report()'))) as State;
}

const turn = (context: Context, source: string, filename = 'runtime.js'): unknown =>
  new Script(source, { filename }).runInContext(context, { timeout: LONGEST_TURN_MS });

function set(context: Context, name: string, value: unknown): void {
  (context as Record<string, unknown>)[name] = value;
}

/** A promise that nothing can settle any more makes Lambda's runtime exit; one that waits too long is out of time. */
function outOfTime(job: Job, nextAtMs: number | undefined) {
  if (nextAtMs === undefined)
    return { name: 'Runtime.ExitError', message: 'Runtime exited without providing a reason' };
  return {
    name: 'Sandbox.Timedout',
    message: `Task timed out after ${(job.timeoutMs / 1000).toFixed(2)} seconds`,
  };
}

import type { Store } from '../store.ts';
import type { Path } from './definition.ts';
import type { Failure } from './failure.ts';
import type { Json } from './json.ts';

/**
 * The state of executions, as documents. What grows or is large has a document of its own, so that a step rewrites
 * only what it changes: an execution that carries a plan of 30 kB writes it once.
 *
 * Keys start with the execution's short id (`x12`), not with its ARN, because they are in every journal line.
 */
const MACHINES = 'states.machines';
const DEFINITIONS = 'states.definitions';
const EXECUTIONS = 'states.executions';
const NAMES = 'states.names';
const INPUTS = 'states.inputs';
const OUTPUTS = 'states.outputs';
const PROGRESS = 'states.progress';
const FRAMES = 'states.frames';
const DATA = 'states.data';
const VARIABLES = 'states.variables';
const HISTORY = 'states.history';
const TOKENS = 'states.tokens';

export type Machine = {
  arn: string;
  name: string;
  roleArn: string;
  /** Digest of the current definition. Open executions keep the one that they started with. */
  definition: string;
  createdMs: number;
  updatedMs: number;
  revisionId: string;
};

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export type Execution = {
  id: string;
  /** Grows with every execution: the order of ListExecutions. */
  ordinal: number;
  arn: string;
  name: string;
  machineArn: string;
  machineName: string;
  roleArn: string;
  definition: string;
  status: ExecutionStatus;
  startMs: number;
  stopMs: number | null;
  failure: Failure | null;
  redrives: number;
  redriveMs: number | null;
  redriveToken: string | null;
  /** Timer of the machine's TimeoutSeconds. */
  timer: string | null;
};

/** What nearly every step changes. `ready` holds the frames that can go on, in their order. */
type Progress = { events: number; frames: number; ready: number[] };

/**
 * One thread of an execution: the machine itself, a Parallel branch, a Map iteration. `state` is empty before its
 * first state was entered.
 */
export type Frame = {
  id: number;
  parent: number | null;
  /** Number of the branch or iteration. */
  index: number;
  path: Path;
  state: string;
  enteredMs: number;
  enteredEvent: number;
  lastEvent: number;
  /** Attempts used, by position in the state's Retry. */
  retries: number[];
  /** Key of the state's input; null: the input of the execution. */
  input: string | null;
  /** Names of the variables in this scope. */
  variables: string[];
  /** The branches or iterations that the state runs. */
  group: Group | null;
  activity: Activity;
};

type Group = { total: number; next: number; done: number; children: number[] };

export type Answer = { output: Json } | { failure: Failure };

export type Activity =
  /** A branch or iteration that has not entered its first state. */
  | { kind: 'begin' }
  | { kind: 'run' }
  /** The state has its result; Assign and Output are still to be computed. */
  | { kind: 'exit' }
  | { kind: 'error'; failure: Failure }
  | { kind: 'sleep'; to: 'run' | 'exit'; timer: string; stamp: number }
  | { kind: 'callback'; wait: Callback }
  | { kind: 'children' }
  /** The execution ended here; a redrive goes on with `resume`. */
  | { kind: 'stopped'; resume: Activity };

export type Callback = {
  token: string;
  /** False while the call that carries the token is under way; an answer that comes then waits in `early`. */
  submitted: boolean;
  early: Answer | null;
  timeout: string | null;
  heartbeat: string | null;
  heartbeatSeconds: number | null;
  /** Heartbeats so far: a heartbeat timer that was armed before the last one is stale. */
  beats: number;
};

/** A token that was answered or given up keeps only the time of that: enough to tell a late answer from a made-up one. */
export type Token = { execution: string; frame: number } | { closedMs: number };

export type HistoryEvent = {
  id: number;
  previous: number;
  atMs: number;
  type: string;
  details?: Record<string, unknown>;
  /** Members of `details` that are the execution's input, word for word, and are not written again. */
  asInput?: string[];
};

export type Documents = ReturnType<typeof openDocuments>;

/** Typed access to the documents. Reads anywhere; writes inside a store transaction. */
export function openDocuments(store: Store) {
  const table = <T>(collection: string) => ({
    get: (key: string) => store.get<T>(collection, key),
    put: (key: string, doc: T) => store.put(collection, key, doc),
    delete: (key: string) => {
      if (store.get(collection, key) !== undefined) store.delete(collection, key);
    },
    each: () => store.each<T>(collection),
  });
  const frames = table<Frame>(FRAMES);
  const progress = table<Progress>(PROGRESS);
  return {
    machines: table<Machine>(MACHINES),
    definitions: table<string>(DEFINITIONS),
    executions: table<Execution>(EXECUTIONS),
    /** Execution ARN → id. */
    names: table<string>(NAMES),
    inputs: table<string>(INPUTS),
    outputs: table<string>(OUTPUTS),
    progress,
    frames,
    data: table<Json>(DATA),
    variables: table<Json>(VARIABLES),
    history: table<HistoryEvent>(HISTORY),
    tokens: table<Token>(TOKENS),
    /** A number that was never given before. */
    ordinal(): number {
      const n = (store.get<{ n: number }>('sequence', EXECUTIONS)?.n ?? 0) + 1;
      store.put('sequence', EXECUTIONS, { n });
      return n;
    },
    progressOf(execution: string): Progress {
      return progress.get(execution) ?? { events: 0, frames: 0, ready: [] };
    },
    frame(execution: string, id: number): Frame | undefined {
      return frames.get(frameKey(execution, id));
    },
  };
}

export const frameKey = (execution: string, frame: number): string => `${execution}/${frame}`;
export const dataKey = (execution: string, frame: number, what: string): string =>
  `${execution}/${frame}/${what}`;
export const variableKey = (execution: string, frame: number, name: string): string =>
  `${execution}/${frame}/${name}`;
export const eventKey = (execution: string, event: number): string => `${execution}/${event}`;

import type { Scheduler } from '../scheduler.ts';
import type { Store } from '../store.ts';
import type { Random, World } from '../world.ts';
import { type Container, containerAt, type Definition, parseDefinition, type State } from './definition.ts';
import { type Documents, type Execution, type Frame, frameKey, openDocuments } from './documents.ts';
import type { Json } from './json.ts';
import type { TaskDispatch } from './task.ts';

export type EngineOptions = {
  store: Store;
  /** `after` for Wait states and retries, `afterReal` for TimeoutSeconds and HeartbeatSeconds. */
  scheduler: Scheduler;
  random: Random;
  /** Executes the calls of Task states. */
  dispatch: TaskDispatch;
  /** Takes the status events of executions. */
  emit: World['emit'];
  region: string;
  accountId: string;
};

/** What every part of the engine is given. */
export type Kernel = EngineOptions & {
  docs: Documents;
  definition(digest: string): Definition;
  /** The execution's input, parsed once. */
  input(execution: Execution): Json;
  forget(execution: Execution): void;
  /** Lets an execution go on, after the running transaction. */
  wake(execution: string): void;
};

/** One execution, seen from inside. */
export type Running = { kernel: Kernel; execution: Execution };

export function createKernel(options: EngineOptions, wake: (execution: string) => void): Kernel {
  const docs = openDocuments(options.store);
  const definitions = new Map<string, Definition>();
  const inputs = new Map<string, Json>();
  return {
    ...options,
    docs,
    wake,
    definition(digest) {
      const known = definitions.get(digest) ?? parseDefinition(docs.definitions.get(digest) ?? '');
      definitions.set(digest, known);
      return known;
    },
    input(execution) {
      const known = inputs.get(execution.id) ?? (JSON.parse(docs.inputs.get(execution.id) ?? '{}') as Json);
      inputs.set(execution.id, known);
      return known;
    },
    forget: (execution) => void inputs.delete(execution.id),
  };
}

export const containerOf = ({ kernel, execution }: Running, frame: Frame): Container =>
  containerAt(kernel.definition(execution.definition), frame.path);

/** The state that a frame is in. */
export function stateOf(running: Running, frame: Frame): State {
  const state = containerOf(running, frame).States[frame.state];
  if (!state) throw new Error(`no state ${frame.state} in ${running.execution.arn}`);
  return state;
}

/** A frame that must be there. */
export function frameOf({ kernel, execution }: Running, id: number): Frame {
  const frame = kernel.docs.frames.get(frameKey(execution.id, id));
  if (!frame) throw new Error(`no frame ${id} in ${execution.arn}`);
  return frame;
}

/** The input of the state that a frame is in. */
export function inputOf({ kernel, execution }: Running, frame: Frame): Json {
  if (frame.input === null) return kernel.input(execution);
  const value = kernel.docs.data.get(frame.input);
  if (value === undefined) throw new Error(`no input ${frame.input} in ${execution.arn}`);
  return value;
}

import { AwsError } from '../world.ts';
import { checkDefinition, type Diagnostic } from './definition-check.ts';
import type { Json, JsonObject } from './json.ts';

export type Retrier = {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  BackoffRate?: number;
  MaxAttempts?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL' | 'NONE';
};

/** What a state, a choice rule or a catcher hands on. A string may be a JSONata expression `{% … %}`. */
export type Shaping = { Output?: Json; Assign?: Json };
export type Catcher = Shaping & { ErrorEquals: string[]; Next: string };
type ChoiceRule = Shaping & { Condition: Json; Next: string };

type Flow = Shaping & { Next?: string; End?: boolean };
type Guarded = Flow & { Retry?: Retrier[]; Catch?: Catcher[] };

export type PassState = Flow & { Type: 'Pass' };
export type TaskState = Guarded & {
  Type: 'Task';
  Resource: string;
  Arguments?: Json;
  TimeoutSeconds?: Json;
  HeartbeatSeconds?: Json;
  Credentials?: { RoleArn: Json };
};
export type ChoiceState = Shaping & { Type: 'Choice'; Choices: ChoiceRule[]; Default?: string };
export type WaitState = Flow & { Type: 'Wait'; Seconds?: Json; Timestamp?: Json };
export type SucceedState = { Type: 'Succeed'; Output?: Json };
export type FailState = { Type: 'Fail'; Error?: Json; Cause?: Json };
export type ParallelState = Guarded & { Type: 'Parallel'; Branches: Container[]; Arguments?: Json };
export type MapState = Guarded & {
  Type: 'Map';
  Items?: Json;
  ItemSelector?: Json;
  ItemProcessor: Container;
  MaxConcurrency?: Json;
};

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

/** A set of states that runs as one: the machine, a Parallel branch, a Map's item processor. */
export type Container = { StartAt: string; States: Record<string, State> };

/** A state machine in JSONata mode, checked. */
export type Definition = Container & { TimeoutSeconds?: number };

/** Steps from the root of a definition to a container: `['States', 'Fan', 'Branches', 0]`. */
export type Path = (string | number)[];

/**
 * Reads a definition. Only JSONata mode is supported, without the integrations that this engine does not run.
 *
 * @throws AwsError InvalidDefinition, listing everything that is wrong
 */
export function parseDefinition(text: string): Definition {
  const known = sound.get(text);
  if (known) return known;
  const found = diagnose(text);
  if (found.length === 0) return remembered(text, JSON.parse(text) as Definition);
  const list = found.map(({ code, message, location }) => `${code}: ${message} at ${location}`);
  throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${list.join(', ')}'`);
}

/** Definitions that were checked lately, by their text: a machine is put, then run, then put again. Nobody changes them. */
const sound = new Map<string, Definition>();
const SOUND_AT_MOST = 32;

function remembered(text: string, definition: Definition): Definition {
  const [oldest] = sound.keys();
  if (oldest !== undefined && sound.size >= SOUND_AT_MOST) sound.delete(oldest);
  sound.set(text, definition);
  return definition;
}

/** Everything that is wrong with a definition; empty when it can be created. */
export function diagnose(text: string): Diagnostic[] {
  try {
    return checkDefinition(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [{ code: 'INVALID_JSON_DESCRIPTION', message: error.message, location: '/' }];
  }
}

/** The container at a path of a checked definition. */
export function containerAt(definition: Definition, path: Path): Container {
  let node: Json = definition as unknown as JsonObject;
  for (const step of path) node = (node as JsonObject)[step] as Json;
  return node as unknown as Container;
}

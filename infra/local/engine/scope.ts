import jsonata from 'jsonata';
import { dataKey, type Frame, variableKey } from './documents.ts';
import type { Scope } from './expressions.ts';
import { seededFraction } from './functions.ts';
import type { Json } from './json.ts';
import { frameOf, inputOf, type Kernel, type Running, stateOf } from './kernel.ts';

/** What `$states` holds beside input and context, and what the context holds at some moments only. */
type Extra = {
  result?: Json;
  errorOutput?: Json;
  /** Context object: Task.Token, while the call of a `.waitForTaskToken` state is prepared. */
  token?: string;
  /** Context object: Map.Item, while an item is prepared. */
  item?: { Index: number; Value: Json };
};

/** What the expressions of a frame's current state see. */
export function scopeOf(running: Running, frame: Frame, extra: Extra = {}): Scope {
  let states: Record<string, unknown> | undefined;
  const world = worldFunctions(running.kernel);
  return {
    state: frame.state,
    enteredEvent: frame.enteredEvent,
    lookup(name) {
      if (name !== 'states') {
        const own = variableOf(running, frame, name);
        return own === undefined ? world[name] : own;
      }
      states ??= statesOf(running, frame, extra);
      return states;
    },
  };
}

/** `$states`. */
const statesOf = (running: Running, frame: Frame, extra: Extra): Record<string, unknown> => ({
  input: inputOf(running, frame),
  context: contextOf(running, frame, extra),
  ...(extra.result === undefined ? {} : { result: extra.result }),
  ...(extra.errorOutput === undefined ? {} : { errorOutput: extra.errorOutput }),
});

/** AWS's context object. */
function contextOf(running: Running, frame: Frame, { token, item }: Extra): Record<string, unknown> {
  const { kernel, execution } = running;
  const mapItem = item ?? itemOf(running, frame);
  return {
    Execution: {
      Id: execution.arn,
      Input: kernel.input(execution),
      Name: execution.name,
      RoleArn: execution.roleArn,
      StartTime: iso(execution.startMs),
      RedriveCount: execution.redrives,
      ...(execution.redriveMs === null ? {} : { RedriveTime: iso(execution.redriveMs) }),
    },
    StateMachine: { Id: execution.machineArn, Name: execution.machineName },
    State: {
      Name: frame.state,
      EnteredTime: iso(frame.enteredMs),
      RetryCount: frame.retries.reduce((sum, used) => sum + (used ?? 0), 0),
    },
    ...(mapItem ? { Map: { Item: mapItem } } : {}),
    ...(token === undefined ? {} : { Task: { Token: token } }),
  };
}

/** The item of the innermost Map that a frame runs in. */
function itemOf(running: Running, frame: Frame): { Index: number; Value: Json } | undefined {
  if (frame.parent === null) return undefined;
  const parent = frameOf(running, frame.parent);
  if (stateOf(running, parent).Type !== 'Map') return itemOf(running, parent);
  return { Index: frame.index, Value: itemsOf(running, parent)[frame.index] ?? null };
}

/** The items that a Map runs over. */
export function itemsOf({ kernel, execution }: Running, frame: Frame): Json[] {
  return (kernel.docs.data.get(dataKey(execution.id, frame.id, 'items')) ?? []) as Json[];
}

/** A variable of a frame's scope or of the scopes around it; the inner one wins. Undefined where nobody assigned it. */
function variableOf(running: Running, frame: Frame, name: string): Json | undefined {
  const { kernel, execution } = running;
  if (frame.variables.includes(name))
    return kernel.docs.variables.get(variableKey(execution.id, frame.id, name)) ?? null;
  return frame.parent === null ? undefined : variableOf(running, frameOf(running, frame.parent), name);
}

const iso = (ms: number): string => new Date(ms).toISOString();

const formatMillis = jsonata('$fromMillis($ms, $picture, $zone)');

/** JSONata's functions that would read the machine's clock or randomness, on the clock and randomness of this world. */
function worldFunctions({ scheduler, random }: Kernel): Record<string, unknown> {
  const ms = scheduler.now();
  return {
    now: (picture?: string, zone?: string) =>
      picture === undefined ? iso(ms) : formatMillis.evaluate(undefined, { ms, picture, zone }),
    millis: () => ms,
    uuid: () => random.uuid(),
    random: (seed?: number) => (seed === undefined ? random.below(2 ** 32) / 2 ** 32 : seededFraction(seed)),
  };
}

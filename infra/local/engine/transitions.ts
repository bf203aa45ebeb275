import type { MapState, Shaping, State } from './definition.ts';
import { isVariableName } from './definition-fields.ts';
import { dataKey, type Frame, variableKey } from './documents.ts';
import { endExecution } from './executions.ts';
import { evaluate, evaluateAs, queryFailure, type Scope } from './expressions.ts';
import { dataLimitExceeded, StateFailure } from './failure.ts';
import { clearState, dropFrame, enter, newFrame, putFrame } from './frames.ts';
import { assignedDetails, outputDetails, record } from './history.ts';
import { type Json, type JsonObject, textOf, tooLarge } from './json.ts';
import { frameOf, type Running, stateOf } from './kernel.ts';

/** What a state hands on: computed before the transaction in which it takes effect. */
type Outcome = { output: Json; assigned: JsonObject };

/** AWS runs at most this many iterations of an inline Map at once. */
const INLINE_CONCURRENCY = 40;

/**
 * Computes Output and Assign of a state, a choice rule or a catcher. Both see the variables from before.
 *
 * @param fallback the output when there is no Output field
 * @param at prefix of the field names, for messages: `Catch[0]/`
 * @throws StateFailure
 */
export async function outcomeOf(source: Shaping, scope: Scope, fallback: Json, at = ''): Promise<Outcome> {
  const output = source.Output === undefined ? fallback : await evaluate(source.Output, scope, `${at}Output`);
  const assigned =
    source.Assign === undefined ? {} : await evaluateAs('object', source.Assign, scope, `${at}Assign`);
  for (const [name, value] of Object.entries(assigned)) {
    if (!isVariableName(name)) throw queryFailure(scope, `'${name}' is not a variable name`, `${at}Assign`);
    if (tooLarge(textOf(value))) throw new StateFailure(dataLimitExceeded(scope.state));
  }
  if (tooLarge(textOf(output))) throw new StateFailure(dataLimitExceeded(scope.state));
  return { output, assigned };
}

/** Leaves a state: on to `next`, or to the end of the frame. */
export function leave(running: Running, frame: Frame, state: State, outcome: Outcome, next?: string): void {
  const { output, assigned } = outcome;
  clearState(running, frame);
  const exited = record(running, frame.lastEvent, `${state.Type}StateExited`, {
    name: frame.state,
    ...outputDetails(output),
    ...assignedDetails(assigned),
  });
  const left: Frame = {
    ...frame,
    lastEvent: exited,
    group: null,
    variables: assign(running, frame, assigned),
  };
  if (next === undefined) finish(running, left, output);
  else enter(running, left, next, output);
}

function assign({ kernel, execution }: Running, frame: Frame, assigned: JsonObject): string[] {
  for (const [name, value] of Object.entries(assigned)) {
    kernel.docs.variables.put(variableKey(execution.id, frame.id, name), value);
  }
  return [...new Set([...frame.variables, ...Object.keys(assigned)])];
}

/** Ends a frame with its output: the execution, or one branch of the state around it. */
function finish(running: Running, frame: Frame, output: Json): void {
  const { kernel, execution } = running;
  if (frame.parent === null) {
    dropFrame(running, frame);
    endExecution(running, frame.lastEvent, { status: 'SUCCEEDED', output });
    return;
  }
  kernel.docs.data.put(dataKey(execution.id, frame.parent, `output/${frame.index}`), output);
  dropFrame(running, frame);
  childDone(running, frameOf(running, frame.parent), frame);
}

function childDone(running: Running, parent: Frame, child: Frame): void {
  if (parent.group === null) throw new Error(`frame ${parent.id} has no branches`);
  const state = stateOf(running, parent);
  const iterated =
    state.Type === 'Map'
      ? record(running, child.lastEvent, 'MapIterationSucceeded', { name: parent.state, index: child.index })
      : child.lastEvent;
  const group = {
    ...parent.group,
    done: parent.group.done + 1,
    children: parent.group.children.filter((id) => id !== child.id),
  };
  if (group.done === group.total) {
    record(running, iterated, `${state.Type}StateSucceeded`);
    putFrame(running, { ...parent, group, lastEvent: iterated, activity: { kind: 'exit' } });
    return;
  }
  const waiting = { ...parent, group, lastEvent: child.lastEvent };
  putFrame(running, group.next === group.total ? waiting : addChild(running, waiting, state));
}

/** Starts the branches of a Parallel or the first iterations of a Map; the frame then waits for them. */
export function fanOut(running: Running, frame: Frame, state: State, total: number, limit: number): void {
  let parent: Frame = {
    ...frame,
    group: { total, next: 0, done: 0, children: [] },
    activity: { kind: total === 0 ? 'exit' : 'children' },
  };
  const most = limit > 0 ? Math.min(limit, INLINE_CONCURRENCY) : INLINE_CONCURRENCY;
  const first = Math.min(total, state.Type === 'Map' ? most : total);
  for (let index = 0; index < first; index++) parent = addChild(running, parent, state);
  if (total === 0) record(running, frame.lastEvent, `${state.Type}StateSucceeded`);
  putFrame(running, parent);
}

/** Adds the next branch or iteration. @returns the parent with it, not yet written */
function addChild(running: Running, parent: Frame, state: State): Frame {
  const { group } = parent;
  if (group === null) throw new Error(`frame ${parent.id} has no branches`);
  const index = group.next;
  const isMap = state.Type === 'Map';
  const lastEvent = isMap
    ? record(running, parent.lastEvent, 'MapIterationStarted', { name: parent.state, index })
    : parent.lastEvent;
  const inner = isMap ? ['ItemProcessor'] : ['Branches', index];
  const path = [...parent.path, 'States', parent.state, ...inner];
  const child = newFrame(running, { parent: parent.id, index, path, lastEvent, input: parent.input });
  putFrame(running, child);
  return { ...parent, group: { ...group, next: index + 1, children: [...group.children, child.id] } };
}

/** The results of the branches, in their order. */
export function groupResult({ kernel, execution }: Running, frame: Frame): Json[] {
  const total = frame.group?.total ?? 0;
  return Array.from({ length: total }, (_, index) => {
    return kernel.docs.data.get(dataKey(execution.id, frame.id, `output/${index}`)) ?? null;
  });
}

/** Whether the items of a Map are reshaped before they go in. */
export const selectsItems = (state: State): state is MapState & { ItemSelector: Json } =>
  state.Type === 'Map' && state.ItemSelector !== undefined;

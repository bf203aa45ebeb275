import type { MapState, ParallelState } from '../definition.ts';
import { dataKey } from '../documents.ts';
import { evaluate, evaluateAs, evaluateBetween, queryFailure } from '../expressions.ts';
import { dataLimitExceeded, StateFailure } from '../failure.ts';
import { record } from '../history.ts';
import { type Json, textOf, tooLarge } from '../json.ts';
import type { Handler, Step } from '../step.ts';
import { fanOut } from '../transitions.ts';

/** Every branch gets the Arguments, or the state's input. */
export const runParallel: Handler<ParallelState> = async ({ running, frame, state, scope }) => {
  const given =
    state.Arguments === undefined ? undefined : await evaluate(state.Arguments, scope, 'Arguments');
  if (given !== undefined && tooLarge(textOf(given))) throw new StateFailure(dataLimitExceeded(scope.state));
  return () => {
    const { kernel, execution } = running;
    if (given !== undefined) kernel.docs.data.put(dataKey(execution.id, frame.id, 'arguments'), given);
    const started = record(running, frame.lastEvent, 'ParallelStateStarted');
    fanOut(running, { ...frame, lastEvent: started }, state, state.Branches.length, 0);
  };
};

export const runMap: Handler<MapState> = async (step) => {
  const { running, frame, state, scope } = step;
  const items = await itemsOf(step);
  const limit =
    state.MaxConcurrency === undefined
      ? 0
      : await evaluateBetween([0, Number.MAX_SAFE_INTEGER], state.MaxConcurrency, scope, 'MaxConcurrency');
  return () => {
    const { kernel, execution } = running;
    kernel.docs.data.put(dataKey(execution.id, frame.id, 'items'), items);
    const started = record(running, frame.lastEvent, 'MapStateStarted', { length: items.length });
    fanOut(running, { ...frame, lastEvent: started }, state, items.length, limit);
  };
};

/** The array that a Map runs over: its Items, or its input. */
async function itemsOf({ state, input, scope }: Step<MapState>): Promise<Json[]> {
  if (state.Items !== undefined) return evaluateAs('array', state.Items, scope, 'Items');
  if (Array.isArray(input)) return input;
  throw queryFailure(scope, `Map state input must be an array but was: ${textOf(input)}`, null);
}

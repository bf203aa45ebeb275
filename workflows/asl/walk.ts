import type { Assign, Definition, State, States } from './definition.ts';

/** A set of states that runs as one: the machine, or the iteration of a Map. */
export type Container = { startAt: string; states: States; outer: readonly Container[] };

/** The machine first, then what is nested, in the order of the text. */
export function containersOf(definition: Definition): Container[] {
  const nested = (container: Container): Container[] =>
    Object.values(container.states).flatMap((state) => {
      if (state.Type !== 'Map') return [];
      const { StartAt, States } = state.ItemProcessor;
      const inner = { startAt: StartAt, states: States, outer: [...container.outer, container] };
      return [inner, ...nested(inner)];
    });
  const top: Container = { startAt: definition.StartAt, states: definition.States, outer: [] };
  return [top, ...nested(top)];
}

/** Every state of a definition, nested ones too. */
export const statesOf = (definition: Definition): [name: string, state: State][] =>
  containersOf(definition).flatMap(({ states }) => Object.entries(states));

/** One way out of a state, with the variables that are set on it. */
type Edge = { to: string; sets: readonly string[] };

const names = (assign: Assign | undefined): string[] => Object.keys(assign ?? {});

/** Where a state can go. Ends go nowhere. */
export function edgesOf(state: State): Edge[] {
  const catches = ('Catch' in state ? (state.Catch ?? []) : []).map((one) => ({
    to: one.Next,
    sets: names(one.Assign),
  }));
  if (state.Type === 'Choice') {
    return [
      ...state.Choices.map((rule) => ({ to: rule.Next, sets: names(rule.Assign) })),
      { to: state.Default, sets: names(state.Assign) },
    ];
  }
  if ('Next' in state && state.Next !== undefined) {
    return [{ to: state.Next, sets: names(state.Assign) }, ...catches];
  }
  return catches;
}

/** Every variable that a container itself sets somewhere. */
export const variablesSetIn = (container: Container): Set<string> =>
  new Set(
    Object.values(container.states).flatMap((state) => [
      ...names('Assign' in state ? state.Assign : undefined),
      ...edgesOf(state).flatMap((edge) => edge.sets),
    ]),
  );

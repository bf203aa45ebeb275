import type { State } from './definition.ts';
import { expressionsIn, readsOf } from './jsonata-code.ts';
import { type Container, edgesOf } from './walk.ts';

/** States of a container that nothing leads to. */
export function unreachable(container: Container): string[] {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    const state = container.states[name];
    if (!state || reached.has(name)) return;
    reached.add(name);
    for (const edge of edgesOf(state)) visit(edge.to);
  };
  visit(container.startAt);
  return Object.keys(container.states).filter((name) => !reached.has(name));
}

/**
 * The variables that are set on every way to a state. A variable that is set on some ways only is a fault that shows
 * on the other ones.
 *
 * @param given what the surrounding state has already set
 */
export function setBefore(container: Container, given: ReadonlySet<string>): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>([[container.startAt, new Set(given)]]);
  const open = [container.startAt];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = container.states[name];
    const before = known.get(name) ?? new Set<string>();
    for (const edge of state ? edgesOf(state) : []) {
      const after = new Set([...before, ...edge.sets]);
      const earlier = known.get(edge.to);
      const both = earlier ? new Set([...earlier].filter((one) => after.has(one))) : after;
      if (earlier && both.size === earlier.size) continue;
      known.set(edge.to, both);
      open.push(edge.to);
    }
  }
  return known;
}

/** What a state's own expressions read, and where. Expressions of nested states are theirs. */
export function readsIn(state: State): { path: string; variables: string[]; states: string[] }[] {
  const own = state.Type === 'Map' ? { ...state, ItemProcessor: undefined } : state;
  return Object.entries(own).flatMap(([field, template]) =>
    expressionsIn(template, field).map(({ path, code }) => ({ path, ...readsOf(code) })),
  );
}

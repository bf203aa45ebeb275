import type { Definition, States } from './definition.ts';

/** A state machine, in stages. A state name that is used twice is an error of ours: throws. */
export function machine(options: {
  comment: string;
  startAt: string;
  stages: readonly States[];
}): Definition {
  const states: Record<string, States[string]> = {};
  for (const stage of options.stages) {
    for (const [name, state] of Object.entries(stage)) {
      if (Object.hasOwn(states, name)) throw new Error(`two states are named ${name}`);
      states[name] = state;
    }
  }
  return {
    Comment: options.comment,
    QueryLanguage: 'JSONata',
    StartAt: options.startAt,
    States: states,
  };
}

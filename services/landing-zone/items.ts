/**
 * - `create`: it is not there and will be made
 * - `change`: it is there and will get what it lacks
 * - `keep`: it is as the file says
 * - `cannot`: the command cannot make it so; nothing is applied until somebody has
 */
export type Action = 'create' | 'change' | 'keep' | 'cannot';

/** One line of the plan. */
export type Item = {
  action: Action;
  /** As in `unit Workloads/Prod`. */
  what: string;
  /** What becomes different, or what has to be done by hand. */
  detail?: string;
  /** JSON pointer in the file. */
  pointer: string;
  /** Asked for at the service, where somebody has to approve it. */
  approval?: true;
};

/** Nothing of it is done while one of them cannot be. */
export const isPossible = (items: readonly Item[]): boolean =>
  items.every(({ action }) => action !== 'cannot');

export const tallyOf = (items: readonly Item[]): Record<Action, number> => {
  const tally: Record<Action, number> = { create: 0, change: 0, keep: 0, cannot: 0 };
  for (const { action } of items) tally[action]++;
  return tally;
};

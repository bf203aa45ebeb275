import type { Assign, Catcher, MapState, States } from './definition.ts';
import { expr } from './expression.ts';
import { given, onward } from './next.ts';

/**
 * The same states for every item. Iterations set variables of their own, whose names no outer state may use, and
 * write no messages: their order would clash. What they end with is `$states.result`, in the order of the items.
 *
 * @param items JSONata code of an array
 */
export const forEach = (
  items: string,
  options: {
    comment?: string;
    /** How many at once. */
    atOnce: number;
    startAt: string;
    states: States;
    catch?: readonly Catcher[];
    assign?: Assign;
    next?: string;
  },
): MapState => ({
  Type: 'Map',
  ...given({ Comment: options.comment }),
  Items: expr(items),
  MaxConcurrency: options.atOnce,
  ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: options.startAt, States: options.states },
  ...given({ Catch: options.catch, Assign: options.assign }),
  Output: {},
  ...onward(options.next),
});

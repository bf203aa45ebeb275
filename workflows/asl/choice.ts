import type { Assign, ChoiceRule, ChoiceState } from './definition.ts';
import { expr } from './expression.ts';
import { given } from './next.ts';

/** Goes to `next` when the JSONata code is true. */
export const when = (condition: string, next: string, assign?: Assign): ChoiceRule => ({
  Condition: expr(condition),
  ...given({ Assign: assign }),
  Next: next,
});

/** The first rule that holds decides; `otherwise` when none does. */
export const choice = (options: {
  comment?: string;
  rules: readonly ChoiceRule[];
  otherwise: string;
  /** Set when no rule holds. */
  assign?: Assign;
}): ChoiceState => ({
  Type: 'Choice',
  ...given({ Comment: options.comment }),
  Choices: options.rules,
  ...given({ Assign: options.assign }),
  Output: {},
  Default: options.otherwise,
});

import type { Assign, Catcher } from './definition.ts';
import { expr } from './expression.ts';

/** Goes on at `next` for these errors. */
export const caught = (errors: readonly string[], next: string, assign?: Assign): Catcher => ({
  ErrorEquals: errors,
  ...(assign === undefined ? {} : { Assign: assign }),
  Output: {},
  Next: next,
});

/** Goes on at `next` for everything else. Always the last of its list. */
export const otherwise = (next: string, assign?: Assign): Catcher => caught(['States.ALL'], next, assign);

/** `{ error, cause }` of what was just caught, in AWS's words. A timeout has no Cause. */
export const CAUGHT_ERROR = expr(
  "{'error': $states.errorOutput.Error, 'cause': $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : ''}",
);

import { otherwise } from '../asl/catch.ts';
import type { Assign, Catcher } from '../asl/definition.ts';
import { expr, quoted } from '../asl/expression.ts';

/** What a check looks at. An area that could not be read says nothing about drift, for or against. */
type Area = 'stacks' | 'instances' | 'policies' | 'rules' | 'controls';

/** Whatever fails leaves its area out, and the check goes on with the next one. */
export const elseLeaveOut = (area: Area, next: string, assign: Assign = {}): Catcher =>
  otherwise(next, {
    trouble: expr(
      `[$append($trouble, {'area': ${quoted(area)}, 'error': $states.errorOutput.Error,
        'cause': $exists($states.errorOutput.Cause) ? $substring($states.errorOutput.Cause, 0, 1000) : ''})]`,
    ),
    ...assign,
  });

import type { Assign, Expression, WaitState } from './definition.ts';
import { expr } from './expression.ts';
import { given, onward } from './next.ts';

export const wait = (
  seconds: number | Expression,
  options: { comment?: string; assign?: Assign; next: string },
): WaitState => ({
  Type: 'Wait',
  ...given({ Comment: options.comment }),
  Seconds: seconds,
  ...given({ Assign: options.assign }),
  Output: {},
  ...onward(options.next),
});

/** Twice as long for each time that `$counter` counted, up to `longest`. */
export const growing = (first: number, counter: string, longest: number): Expression =>
  expr(`$min([${longest}, ${first} * $power(2, ${counter})])`);

import type { Assign, PassState, Template } from './definition.ts';
import { given, onward } from './next.ts';

/** Sets variables, or ends an iteration with its result. */
export const pass = (options: {
  comment?: string;
  assign?: Assign;
  output?: Template;
  next?: string;
}): PassState => ({
  Type: 'Pass',
  ...given({ Comment: options.comment, Assign: options.assign }),
  Output: options.output ?? {},
  ...onward(options.next),
});

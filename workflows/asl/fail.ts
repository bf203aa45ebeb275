import type { FailState } from './definition.ts';
import { expr } from './expression.ts';

/** @param cause JSONata code of a text for a person */
export const fail = (error: string, cause: string): FailState => ({
  Type: 'Fail',
  Error: error,
  Cause: expr(cause),
});

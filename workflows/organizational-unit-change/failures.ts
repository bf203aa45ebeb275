import { CAUGHT_ERROR, caught, otherwise } from '../asl/catch.ts';
import type { Assign, Catcher } from '../asl/definition.ts';
import { expr, objectOf, quoted } from '../asl/expression.ts';
import type { ChangeStep } from './input.schema.ts';

/** Where a failure goes: before the point of no return to an end, after it to the repair desk. */
export const REJECT = 'Reject the change';
export const STOP = 'Say that the change stopped';

const step = (name: ChangeStep) => expr(quoted(name));

/** Assignments for a refusal in words of our own. @param detail JSONata code */
export const refusal = (name: ChangeStep, code: string, detail: string): Assign => ({
  failedStep: step(name),
  rejectCode: expr(quoted(code)),
  failure: expr(objectOf({ error: "''", cause: detail })),
});

/** Assignments for a failure after the point of no return, in words of our own. @param cause JSONata code */
export const failed = (name: ChangeStep, error: string, cause: string): Assign => ({
  failedStep: step(name),
  failure: expr(objectOf({ error: quoted(error), cause })),
});

const failedWith = (name: ChangeStep): Assign => ({ failedStep: step(name), failure: CAUGHT_ERROR });

/** Everything else ends the request: nothing has been changed. */
export const elseReject = (name: ChangeStep): Catcher =>
  otherwise(REJECT, { ...failedWith(name), rejectCode: expr(quoted('check-failed')) });

/** These errors end the request with this code. */
export const rejectOn = (errors: readonly string[], name: ChangeStep, code: string): Catcher =>
  caught(errors, REJECT, { ...failedWith(name), rejectCode: expr(quoted(code)) });

/** Everything else waits for a person, and a resume comes back to this step. */
export const elseStop = (name: ChangeStep): Catcher => otherwise(STOP, failedWith(name));

import { CAUGHT_ERROR, caught, otherwise } from './catch.ts';
import type { Assign, Catcher } from './definition.ts';
import { expr, objectOf, quoted } from './expression.ts';

/**
 * Where a machine takes its failures: before the point of no return to an end, after it to the repair desk. Each one
 * names its step, which is where a resume comes back to.
 *
 * @param rejecting the state that ends the request; nothing has been changed
 * @param stopping the state that begins the way to the repair ask
 */
export const desk = <Step extends string>(rejecting: string, stopping: string) => {
  const step = (name: Step) => expr(quoted(name));
  const failedWith = (name: Step): Assign => ({ failedStep: step(name), failure: CAUGHT_ERROR });
  return {
    rejecting,
    stopping,
    /** Assignments for a refusal in words of our own. @param detail JSONata code */
    refusal: (name: Step, code: string, detail: string): Assign => ({
      failedStep: step(name),
      rejectCode: expr(quoted(code)),
      failure: expr(objectOf({ error: "''", cause: detail })),
    }),
    /** Assignments for a failure after the point of no return, in words of our own. @param cause JSONata code */
    failed: (name: Step, error: string, cause: string): Assign => ({
      failedStep: step(name),
      failure: expr(objectOf({ error: quoted(error), cause })),
    }),
    /** Assignments for what AWS said. */
    failedWith,
    /** Everything else ends the request. */
    elseReject: (name: Step): Catcher =>
      otherwise(rejecting, { ...failedWith(name), rejectCode: expr(quoted('check-failed')) }),
    /** These errors end the request with this code. */
    rejectOn: (errors: readonly string[], name: Step, code: string): Catcher =>
      caught(errors, rejecting, { ...failedWith(name), rejectCode: expr(quoted(code)) }),
    /** Everything else waits for a person. */
    elseStop: (name: Step): Catcher => otherwise(stopping, failedWith(name)),
  };
};

/** What a stage that several machines share needs to know of the machine that it is in. */
export type Desk<Step extends string> = Pick<
  ReturnType<typeof desk<Step>>,
  'stopping' | 'failed' | 'elseStop'
>;

import { CAUGHT_ERROR, caught, otherwise } from '../asl/catch.ts';
import type { Assign, Catcher, Template } from '../asl/definition.ts';
import { expr, objectOf, quoted } from '../asl/expression.ts';
import type { VendStep } from './input.schema.ts';

/** Where a failure goes: before the point of no return to an end, after it to the repair desk. */
export const REJECT = 'Reject the request';
export const QUARANTINE = 'Is there an account to fence?';

/** What a person reads over a refusal, as JSONata code: an object of titles by code. */
export const REFUSALS = objectOf(
  Object.fromEntries(
    Object.entries({
      'admission-timed-out': 'No account operation became free',
      'approval-refused': 'The approval did not hold',
      'confirmation-timed-out': 'The approval was not confirmed in time',
      'ou-gone': 'The organizational unit no longer exists',
      'ou-renamed': 'The organizational unit has another name now',
      'ou-not-registered': 'The organizational unit is not registered with Control Tower',
      'artifact-inactive': 'The Account Factory version of the plan is no longer active',
      'email-taken': 'The e-mail address belongs to an account already',
      'account-quota': 'The organization has no room for another account',
      'policy-slots': 'The guardrail policies no longer fit',
      'policy-size': 'A guardrail policy is too long',
      'region-not-supported': 'The plan reaches into a Region that is not supported',
      'provision-refused': 'Service Catalog refused the account',
      'check-failed': 'A check before the account could not be made',
    }).map(([code, title]) => [code, quoted(title)]),
  ),
);

const step = (name: VendStep): Template => expr(quoted(name));

/** Assignments for a refusal in words of our own. @param detail JSONata code */
export const refusal = (name: VendStep, code: string, detail: string): Assign => ({
  failedStep: step(name),
  rejectCode: expr(quoted(code)),
  failure: expr(objectOf({ error: "''", cause: detail })),
});

/** Assignments for a failure after the point of no return, in words of our own. @param cause JSONata code */
export const failed = (name: VendStep, error: string, cause: string): Assign => ({
  failedStep: step(name),
  failure: expr(objectOf({ error: quoted(error), cause })),
});

/** Assignments for what AWS said. */
export const failedWith = (name: VendStep): Assign => ({ failedStep: step(name), failure: CAUGHT_ERROR });

/** Everything else ends the request: nothing has been accepted by Service Catalog. */
export const elseReject = (name: VendStep): Catcher =>
  otherwise(REJECT, { ...failedWith(name), rejectCode: expr(quoted('check-failed')) });

/** These errors end the request with this code. */
export const rejectOn = (errors: readonly string[], name: VendStep, code: string): Catcher =>
  caught(errors, REJECT, { ...failedWith(name), rejectCode: expr(quoted(code)) });

/** Everything else goes to quarantine, and a resume comes back to this step. */
export const elseQuarantine = (name: VendStep): Catcher => otherwise(QUARANTINE, failedWith(name));

import { desk } from '../asl/desk.ts';
import { objectOf, quoted } from '../asl/expression.ts';
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

export const VEND_DESK = desk<VendStep>(REJECT, QUARANTINE);

export const { refusal, failed, failedWith, elseReject, rejectOn, elseStop: elseQuarantine } = VEND_DESK;

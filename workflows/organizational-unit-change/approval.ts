import { outcomeAs } from '../asl/ask.ts';
import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { succeed } from '../asl/succeed.ts';
import { wait } from '../asl/wait.ts';
import { registration } from '../control-tower.ts';
import { elseReject, REJECT, refusal, rejectOn } from './failures.ts';
import { changeAsk, changeFact, inShort } from './messages.ts';

/** A person says yes to exactly this plan. Control operations take no place of an account operation: there is no queue. */
export const approval: States = {
  'Ask for approval': changeAsk('approval', {
    timeoutSeconds: expr('$plan.approvals.expiresAfterSeconds'),
    assign: outcomeAs('outcome'),
    catch: [caught(['States.Timeout'], 'Let the request expire'), elseReject('approval')],
    next: 'Was it approved?',
  }),
  'Was it approved?': choice({
    comment: 'Denied and cancelled are facts of the service already.',
    rules: [when("$outcome = 'approved'", 'Read the organizational unit')],
    otherwise: 'Nothing was changed',
  }),
};

/** What may have changed since the plan was made. */
export const recheck: States = {
  'Read the organizational unit': sdk('organizations:describeOrganizationalUnit', {
    arguments: { OrganizationalUnitId: expr('$plan.organizationalUnit.id') },
    retry: whilePassing('organizations'),
    catch: [
      rejectOn(['Organizations.OrganizationalUnitNotFoundException'], 'recheck', 'ou-gone'),
      elseReject('recheck'),
    ],
    next: "Read the unit's baseline",
  }),
  "Read the unit's baseline": sdk('controltower:listEnabledBaselines', {
    arguments: { Filter: { TargetIdentifiers: [expr('$plan.organizationalUnit.arn')] } },
    retry: whilePassing('controltower'),
    catch: [elseReject('recheck')],
    assign: { baseline: expr(registration("'NONE'")) },
    next: 'Is the unit registered?',
  }),
  'Is the unit registered?': choice({
    rules: [
      when("$baseline = 'SUCCEEDED'", 'Ask to confirm the approval'),
      when("$baseline = 'UNDER_CHANGE' and $looks < 60", 'Wait for the unit', { looks: expr('$looks + 1') }),
    ],
    assign: refusal(
      'recheck',
      'ou-not-registered',
      "'The Control Tower baseline of ' & $plan.organizationalUnit.path & ' is in state ' & $baseline & '.'",
    ),
    otherwise: REJECT,
  }),
  'Wait for the unit': wait(60, { next: "Read the unit's baseline" }),
};

/** The last look before the point of no return: is the approval still there, signed, and for this plan? */
export const confirm: States = {
  'Ask to confirm the approval': changeAsk('confirm-approval', {
    timeoutSeconds: 3600,
    assign: {
      ...outcomeAs('outcome'),
      refused: expr(
        `{'code': $exists($states.result.code) ? $states.result.code : 'approval-refused',
          'detail': $exists($states.result.detail) ? $states.result.detail : 'The approval was not confirmed.'}`,
      ),
    },
    catch: [
      caught(
        ['States.Timeout'],
        REJECT,
        refusal('confirm', 'confirmation-timed-out', "'The approval was not confirmed within an hour.'"),
      ),
      elseReject('confirm'),
    ],
    next: 'Was it confirmed?',
  }),
  'Was it confirmed?': choice({
    rules: [
      when("$outcome = 'confirmed'", 'Say that the change begins'),
      when("$outcome = 'cancelled'", 'Nothing was changed'),
    ],
    assign: {
      ...refusal('confirm', 'approval-refused', '$refused.detail'),
      rejectCode: expr('$refused.code'),
    },
    otherwise: REJECT,
  }),
};

/** The ends before the point of no return. None of them has changed anything. */
export const endsUnchanged: States = {
  'Let the request expire': changeFact('RequestExpired', { next: 'Nothing was changed' }),
  [REJECT]: changeFact('RequestRejected', {
    data: {
      step: '$failedStep',
      code: '$rejectCode',
      detail: `$failure.error = '' ? ${inShort('$failure.cause')}`,
      error: "$failure.error != '' ? $failure.error",
      cause: `$failure.error != '' ? ${inShort('$failure.cause')}`,
    },
    next: 'Nothing was changed',
  }),
  'Nothing was changed': succeed('NOTHING_CHANGED'),
};

import { reserved } from '../account-vending/address.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseReject, REJECT, refusal, rejectOn } from './failures.ts';
import type { AccountChangeStep } from './input.schema.ts';

/** The account is there, alive, and where the plan says. */
export const accountChecks = (
  label: string,
  { step, next }: { step: AccountChangeStep; next: string },
): States => ({
  [`Read the account ${label}`]: sdk('organizations:describeAccount', {
    arguments: { AccountId: expr('$accountId') },
    retry: whilePassing('organizations'),
    catch: [
      rejectOn(['Organizations.AccountNotFoundException'], step, 'account-not-there'),
      elseReject(step),
    ],
    assign: {
      live: expr(
        `($a := $states.result.Account; {'email': $lowercase($a.Email),
          'state': $exists($a.State) ? $a.State : $exists($a.Status) ? $a.Status : 'UNKNOWN'})`,
      ),
    },
    next: `Is the account alive ${label}?`,
  }),
  [`Is the account alive ${label}?`]: choice({
    comment: 'By its address too: an id in a plan is only a number.',
    rules: [
      when(
        `$live.state = 'ACTIVE' and $live.email = $lowercase($plan.account.email) and $not(${reserved('$accountId')})`,
        `Read the account's place ${label}`,
      ),
    ],
    assign: refusal(
      step,
      'account-not-there',
      "'Account ' & $accountId & ' is ' & $live.state & ', with the address ' & $live.email & '.'",
    ),
    otherwise: REJECT,
  }),
  [`Read the account's place ${label}`]: sdk('organizations:listParents', {
    arguments: { ChildId: expr('$accountId') },
    retry: whilePassing('organizations'),
    catch: [elseReject(step)],
    assign: { place: expr("$exists($states.result.Parents[0]) ? $states.result.Parents[0].Id : ''") },
    next: `Is the account in its unit ${label}?`,
  }),
  [`Is the account in its unit ${label}?`]: choice({
    rules: [when('$place = $plan.account.organizationalUnitId', next)],
    assign: refusal(
      step,
      'account-moved',
      "'Account ' & $accountId & ' is in ' & $place & '; the plan says ' & $plan.account.organizationalUnitId & '.'",
    ),
    otherwise: REJECT,
  }),
});

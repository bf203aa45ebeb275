import type { Assign } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage } from '../asl/page.ts';

/**
 * The id of the account with the plan's address on this page of ListAccounts, or what earlier pages have found.
 * AWS keeps the case that it was given; an address is the same in any.
 */
export const OWN_ADDRESS = expr(
  `($same := $states.result.Accounts[$lowercase(Email) = $lowercase($plan.account.email)];
    $exists($same) ? $same[0].Id : $foundId)`,
);

/**
 * JSONata code: no vend may touch this account, whatever anybody says of it. The account of this machine, those that the
 * landing zone stands on.
 */
export const reserved = (id: string): string =>
  `(${id} in [$split($states.context.StateMachine.Id, ':')[4], $plan.organization.managementAccountId]
    or ${id} in $plan.organization.reservedAccountIds)`;

/** Before the first page of such a search. */
export const BEGIN_SEARCH: Assign = { foundId: expr("''"), accountReads: 0, ...firstPage('page') };

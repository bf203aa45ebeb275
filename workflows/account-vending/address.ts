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

/** Before the first page of such a search. */
export const BEGIN_SEARCH: Assign = { foundId: expr("''"), accountReads: 0, ...firstPage('page') };

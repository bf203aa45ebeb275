import { expr } from '../asl/expression.ts';

/**
 * The id of the account with the plan's address on this page of ListAccounts, or what earlier pages have found.
 * AWS keeps the case that it was given; an address is the same in any.
 */
export const OWN_ADDRESS = expr(
  `($same := $states.result.Accounts[$lowercase(Email) = $lowercase($plan.account.email)];
    $exists($same) ? $same[0].Id : $foundId)`,
);

import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountRequests } from '../../db/schema/index.ts';
import type { Principal } from '../access/principal.ts';
import { mayReconcile, mayRequestFor } from '../access/principal.ts';
import { Problem } from '../kernel/errors.ts';
import { getAccount } from '../ledger/queries.pg.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import type { Planner } from '../requests/intake.ts';
import { AccountRequest } from '../requests/request.schema.ts';
import type { AccountChangeBody, AccountChangePreview } from './account-change.schema.ts';
import { changedRequest } from './changed-request.ts';
import { comparePlans } from './compare.ts';

export type AccountChangeDeps = {
  orm: Orm;
  plan: Planner;
  versionOf: (blueprint: string) => string | undefined;
};

/**
 * Plans a change of an account: what it was made by, beside what it would be planned as now with the change.
 * @throws Problem not-found, forbidden, conflict for an account without a plan, invalid with pointers
 */
export async function planAccountChange(
  deps: AccountChangeDeps,
  who: Principal,
  accountId: string,
  change: AccountChangeBody,
): Promise<AccountChangePreview> {
  const account = await getAccount(deps.orm, who, accountId);
  if (!mayReconcile(who) && !mayRequestFor(who, account.team ?? ''))
    throw new Problem(
      'forbidden',
      'not-your-team',
      'Changes are asked for by the account’s team and by operators.',
    );
  const request =
    account.status === 'ACTIVE' && account.requestId !== null
      ? (await deps.orm.select().from(accountRequests).where(eq(accountRequests.id, account.requestId)))[0]
      : undefined;
  if (!request)
    throw new Problem(
      'conflict',
      'not-active',
      `The account is ${account.status}: only an active account that was vended here has a plan that it can be changed from.`,
    );
  const before = JSON.parse(request.planText) as Omit<AccountPlan, 'digest'>;
  const wanted = changedRequest(AccountRequest.parse(request.body), change);
  const after = await deps.plan(request.id, wanted, { vpcCidr: before.network?.vpcCidr ?? null });
  const { name } = wanted.blueprint;
  return {
    accountId,
    requestId: request.id,
    blueprint: { name, version: deps.versionOf(name) ?? '' },
    ...comparePlans(before, after),
    snapshot: after.snapshot,
  };
}

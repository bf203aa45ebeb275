import { eq, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountRequests, accounts } from '../../db/schema/index.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import type { RequestKind } from '../requests/kinds.ts';
import { AccountRequest } from '../requests/request.schema.ts';
import type { AccountChangePlan } from './account-change.schema.ts';

type Stored = { kind: RequestKind; body: unknown; planText: string };

/** What an account follows: the newest plan that was carried out, and the request that it would be made by today. */
export type FinishedPlan = {
  requestId: string;
  planDigest: string;
  plan: Omit<AccountPlan, 'digest'>;
  wanted: AccountRequest;
  /** Of the account now. */
  status: string;
};

/** Undefined for an account that was not vended here. */
export async function finishedPlan(orm: Orm, accountId: string): Promise<FinishedPlan | undefined> {
  const [row] = await orm
    .select({ request: accountRequests, status: accounts.status })
    .from(accounts)
    .innerJoin(
      accountRequests,
      eq(accountRequests.id, sql`coalesce(${accounts.planRequestId}, ${accounts.requestId})`),
    )
    .where(eq(accounts.accountId, accountId));
  if (!row) return undefined;
  const { id: requestId, planDigest } = row.request;
  return { requestId, planDigest, status: row.status, ...carriedOut(row.request) };
}

/** The account as the plan of a vend, or of a change, says that it is to be. */
function carriedOut({ kind, body, planText }: Stored): Pick<FinishedPlan, 'plan' | 'wanted'> {
  if (kind !== 'account-change')
    return {
      plan: JSON.parse(planText) as Omit<AccountPlan, 'digest'>,
      wanted: AccountRequest.parse(body),
    };
  const { target, wanted } = JSON.parse(planText) as AccountChangePlan;
  return { plan: target, wanted };
}

/** Why a plan of a change no longer fits the account, which is another one since; undefined while it does. */
export async function outdatedChange(
  orm: Orm,
  request: Pick<Stored, 'planText'>,
): Promise<string | undefined> {
  const { accountId, from } = JSON.parse(request.planText) as AccountChangePlan;
  const now = await finishedPlan(orm, accountId);
  if (now && now.status !== 'ACTIVE')
    return `The account is ${now.status} now; only an active one is changed.`;
  if (now?.requestId === from.requestId && now.planDigest === from.planDigest) return undefined;
  const follows = now === undefined ? 'no plan' : `the plan of request ${now.requestId}`;
  return `The change was planned from the plan of request ${from.requestId}, but the account follows ${follows} now.`;
}

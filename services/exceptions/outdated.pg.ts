import { and, eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountGuardrails, accounts } from '../../db/schema/index.ts';
import type { ControlExceptionPlan } from './exception.schema.ts';

/** Why an exception no longer fits the account or the calendar; undefined while it does. */
export async function outdatedException(
  orm: Orm,
  { planText }: { planText: string },
  now: Date,
): Promise<string | undefined> {
  const { accountId, control, expiresAt } = JSON.parse(planText) as ControlExceptionPlan;
  if (Date.parse(expiresAt) <= now.getTime())
    return `The exception would have ended on ${expiresAt} already.`;
  const [acts] = await orm
    .select({ control: accountGuardrails.control })
    .from(accountGuardrails)
    .where(and(eq(accountGuardrails.accountId, accountId), eq(accountGuardrails.control, control.id)));
  if (!acts) return `${control.id} does not act in the account any more.`;
  const [account] = await orm
    .select({ status: accounts.status })
    .from(accounts)
    .where(eq(accounts.accountId, accountId));
  return account?.status === 'CLOSED' ? 'The account is closed.' : undefined;
}

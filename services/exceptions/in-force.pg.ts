import { and, inArray, type SQL, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { exceptions } from '../../db/schema/index.ts';
import type { InForce } from './cover.ts';

/** Of an instant; `knownAt`: as far as was known then. */
type Held = { at: Date; knownAt?: Date | undefined };

/** Whether an exception held: the time decides, whether or not the workflow has said so already. @param e alias of its row */
const heldAt = (e: string, { at, knownAt }: Held): SQL =>
  sql`exception_held(${sql.raw(`${e}.granted_at, ${e}.expires_at, ${e}.ended_at`)}, ${at.toISOString()}::timestamptz,
    ${knownAt?.toISOString() ?? null}::timestamptz)`;

/** Whether a finding falls under an exception that held. @param of the table of findings, or its alias */
export function isExcepted(held: Held, of: 'c' | 'compliance' = 'c'): SQL {
  const found = sql.raw(`${of}.control, ${of}.rule, ${of}.resource_id`);
  return sql`exists (select from exceptions e where e.account_id = ${sql.raw(of)}.account_id and ${heldAt('e', held)}
    and exception_covers(e.control, e.resource, ${found}))`;
}

/** Accounts with an exception now, as rows of `account_id`, `open` and `excepted` violations; as far as the reader sees them. */
export const exceptedNow = (now: Date): SQL => sql`excepted_accounts(${now.getTime()}, true, null, null)`;

/** Exceptions of these accounts that held at an instant: now, when that is said. */
export async function exceptionsInForce(
  orm: Orm,
  accountIds: readonly string[],
  at: Date,
  knownAt?: Date,
): Promise<InForce[]> {
  if (accountIds.length === 0) return [];
  const rows = await orm
    .select()
    .from(exceptions)
    .where(
      and(inArray(exceptions.accountId, [...new Set(accountIds)]), heldAt('exceptions', { at, knownAt })),
    )
    .orderBy(exceptions.accountId, exceptions.control, exceptions.requestId);
  return rows.map(({ requestId, accountId, control, resource, reason, expiresAt }) => ({
    requestId,
    accountId,
    control,
    resource,
    reason,
    expiresAt: expiresAt.toISOString(),
  }));
}

import { and, eq, gt, inArray } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { exceptions } from '../../db/schema/index.ts';
import type { InForce } from './cover.ts';

/** Exceptions of these accounts that hold now: the time decides, whether or not the workflow has said so already. */
export async function exceptionsInForce(
  orm: Orm,
  accountIds: readonly string[],
  now: Date,
): Promise<InForce[]> {
  if (accountIds.length === 0) return [];
  const rows = await orm
    .select()
    .from(exceptions)
    .where(
      and(
        inArray(exceptions.accountId, [...accountIds]),
        eq(exceptions.state, 'ACTIVE'),
        gt(exceptions.expiresAt, now),
      ),
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

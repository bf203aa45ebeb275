import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountHolds } from '../../db/schema/index.ts';
import { suspect } from '../drift/schedule.pg.ts';

/** The account is free for another change, and somebody looks at what has become of it. */
export async function endChange(
  tx: Orm,
  { requestId, accountId }: { requestId: string; accountId: string | undefined },
  now: Date,
): Promise<void> {
  await tx.delete(accountHolds).where(eq(accountHolds.requestId, requestId));
  if (accountId !== undefined) await suspect(tx, { accountId, at: now.toISOString() }, now);
}

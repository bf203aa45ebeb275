import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { mirrorAccounts } from '../../db/schema/index.ts';

/**
 * How mirroring of an account stands: NOT_ARMED, ARMED or MIRRORING.
 * @returns null before the first look; undefined where no profile asks for it
 */
export async function mirrorStatus(orm: Orm, accountId: string): Promise<string | null | undefined> {
  const rows = await orm
    .select({ status: mirrorAccounts.status })
    .from(mirrorAccounts)
    .where(eq(mirrorAccounts.accountId, accountId));
  return rows[0]?.status;
}

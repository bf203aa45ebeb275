import { inArray } from 'drizzle-orm';
import { type Orm, sqlState } from '../../db/client.ts';
import { cidrHolds, emailHolds, nameHolds } from '../../db/schema/index.ts';
import { Problem } from '../kernel/errors.ts';

export type Holds = {
  requestId: string;
  email: string;
  accountName: string;
  organizationalUnitId: string;
  vpcCidr: string | null;
};

/** E-mail addresses are compared without regard to case, as AWS does. */
export const canonicalEmail = (email: string): string => email.trim().toLowerCase();

export const nameKey = (accountName: string, organizationalUnitId: string): string =>
  `${organizationalUnitId}/${accountName.toLowerCase()}`;

/**
 * Reserves what no other vend may use. The database's constraints decide, whatever two planners thought at once.
 * @throws Problem conflict for e-mail or name; CidrTaken when the block was taken meanwhile: plan again
 */
export async function takeHolds(tx: Orm, holds: Holds): Promise<void> {
  const { requestId } = holds;
  const email = await tx
    .insert(emailHolds)
    .values({ emailCanonical: canonicalEmail(holds.email), requestId })
    .onConflictDoNothing()
    .returning();
  if (email.length === 0) throw taken('/account/email', 'is already used by another account request');
  const name = await tx
    .insert(nameHolds)
    .values({ key: nameKey(holds.accountName, holds.organizationalUnitId), requestId })
    .onConflictDoNothing()
    .returning();
  if (name.length === 0)
    throw taken('/account/name', 'is already used by another account request in this organizational unit');
  if (holds.vpcCidr !== null) {
    try {
      await tx.insert(cidrHolds).values({ requestId, block: holds.vpcCidr });
    } catch (error) {
      if (sqlState(error) === '23P01') throw new CidrTaken(holds.vpcCidr);
      throw error;
    }
  }
}

/** Another request took an overlapping block between planning and commit. */
export class CidrTaken extends Error {
  override readonly name = 'CidrTaken';
}

const taken = (pointer: string, message: string) =>
  new Problem('invalid', 'taken', `${pointer} ${message}.`, { errors: [{ pointer, message }] });

/** Only for requests that never made an account: an account's e-mail, name and addresses are never free again. */
export async function releaseHolds(tx: Orm, requestIds: readonly string[]): Promise<void> {
  if (requestIds.length === 0) return;
  for (const table of [emailHolds, nameHolds, cidrHolds]) {
    await tx.delete(table).where(inArray(table.requestId, [...requestIds]));
  }
}

import { eq, inArray } from 'drizzle-orm';
import { type Orm, sqlState } from '../../db/client.ts';
import { accountHolds, cidrHolds, emailHolds, nameHolds } from '../../db/schema/index.ts';
import { type ExceptionHold, holdException, releaseExceptions } from '../exceptions/hold.pg.ts';
import { Problem } from '../kernel/errors.ts';
import { noteReleased } from './blocks-under-way.ts';

/** What no other request may use meanwhile. */
export type Holds = {
  /** E-mail address and name of an account that is to be made. */
  identity?: { email: string; accountName: string; organizationalUnitId: string };
  /** An account that is to be changed. */
  accountId?: string;
  /** A control and a resource for which an exception is asked. */
  exception?: ExceptionHold;
  /** A block for a new VPC. */
  vpcCidr: string | null;
};

/** E-mail addresses are compared without regard to case, as AWS does. */
export const canonicalEmail = (email: string): string => email.trim().toLowerCase();

export const nameKey = (accountName: string, organizationalUnitId: string): string =>
  `${organizationalUnitId}/${accountName.toLowerCase()}`;

/**
 * Reserves what no other request may use. The database's constraints decide, whatever two planners thought at once.
 * @throws Problem invalid for e-mail or name, conflict for an account with an open change or for an exception that is asked
 * for already; CidrTaken when the block was
 * taken meanwhile: plan again
 */
export async function takeHolds(tx: Orm, requestId: string, holds: Holds, now: Date): Promise<void> {
  if (holds.identity) await holdIdentity(tx, requestId, holds.identity);
  if (holds.accountId !== undefined) await holdAccount(tx, requestId, holds.accountId);
  if (holds.exception) await holdException(tx, requestId, holds.exception, now);
  if (holds.vpcCidr === null) return;
  try {
    await tx.insert(cidrHolds).values({ requestId, block: holds.vpcCidr });
  } catch (error) {
    if (sqlState(error) === '23P01') throw new CidrTaken(holds.vpcCidr);
    throw error;
  }
}

async function holdIdentity(
  tx: Orm,
  requestId: string,
  { email, accountName, organizationalUnitId }: NonNullable<Holds['identity']>,
): Promise<void> {
  const held = await tx
    .insert(emailHolds)
    .values({ emailCanonical: canonicalEmail(email), requestId })
    .onConflictDoNothing()
    .returning();
  if (held.length === 0) throw taken('/account/email', 'is already used by another account request');
  const named = await tx
    .insert(nameHolds)
    .values({ key: nameKey(accountName, organizationalUnitId), requestId })
    .onConflictDoNothing()
    .returning();
  if (named.length === 0)
    throw taken('/account/name', 'is already used by another account request in this organizational unit');
}

async function holdAccount(tx: Orm, requestId: string, accountId: string): Promise<void> {
  const held = await tx
    .insert(accountHolds)
    .values({ accountId, requestId })
    .onConflictDoNothing()
    .returning();
  if (held.length > 0) return;
  const [open] = await tx.select().from(accountHolds).where(eq(accountHolds.accountId, accountId));
  throw new Problem(
    'conflict',
    'change-open',
    `The account has a change that has not ended: request ${open?.requestId ?? '(just ended; try again)'}. Wait for it, or cancel it.`,
  );
}

/** Another request took an overlapping block between planning and commit. */
export class CidrTaken extends Error {
  override readonly name = 'CidrTaken';
}

const taken = (pointer: string, message: string) =>
  new Problem('invalid', 'taken', `${pointer} ${message}.`, { errors: [{ pointer, message }] });

/** What the plan was made from has changed between planning and commit. */
export class PlanOutdated extends Error {
  override readonly name = 'PlanOutdated';
}

/** Only for requests that came to nothing: an account's e-mail, name and addresses are never free again. */
export async function releaseHolds(tx: Orm, requestIds: readonly string[]): Promise<void> {
  if (requestIds.length === 0) return;
  noteReleased();
  for (const table of [emailHolds, nameHolds, cidrHolds, accountHolds]) {
    await tx.delete(table).where(inArray(table.requestId, [...requestIds]));
  }
  await releaseExceptions(tx, requestIds);
}

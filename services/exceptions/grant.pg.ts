import { and, eq, isNull } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { exceptions } from '../../db/schema/index.ts';
import type { NewFact } from '../ledger/fact.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';
import { type EndingFact, endWith, expiredFact } from './end.pg.ts';

/**
 * Brings an approved exception into force, in the transaction of its confirmation. Once: the confirmation may be asked
 * for twice. One for the same control and resource that is in force gives way to it.
 *
 * @param order of the ask that confirmed it
 */
export async function grantException(
  tx: Orm,
  { requestId, order, now }: { requestId: string; order: number; now: Date },
): Promise<void> {
  const [asked] = await tx
    .select()
    .from(exceptions)
    .where(and(eq(exceptions.requestId, requestId), eq(exceptions.state, 'REQUESTED')));
  if (!asked) return;
  const { accountId, control, resource, owner, reason, requestedBy } = asked;
  const before = await tx
    .select()
    .from(exceptions)
    .where(
      and(
        eq(exceptions.accountId, accountId),
        eq(exceptions.control, control),
        resource === null ? isNull(exceptions.resource) : eq(exceptions.resource, resource),
        eq(exceptions.state, 'ACTIVE'),
      ),
    );
  const id = `exception-granted:${requestId}`;
  const granted: NewFact = {
    id,
    meaning: id,
    type: 'ExceptionGranted',
    source: 'jetway',
    requestId,
    accountId,
    version: order,
    actor: requestedBy,
    occurredAt: now.toISOString(),
    data: {
      control,
      resource,
      owner,
      reason,
      requestedBy,
      approvedBy: await approversOf(tx, requestId),
      requestedAt: asked.requestedAt.toISOString(),
      expiresAt: asked.expiresAt.toISOString(),
    },
  };
  const ended = before.map((old) =>
    old.expiresAt <= now ? expiredFact(old, now) : replacedFact(old, granted, now),
  );
  await endWith(tx, ended, now, [granted]);
}

const replacedFact = (
  old: { requestId: string; accountId: string },
  { requestId, actor }: NewFact,
  now: Date,
): EndingFact => {
  const id = `exception-revoked:${old.requestId}`;
  return {
    id,
    meaning: id,
    type: 'ExceptionRevoked',
    source: 'jetway',
    requestId: old.requestId,
    accountId: old.accountId,
    version: 0,
    actor,
    occurredAt: now.toISOString(),
    data: { replacedBy: requestId },
  };
};

/** Everybody whose yes it took. */
async function approversOf(tx: Orm, requestId: string): Promise<string[]> {
  const facts = await factsOfRequests(tx, [requestId]);
  const by = facts.findLast((fact) => fact.type === 'ApprovalDecided')?.data.decidedBy;
  return Array.isArray(by) ? by.map(String) : [];
}

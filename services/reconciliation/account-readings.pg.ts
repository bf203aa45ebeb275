import { and, eq, inArray, like, lt, ne, not, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { accountSnapshots, compliance, snapshotParts } from '../../db/schema/index.ts';
import type { AccountReconcileInput } from '../../workflows/account-reconcile/input.schema.ts';
import { finishedPlan } from '../account-changes/finished-plan.pg.ts';
import { OWN_RULE } from '../drift/findings.ts';
import { enqueue } from '../ledger/ledger.pg.ts';
import { projectCompliance } from '../ledger/projections.pg.ts';
import { endRemovedFindings } from '../ledger/removed-controls.pg.ts';
import { type AccountSnapshot, assembleAccount } from './assemble-account.ts';
import { differences } from './differences.ts';
import { complianceFacts } from './evaluations.ts';
import { isLoss, requestLooks } from './losses.pg.ts';
import { appendAll, knownOf, writeDifferences } from './observations.pg.ts';
import { failureOf, partsOf } from './parts.pg.ts';
import { seenInAccount } from './seen.ts';
import { SnapshotCompletedData, SnapshotFailedData, SnapshotPartData } from './snapshot.schema.ts';

/** A reading that has said nothing for so long is given up for lost. */
const LOST_MINUTES = 60;
/** Readings that begin in one second: Step Functions and the accounts' own limits have room for more. */
const STARTS_PER_SECOND = 50;
/** On schedule an account is not read again before this has passed: its reading is a few hundred state transitions. */
const READ_AGAIN_HOURS = 6;
/** Reasons that nobody waits for. */
const BY_ITSELF = ['start', 'schedule'];

const PREFIX = 'account-';

/** Whether a message of a reading is about one account. */
export const isOfAccount = ({ snapshotId }: Record<string, unknown>): boolean =>
  typeof snapshotId === 'string' && snapshotId.startsWith(PREFIX);

/**
 * Has accounts of ours read, in which our role is: all of them, or on schedule those that were not read for some hours. None
 * that is being read.
 * @returns the ids of the readings
 */
export async function requestReadings(tx: Orm, reason: string, now: Date): Promise<string[]> {
  const at = now.toISOString();
  const rests = BY_ITSELF.includes(reason) ? READ_AGAIN_HOURS : 0;
  const asked = await rowsOf<{ id: string; account_id: string }>(
    tx,
    sql`insert into account_snapshots (id, account_id, started_at)
        select ${PREFIX}::text || a.account_id || '-' || ${now.getTime()}::text, a.account_id, ${at}::timestamptz
        from accounts a
        where a.origin = 'VENDED' and a.status in ('ACTIVE', 'QUARANTINED') and not exists (
          select from account_snapshots s where s.account_id = a.account_id and (
            s.completed_at is null and s.started_at > ${at}::timestamptz - make_interval(mins => ${LOST_MINUTES})
            or s.failure is null and s.completed_at > ${at}::timestamptz - make_interval(hours => ${rests})))
        order by a.account_id
        on conflict (id) do nothing
        returning id, account_id`,
  );
  const entries = asked.map(({ id: snapshotId, account_id: accountId }) => ({
    kind: 'start-account-reading',
    key: `start-account-reading:${snapshotId}`,
    payload: { snapshotId, accountId },
  }));
  for (let i = 0; i < entries.length; i += STARTS_PER_SECOND) {
    const when = new Date(now.getTime() + (i / STARTS_PER_SECOND) * 1_000);
    await enqueue(tx, entries.slice(i, i + STARTS_PER_SECOND), when);
  }
  return asked.map(({ id }) => id);
}

/** The input of a reading: the stack sets are those of the plan that the account follows. */
export async function readingInput(
  orm: Orm,
  snapshotId: string,
  accountId: string,
): Promise<AccountReconcileInput> {
  const components = (await finishedPlan(orm, accountId))?.plan.components ?? [];
  const stackSets = new Set(
    components.flatMap((c) => (c.stackSetName === undefined ? [] : [c.stackSetName])),
  );
  return { snapshotId, accountId, stackSets: [...stackSets].sort() };
}

/** Takes one message of the reading of an account; one of a reading that is over or was overtaken says nothing any more. */
export async function receiveAccountFact(
  tx: Orm,
  fact: { type: string; data: Record<string, unknown> },
  now: Date,
): Promise<void> {
  switch (fact.type) {
    case 'SnapshotPart': {
      const part = SnapshotPartData.parse(fact.data);
      if (!(await lockOpenReading(tx, part.snapshotId))) return;
      await tx.insert(snapshotParts).values(part).onConflictDoNothing();
      return completeIfWhole(tx, part.snapshotId, now);
    }
    case 'SnapshotCompleted': {
      const { snapshotId, parts } = SnapshotCompletedData.parse(fact.data);
      if (!(await lockOpenReading(tx, snapshotId))) return;
      await tx
        .update(accountSnapshots)
        .set({ partsExpected: parts })
        .where(eq(accountSnapshots.id, snapshotId));
      return completeIfWhole(tx, snapshotId, now);
    }
    default: {
      const { snapshotId, error, cause } = SnapshotFailedData.parse(fact.data);
      if (await lockOpenReading(tx, snapshotId))
        await endReading(tx, snapshotId, failureOf({ error, cause }), now);
    }
  }
}

/** The row lock puts the messages of a reading in one order. Undefined when nothing is expected of it any more. */
async function lockOpenReading(tx: Orm, id: string) {
  const [reading] = await tx.select().from(accountSnapshots).where(eq(accountSnapshots.id, id)).for('update');
  return reading?.completedAt === null ? reading : undefined;
}

async function endReading(tx: Orm, id: string, failure: string | null, now: Date): Promise<void> {
  await tx.update(accountSnapshots).set({ failure, completedAt: now }).where(eq(accountSnapshots.id, id));
  await tx.delete(snapshotParts).where(eq(snapshotParts.snapshotId, id));
}

async function completeIfWhole(tx: Orm, snapshotId: string, now: Date): Promise<void> {
  const reading = await lockOpenReading(tx, snapshotId);
  if (!reading || reading.partsExpected === null) return;
  const parts = await partsOf(tx, snapshotId);
  if (parts.length < reading.partsExpected) return;
  let account: AccountSnapshot;
  try {
    account = assembleAccount(reading.accountId, parts);
  } catch (error) {
    return endReading(tx, snapshotId, (error as Error).message.slice(0, 2_000), now);
  }
  await endReading(tx, snapshotId, null, now);
  await forgetEarlier(tx, reading);
  await observeAccount(tx, account, now);
}

/** Of readings that began before this one nothing is to be learnt, also not of those that are still under way. */
async function forgetEarlier(tx: Orm, { id, accountId, startedAt }: typeof accountSnapshots.$inferSelect) {
  const earlier = await tx
    .delete(accountSnapshots)
    .where(
      and(
        eq(accountSnapshots.accountId, accountId),
        ne(accountSnapshots.id, id),
        lt(accountSnapshots.startedAt, startedAt),
      ),
    )
    .returning({ id: accountSnapshots.id });
  if (earlier.length === 0) return;
  await tx.delete(snapshotParts).where(
    inArray(
      snapshotParts.snapshotId,
      earlier.map((one) => one.id),
    ),
  );
}

/** Turns what a reading of an account found into facts. */
async function observeAccount(tx: Orm, account: AccountSnapshot, now: Date): Promise<void> {
  const { accountId, readFrom: version } = account;
  const found = differences(await knownOf(tx, accountId), { seen: seenInAccount(account), version });
  const fresh = await writeDifferences(tx, found, now);
  await requestLooks(tx, fresh.filter(isLoss), undefined, now);
  const known = await tx
    .select()
    .from(compliance)
    .where(
      and(
        eq(compliance.accountId, accountId),
        not(like(compliance.rule, `${OWN_RULE}%`)),
        ne(compliance.status, 'REMOVED'),
      ),
    );
  const evaluated = await appendAll(tx, complianceFacts(account, known), now);
  await projectCompliance(tx, evaluated);
  await endRemovedFindings(tx, evaluated, now);
}

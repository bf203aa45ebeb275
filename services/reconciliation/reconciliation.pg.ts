import { and, desc, eq, gt, isNotNull, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { organizationSnapshots, snapshotParts } from '../../db/schema/index.ts';
import { perDatabase } from '../kernel/coalesce.ts';
import type { Ids } from '../kernel/context.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts, enqueue, lockLanes } from '../ledger/ledger.pg.ts';
import { projectObservedAccounts } from '../ledger/projections.pg.ts';
import { isOfAccount, receiveAccountFact, requestReadings } from './account-readings.pg.ts';
import { observeAccounts } from './accounts.pg.ts';
import { type Assembly, assembleSnapshot } from './assemble.ts';
import { observeOrganization } from './organization.pg.ts';
import { failureOf, partsOf } from './parts.pg.ts';
import {
  OrganizationSnapshot,
  SnapshotCompletedData,
  SnapshotFailedData,
  SnapshotPartData,
} from './snapshot.schema.ts';

/** Any number that no other lock of ours has. */
const RECONCILE_LOCK = 727_001;
/** How long a running reconcile is believed to run; after that a new one may start beside it. */
const STALE_MINUTES = 30;
/** A failed reading is tried again after this long: planning waits for it. */
const RETRY_MS = 60_000;

/**
 * Starts `organization-reconcile` through the outbox, unless one is under way; `anew` starts one beside it.
 * @returns the id of the snapshot that is being written
 */
export async function requestReconcile(
  tx: Orm,
  ids: Ids,
  reason: string,
  now: Date,
  when: 'unless-under-way' | 'anew' = 'unless-under-way',
): Promise<string> {
  // Of two processes that ask at once the second has to see what the first one starts.
  if (when === 'unless-under-way') await tx.execute(sql`select pg_advisory_xact_lock(${RECONCILE_LOCK})`);
  const [running] = await rowsOf<{ id: string }>(
    tx,
    sql`select id from organization_snapshots where completed_at is null
        and started_at > ${now.toISOString()}::timestamptz - make_interval(mins => ${STALE_MINUTES})
        order by started_at desc limit 1`,
  );
  if (running && when === 'unless-under-way') return running.id;
  const id = `snapshot-${ids.uuid()}`;
  await startSnapshot(tx, id, reason, now);
  return id;
}

/**
 * What the schedule of each worker asks for: of several workers, whose timers are out of step, one starts the reading of
 * a period. @returns undefined when one was started in this period already
 */
export async function requestScheduledReconcile(
  tx: Orm,
  ids: Ids,
  now: Date,
  everyMs: number,
): Promise<string | undefined> {
  await tx.execute(sql`select pg_advisory_xact_lock(${RECONCILE_LOCK})`);
  // A timer that is a little early must not skip its own turn.
  const since = new Date(now.getTime() - everyMs * 0.9).toISOString();
  const recent = await rowsOf(
    tx,
    sql`select 1 from organization_snapshots where started_at > ${since}::timestamptz limit 1`,
  );
  return recent.length > 0 ? undefined : requestReconcile(tx, ids, 'schedule', now);
}

/**
 * The newest whole snapshot; undefined before the first. One that an older version wrote in another shape counts as
 * none: the reconcile at start writes it anew.
 */
export async function newestSnapshot(orm: Orm): Promise<OrganizationSnapshot | undefined> {
  const [row] = await orm
    .select({ id: organizationSnapshots.id })
    .from(organizationSnapshots)
    .where(and(isNotNull(organizationSnapshots.content), isNotNull(organizationSnapshots.completedAt)))
    .orderBy(desc(organizationSnapshots.startedAt))
    .limit(1);
  return row === undefined ? undefined : snapshotOf(orm, row.id);
}

/** A whole snapshot never changes: the last one that was read is parsed once. It is the same object each time. */
export async function snapshotOf(orm: Orm, id: string): Promise<OrganizationSnapshot | undefined> {
  const last = lastSnapshot(orm);
  if (last.id === id) return last.snapshot;
  const [row] = await orm
    .select({ content: organizationSnapshots.content })
    .from(organizationSnapshots)
    .where(eq(organizationSnapshots.id, id));
  const snapshot = row === undefined ? undefined : OrganizationSnapshot.safeParse(row.content).data;
  Object.assign(last, { id, snapshot });
  return snapshot;
}

const lastSnapshot = perDatabase((): { id?: string; snapshot?: OrganizationSnapshot | undefined } => ({}));

/** Why the newest reconcile failed, while there is no snapshot yet. */
export async function newestFailure(orm: Orm): Promise<string | undefined> {
  const [row] = await orm
    .select({ failure: organizationSnapshots.failure })
    .from(organizationSnapshots)
    .where(isNotNull(organizationSnapshots.failure))
    .orderBy(desc(organizationSnapshots.startedAt))
    .limit(1);
  return row?.failure ?? undefined;
}

/** Takes one message of a reading, of the organization or of one account; parts may come in any order and twice. */
export async function receiveSnapshotFact(
  tx: Orm,
  fact: { type: string; data: Record<string, unknown>; occurredAt: string },
  now: Date,
): Promise<void> {
  if (isOfAccount(fact.data)) return receiveAccountFact(tx, fact, now);
  switch (fact.type) {
    case 'SnapshotPart': {
      const part = SnapshotPartData.parse(fact.data);
      if (!(await lockOpenSnapshot(tx, part.snapshotId, now))) return;
      await tx.insert(snapshotParts).values(part).onConflictDoNothing();
      return completeIfWhole(tx, part.snapshotId, now);
    }
    case 'SnapshotCompleted': {
      const { snapshotId, parts } = SnapshotCompletedData.parse(fact.data);
      if (!(await lockOpenSnapshot(tx, snapshotId, now))) return;
      await tx
        .update(organizationSnapshots)
        .set({ partsExpected: parts })
        .where(eq(organizationSnapshots.id, snapshotId));
      return completeIfWhole(tx, snapshotId, now);
    }
    default: {
      const { snapshotId, error, cause } = SnapshotFailedData.parse(fact.data);
      if (!(await lockOpenSnapshot(tx, snapshotId, now))) return;
      await fail(tx, snapshotId, failureOf({ error, cause }), now);
    }
  }
}

/**
 * The snapshot while it is being written; undefined when it has ended and what comes now is late. Its row lock puts
 * its messages in one order: of two workers with the last two parts, the second must see the first one's.
 */
async function lockOpenSnapshot(tx: Orm, id: string, now: Date) {
  await tx
    .insert(organizationSnapshots)
    .values({ id, reason: 'event', startedAt: now })
    .onConflictDoNothing();
  const [snapshot] = await tx
    .select()
    .from(organizationSnapshots)
    .where(eq(organizationSnapshots.id, id))
    .for('update');
  return snapshot?.completedAt === null ? snapshot : undefined;
}

async function fail(tx: Orm, id: string, failure: string, now: Date): Promise<void> {
  await tx
    .update(organizationSnapshots)
    .set({ failure: failure.slice(0, 2_000), completedAt: now })
    .where(eq(organizationSnapshots.id, id));
  await tx.delete(snapshotParts).where(eq(snapshotParts.snapshotId, id));
  await startSnapshot(tx, nextTry(id), 'after a failure', new Date(now.getTime() + RETRY_MS));
}

/** `snapshot-…` → `snapshot-…-r2` → `snapshot-…-r3`: one try, one execution name. */
const nextTry = (id: string): string => {
  const [, base = id, tries = '1'] = /^(.*?)(?:-r(\d+))?$/.exec(id) ?? [];
  return `${base}-r${Number(tries) + 1}`;
};

/** Writes the snapshot's row and the order to read the organization, which leaves at `when`. */
async function startSnapshot(tx: Orm, id: string, reason: string, when: Date): Promise<void> {
  await tx.insert(organizationSnapshots).values({ id, reason, startedAt: when }).onConflictDoNothing();
  const payload = { snapshotId: id, reason };
  await enqueue(tx, [{ kind: 'start-reconcile', key: `start-reconcile:${id}`, payload }], when);
}

async function completeIfWhole(tx: Orm, snapshotId: string, now: Date): Promise<void> {
  const snapshot = await lockOpenSnapshot(tx, snapshotId, now);
  if (!snapshot || snapshot.partsExpected === null) return;
  const parts = await partsOf(tx, snapshotId);
  if (parts.length < snapshot.partsExpected) return;
  const takenAt = snapshot.startedAt.toISOString();
  let assembly: Assembly;
  try {
    assembly = assembleSnapshot(snapshotId, takenAt, parts);
  } catch (error) {
    // To come again would not make it whole; the next reconcile reads everything anew.
    return fail(tx, snapshotId, (error as Error).message, now);
  }
  const isNewest = !(await isNewerKnown(tx, snapshot.startedAt));
  await tx
    .update(organizationSnapshots)
    .set({ content: assembly.snapshot, completedAt: now })
    .where(eq(organizationSnapshots.id, snapshotId));
  await tx.delete(snapshotParts).where(eq(snapshotParts.snapshotId, snapshotId));
  await lockLanes(tx);
  // What a newer reading has seen already, an older one that ends later knows nothing about.
  const found = isNewest ? await observeOrganization(tx, assembly, now) : [];
  await appendFacts(tx, [reconciled(assembly, found.length)], now);
  if (!isNewest) return;
  await observeAccounts(tx, found, now);
  await projectObservedAccounts(tx, now);
  await requestReadings(tx, snapshot.reason, now);
}

const reconciled = ({ snapshot, accounts }: Assembly, differing: number): NewFact => ({
  id: `reconciled:${snapshot.id}`,
  meaning: `reconciled:${snapshot.id}`,
  type: 'OrganizationReconciled',
  source: 'jetway',
  version: Date.parse(snapshot.takenAt),
  occurredAt: snapshot.takenAt,
  data: {
    snapshotId: snapshot.id,
    accounts: accounts.length,
    organizationalUnits: snapshot.units.length - 1,
    policies: snapshot.policies.length,
    differences: differing,
  },
});

async function isNewerKnown(tx: Orm, startedAt: Date): Promise<boolean> {
  const newer = await tx
    .select({ id: organizationSnapshots.id })
    .from(organizationSnapshots)
    .where(and(isNotNull(organizationSnapshots.content), gt(organizationSnapshots.startedAt, startedAt)))
    .limit(1);
  return newer.length > 0;
}

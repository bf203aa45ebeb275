import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { compliance, driftChecks, facts } from '../../db/schema/index.ts';
import { type News, noteNews } from '../chat/alert-lines.pg.ts';
import type { Fact } from '../ledger/fact.ts';
import { appendFacts } from '../ledger/ledger.pg.ts';
import { projectCompliance } from '../ledger/projections.pg.ts';
import { DRIFT_RULES, STACK_DRIFT } from './findings.ts';
import {
  advance,
  type Check,
  checkOf,
  type DriftRow,
  type DriftRows,
  foldChecks,
  isNewer,
  rowKey,
  statusOf,
  turnsOf,
} from './fold.ts';
import { newsOf, troubleOf } from './news.ts';
import { isOfAnother } from './schedule.pg.ts';

/**
 * Folds the checks among new facts into the compliance table and tells the world what turned. A check that is newer
 * than all others goes on from the rows; one that comes late is folded again with all of its account's.
 */
export async function projectDrift(tx: Orm, fresh: readonly Fact[], now: Date): Promise<void> {
  for (const fact of fresh) {
    if (fact.type !== 'DriftChecked' || fact.accountId === undefined) continue;
    await projectCheck(tx, fact.accountId, checkOf(fact), now);
  }
}

async function projectCheck(tx: Orm, accountId: string, check: Check, now: Date): Promise<void> {
  const known = await lockKnown(tx, accountId, check, now);
  const before = await readRows(tx, accountId);
  const isNewest = known === undefined || isNewer(check, known);
  const after = isNewest ? advance(before, check) : foldChecks(await checksOf(tx, accountId));
  await writeRows(tx, accountId, after);
  if (isNewest) await writeNewest(tx, accountId, check, after);
  const turns = turnsOf(before, after);
  await projectCompliance(tx, await appendFacts(tx, newsOf(accountId, turns), now));
  // A look that comes late tells nothing new of now.
  if (isNewest)
    await noteNews(
      tx,
      turns.flatMap(({ row, before: was }) => alertOf(accountId, row, was)),
      now,
    );
}

/** What people are told: what has drifted and had not before. No exception covers it, so none is looked for. */
const alertOf = (accountId: string, row: DriftRow, before: DriftRow | undefined): News[] =>
  row.status !== 'NON_COMPLIANT' || before?.status === 'NON_COMPLIANT'
    ? []
    : [{ accountId, rule: row.rule, control: null, resourceId: row.resourceId }];

/**
 * The row's lock puts the checks of an account in one order. One that was given up for lost and ends late does not end the look
 * that was asked for since.
 * @returns the newest check before this one
 */
async function lockKnown(tx: Orm, accountId: string, { factId }: Check, now: Date) {
  await tx
    .insert(driftChecks)
    .values({ accountId, checkedAt: now })
    .onConflictDoUpdate({
      target: driftChecks.accountId,
      set: {
        checkedAt: sql`case when ${isOfAnother(factId)} then ${driftChecks.checkedAt} else excluded.checked_at end`,
      },
    });
  const [row] = await tx.select().from(driftChecks).where(eq(driftChecks.accountId, accountId)).for('update');
  if (row?.version == null || row.factId === null) return undefined;
  return { version: row.version, factId: row.factId };
}

/** Every check of an account: some hundreds in a year. */
async function checksOf(tx: Orm, accountId: string): Promise<Check[]> {
  const rows = await tx
    .select({ id: facts.id, version: facts.version, data: facts.data })
    .from(facts)
    .where(and(eq(facts.accountId, accountId), eq(facts.type, 'DriftChecked')));
  return rows.map(checkOf);
}

async function readRows(tx: Orm, accountId: string): Promise<DriftRows> {
  const rows = await tx
    .select()
    .from(compliance)
    .where(
      and(
        eq(compliance.accountId, accountId),
        inArray(compliance.rule, [...DRIFT_RULES]),
        ne(compliance.status, 'REMOVED'),
      ),
    );
  return new Map(
    rows.map((found) => {
      const { key: _key, accountId: _, evaluatedAt: _at, rule, status, ...rest } = found;
      const row = { ...rest, rule: rule as DriftRow['rule'], status: status as DriftRow['status'] };
      return [rowKey(row), { ...row, properties: [] }];
    }),
  );
}

async function writeRows(tx: Orm, accountId: string, rows: DriftRows): Promise<void> {
  if (rows.size === 0) return;
  const values = [...rows.values()].map(({ properties: _, factId, version, ...row }) => ({
    key: sql`finding_key(${accountId}, ${row.region}, ${row.rule}, ${row.resourceType}, ${row.resourceId})`,
    accountId,
    region: row.region,
    rule: row.rule,
    resourceType: row.resourceType,
    resourceId: row.resourceId,
    control: row.control,
    status: row.status,
    annotation: row.annotation,
    version,
    factId,
    evaluatedAt: new Date(version),
  }));
  await tx
    .insert(compliance)
    .values(values)
    .onConflictDoUpdate({
      target: compliance.key,
      set: {
        status: sql`excluded.status`,
        annotation: sql`excluded.annotation`,
        version: sql`excluded.version`,
        factId: sql`excluded.fact_id`,
        evaluatedAt: sql`excluded.evaluated_at`,
      },
    });
}

async function writeNewest(tx: Orm, accountId: string, check: Check, rows: DriftRows): Promise<void> {
  await tx
    .update(driftChecks)
    .set({
      version: check.version,
      factId: check.factId,
      status: statusOf(rows, check.data),
      trouble: troubleOf(check.data),
    })
    .where(eq(driftChecks.accountId, accountId));
}

/** What the newest look for drift at an account has found; undefined before the first. */
export async function driftOf(orm: Orm, accountId: string) {
  const [known] = await orm.select().from(driftChecks).where(eq(driftChecks.accountId, accountId));
  if (known?.version == null) return undefined;
  const rows = await orm
    .select()
    .from(compliance)
    .where(
      and(
        eq(compliance.accountId, accountId),
        eq(compliance.rule, STACK_DRIFT),
        ne(compliance.status, 'REMOVED'),
      ),
    )
    .orderBy(compliance.resourceId);
  return {
    status: known.status,
    checkedAt: new Date(known.version).toISOString(),
    stacks: rows.map((row) => ({
      resourceType: row.resourceType,
      resourceId: row.resourceId,
      region: row.region,
      status: row.status,
      ...(row.annotation === null ? {} : { annotation: row.annotation }),
    })),
    couldNotRead: known.trouble,
  };
}

import { type SQL, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { projectExceptions } from '../exceptions/project.pg.ts';
import { mirrorRows } from '../mirroring/coverage.pg.ts';
import { foldCoverage } from '../mirroring/coverage.ts';
import { type Comparison, compare, compareCounters, putCountersRight, putRight } from './compare.pg.ts';
import type { Fact } from './fact.ts';
import { lockLanes, toFact } from './ledger.pg.ts';
import { PROJECTIONS, TALLIES } from './projection-tables.ts';
import { reckonCounters, reckonFindings, reckonPostures } from './reckon.pg.ts';
import { openReplay, type Replay, type Row, type StoredRequest, transactionsOf } from './replay.ts';
import { replayFindings, replayLooks } from './replay-findings.ts';
import { readHeads } from './verify.pg.ts';

export type Rebuilt = {
  /** The head of the ledger whose facts were told again, by lane. */
  facts: number;
  tables: Comparison[];
  /** Whether what differed was put right. */
  repaired: boolean;
};

/** The facts that were taken out of this database, of all months. */
export type ArchivedFacts = (orm: Orm) => AsyncIterable<Fact>;

/** Rows of one statement. */
const AT_ONCE = 5_000;

class Undo extends Error {}

/**
 * Folds all facts anew beside the live projections and compares, in one snapshot and without a lock: nothing is changed and
 * nobody waits.
 * @param orm of a login that owns the tables; the service's own role may not
 * @throws MissingFacts when there are less than the lanes say
 */
export async function checkProjections(orm: Orm, archived?: ArchivedFacts): Promise<Rebuilt> {
  let rebuilt: Rebuilt | undefined;
  await orm
    .transaction(
      async (tx) => {
        rebuilt = await rebuildBeside(tx as unknown as Orm, archived);
        throw new Undo();
      },
      { isolationLevel: 'repeatable read' },
    )
    .catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error;
    });
  return rebuilt!;
}

/**
 * Makes the projections what the facts say. They are checked first; only when something differs, they are folded once more
 * with the lanes held: whoever adds to the ledger waits meanwhile, and whoever reads has the answers of before until the end.
 * Rows that do not differ are not touched.
 * @param only names of tables; all when it is left out
 * @throws MissingFacts
 */
export async function rebuildProjections(
  orm: Orm,
  only?: readonly string[],
  archived?: ArchivedFacts,
): Promise<Rebuilt> {
  const checked = await checkProjections(orm, archived);
  const wanted = (table: string) => only === undefined || only.includes(table);
  if (!checked.tables.some((t) => t.differing > 0 && wanted(t.table))) return checked;
  return orm.transaction(async (transaction) => {
    const tx = transaction as unknown as Orm;
    await tx.execute(sql`set local role none`);
    await lockLanes(tx);
    const rebuilt = await rebuildBeside(tx, archived);
    for (const table of PROJECTIONS)
      if (wanted(table.name) && differs(rebuilt, table.name)) await putRight(tx, table);
    if (wanted(TALLIES.name) && differs(rebuilt, TALLIES.name)) await putCountersRight(tx);
    return { ...rebuilt, repaired: true };
  });
}

const differs = ({ tables }: Rebuilt, name: string): boolean =>
  tables.some((t) => t.table === name && t.differing > 0);

/** Facts that the lanes count are not here: somebody has taken them away. */
export class MissingFacts extends Error {
  override readonly name = 'MissingFacts';
}

async function rebuildBeside(tx: Orm, archived?: ArchivedFacts): Promise<Rebuilt> {
  await tx.execute(sql`set local role none`);
  // Before the snapshot is taken: a month that is written anew meanwhile would not be in it.
  await tx.execute(sql`lock table public.facts in access share mode`);
  // Whatever was left by migrations or bulk loads, plans are made for tables that were filled a moment ago.
  for (const setting of ["work_mem = '256MB'", 'jit = off', 'enable_nestloop = on'])
    await tx.execute(sql.raw(`set local ${setting}`));
  for (const { name } of PROJECTIONS)
    await tx.execute(sql.raw(`create temp table rebuilt_${name} (like public.${name}) on commit drop`));
  if (archived) await bringBack(tx, archived);
  const facts = await wholeLedger(tx);
  const replay = await retell(tx);
  const changed = await retellFindings(tx, replay);
  await reckonFindings(tx, changed);
  await reckonPostures(tx);
  await reckonCounters(tx);
  const tables: Comparison[] = [];
  for (const table of PROJECTIONS) tables.push(await compare(tx, table));
  tables.push(await compareCounters(tx));
  return { facts, tables, repaired: false };
}

/**
 * Facts of the archive stand beside those of the database: for this transaction, `facts` are both. A view of this
 * transaction stands before the table of the schema.
 */
async function bringBack(tx: Orm, archived: ArchivedFacts): Promise<void> {
  await tx.execute(sql`create temp table archived_facts (like public.facts) on commit drop`);
  const put = async (lines: string[]) =>
    tx.execute(sql`
      insert into archived_facts (lane, seq, era, id, meaning, type, source, request_id, account_id, version, actor,
        occurred_at, recorded_at, data, hash)
      select f.lane, f.seq, left(f."recordedAt", 7), f.id, f.meaning, f.type, f.source, f."requestId", f."accountId", f.version,
        f.actor, f."occurredAt"::timestamptz, f."recordedAt"::timestamptz, f.data, f.hash
      from jsonb_to_recordset(${`[${lines.join(',')}]`}::jsonb) as f(lane smallint, seq bigint, id text, meaning text, type text,
        source text, "requestId" text, "accountId" text, version bigint, actor text, "occurredAt" text, "recordedAt" text,
        data jsonb, hash text)`);
  let lines: string[] = [];
  for await (const fact of archived(tx)) {
    lines.push(JSON.stringify(fact));
    if (lines.length === AT_ONCE) {
      await put(lines);
      lines = [];
    }
  }
  if (lines.length > 0) await put(lines);
  await tx.execute(sql.raw('create index on archived_facts (account_id, seq)'));
  await tx.execute(sql.raw('analyze archived_facts'));
  await tx.execute(
    sql`create temp view facts as select * from public.facts union all select * from pg_temp.archived_facts`,
  );
}

/** @returns how many facts there are. @throws MissingFacts */
async function wholeLedger(tx: Orm): Promise<number> {
  const heads = await readHeads(tx);
  const there = await rowsOf<{ lane: number; n: string }>(
    tx,
    sql`select lane, count(*)::text as n from facts group by lane`,
  );
  for (const { lane, facts } of heads) {
    const n = Number(there.find((row) => row.lane === lane)?.n ?? 0);
    if (n !== facts)
      throw new MissingFacts(
        `Lane ${lane} has ${n} facts here, and its head counts ${facts}. Projections are rebuilt from all of them: ` +
          'have the archive of months at hand (JETWAY_ARCHIVE), verify the ledger, and restore what is missing from a backup.',
      );
  }
  return heads.reduce((sum, head) => sum + head.facts, 0);
}

/** Facts that are told again in memory: those of governance, and what the reconciler has said. */
async function* governance(tx: Orm): AsyncGenerator<Fact> {
  for (let after = 0; ; ) {
    const rows = await rowsOf<Parameters<typeof toFact>[0]>(
      tx,
      sql`select lane, seq, id, meaning, type, source, request_id as "requestId", account_id as "accountId", version, actor,
          occurred_at as "occurredAt", recorded_at as "recordedAt", data, hash from facts
        where seq > ${after} and type not in ('ComplianceChanged', 'DriftChecked', 'DriftDetected')
          and (lane = 0 or type in ('AccountJoined', 'AccountMoved', 'AccountRenamed', 'AccountStateChanged', 'AccountLeft',
            'AccountClassified', 'ProductChanged', 'PolicyAttached', 'PolicyDetached', 'ControlEnabled', 'ControlDisabled',
            'StackChanged', 'StackInstanceChanged'))
        order by seq limit ${AT_ONCE}`,
    );
    for (const row of rows) yield readFact(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < AT_ONCE) return;
    after = Number(last.seq);
  }
}

/** Hand-written statements give what the driver makes of numbers and times. */
const readFact = (row: Parameters<typeof toFact>[0]): Fact =>
  toFact({
    ...row,
    seq: Number(row.seq),
    version: Number(row.version),
    occurredAt: new Date(row.occurredAt),
    recordedAt: new Date(row.recordedAt),
  });

async function retell(tx: Orm): Promise<Replay> {
  const requests = new Map<string, StoredRequest>();
  const stored = await rowsOf<StoredRequest>(
    tx,
    sql`select id, kind, team, body, plan_text as "planText", created_at as "createdAt" from account_requests`,
  );
  for (const one of stored)
    requests.set(one.id, { ...one, createdAt: new Date(one.createdAt).toISOString() });
  const replay = openReplay(requests);
  const excepting: Fact[] = [];
  const mirroring = new Map<string, Fact[]>();
  const all: Fact[] = [];
  for await (const fact of governance(tx)) {
    all.push(fact);
    if (fact.type.startsWith('Exception')) excepting.push(fact);
    if (fact.type === 'MirrorSessionChanged' && fact.accountId !== undefined)
      mirroring.set(fact.accountId, [...(mirroring.get(fact.accountId) ?? []), fact]);
  }
  for (const group of transactionsOf(all)) replay.take(group);
  for (const [table, rows] of Object.entries(replay.tables())) await fill(tx, table, rows);
  await retellExceptions(tx, excepting);
  for (const [accountId, facts] of mirroring) {
    const coverage = foldCoverage(facts);
    if (!coverage) continue;
    const rows = mirrorRows(accountId, coverage);
    await fill(tx, 'mirror_accounts', [rows.mirror_accounts]);
    await fill(tx, 'mirror_interfaces', rows.mirror_interfaces);
  }
  return replay;
}

/** By the product's own hand: a table of this transaction stands before the one of the schema. */
async function retellExceptions(tx: Orm, facts: readonly Fact[]): Promise<void> {
  await tx.execute(
    sql`create temp table exceptions (like public.exceptions including defaults including indexes) on commit drop`,
  );
  for (const group of transactionsOf(facts)) await projectExceptions(tx, group);
  await tx.execute(sql`insert into rebuilt_exceptions select * from pg_temp.exceptions`);
  await tx.execute(sql`drop table pg_temp.exceptions`);
}

async function fill(tx: Orm, table: string, rows: readonly Row[]): Promise<void> {
  for (let i = 0; i < rows.length; i += AT_ONCE)
    await tx.execute(
      sql`insert into ${sql.raw(`rebuilt_${table}`)}
        select * from jsonb_populate_recordset(null::${sql.raw(`public.${table}`)}, ${JSON.stringify(rows.slice(i, i + AT_ONCE))}::jsonb)`,
    );
}

/**
 * Looks for drift, and findings of accounts whose guardrails were changed: in these the order matters.
 * @returns the accounts whose findings are told
 */
async function retellFindings(tx: Orm, replay: Replay): Promise<string[]> {
  const changed = [...replay.turns].flatMap(([id, turns]) => (turns.some((t) => t.changed) ? [id] : []));
  const looked = await rowsOf<{ account_id: string }>(
    tx,
    sql`select distinct account_id from facts where era = 'governance' and type = 'DriftChecked' and account_id is not null`,
  );
  for (const { account_id: id } of looked) {
    const { compliance, check } = replayLooks(id, await factsAbout(tx, id, sql`type = 'DriftChecked'`));
    await fill(tx, 'drift_checks', [{ heard_of: [], ...check }]);
    if (!changed.includes(id)) await fillFindings(tx, { compliance, history: [] });
  }
  for (const id of changed) {
    const facts = await factsAbout(tx, id, sql`type in ('ComplianceChanged', 'DriftChecked')`);
    await fillFindings(tx, replayFindings(id, facts, replay.turns.get(id) ?? []));
  }
  return changed;
}

const factsAbout = async (tx: Orm, accountId: string, which: SQL): Promise<Fact[]> =>
  (
    await rowsOf<Parameters<typeof toFact>[0]>(
      tx,
      sql`select lane, seq, id, meaning, type, source, request_id as "requestId", account_id as "accountId", version, actor,
          occurred_at as "occurredAt", recorded_at as "recordedAt", data, hash
        from facts where account_id = ${accountId} and ${which} order by seq`,
    )
  ).map(readFact);

async function fillFindings(
  tx: Orm,
  { compliance, history }: { compliance: readonly Row[]; history: readonly Row[] },
): Promise<void> {
  const key = sql`finding_key(v.account_id, v.region, v.rule, v.resource_type, v.resource_id)`;
  await tx.execute(sql`
    insert into rebuilt_compliance (key, account_id, region, rule, resource_type, resource_id, control, status, version,
      fact_id, annotation, evaluated_at)
    select ${key}, v.account_id, v.region, v.rule, v.resource_type, v.resource_id, v.control, v.status, v.version,
      v.fact_id, v.annotation, v.evaluated_at
    from jsonb_populate_recordset(null::public.compliance, ${JSON.stringify(compliance)}::jsonb) v`);
  await tx.execute(sql`
    insert into rebuilt_compliance_history (key, version, status, fact_id, recorded_at, account_id)
    select ${key}, v.version, v.status, v.fact_id, v.recorded_at, v.account_id
    from jsonb_to_recordset(${JSON.stringify(history)}::jsonb) as v(account_id text, region text, rule text,
      resource_type text, resource_id text, version bigint, status text, fact_id text, recorded_at timestamptz)`);
}

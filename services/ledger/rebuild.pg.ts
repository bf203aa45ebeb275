import { type SQL, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { projectExceptions } from '../exceptions/project.pg.ts';
import type { Fact } from './fact.ts';
import { lockLanes, toFact } from './ledger.pg.ts';
import { PROJECTIONS, type ProjectionTable, TALLIES } from './projection-tables.ts';
import { openReplay, type Replay, type Row, type StoredRequest, transactionsOf } from './replay.ts';
import { replayFindings, replayLooks } from './replay-findings.ts';
import { readHeads } from './verify.pg.ts';

/** How a projection compares with what the facts make of it; `sample` has the keys of some rows that differ. */
export type Comparison = {
  table: string;
  rows: { live: number; rebuilt: number };
  /** Over all rows, in no order. */
  hash: { live: string; rebuilt: string };
  differing: number;
  sample: string[];
};

export type Rebuilt = {
  /** The head of the ledger whose facts were told again, by lane. */
  facts: number;
  tables: Comparison[];
  /** Whether what differed was put right. */
  repaired: boolean;
};

/** Rows of one statement. */
const AT_ONCE = 5_000;
const SAMPLE = 5;

class Undo extends Error {}

/**
 * Folds all facts anew beside the live projections and compares, in one snapshot and without a lock: nothing is changed and
 * nobody waits.
 * @param orm of a login that owns the tables; the service's own role may not
 * @throws MissingFacts when there are less than the lanes say
 */
export async function checkProjections(orm: Orm): Promise<Rebuilt> {
  let rebuilt: Rebuilt | undefined;
  await orm
    .transaction(
      async (tx) => {
        rebuilt = await rebuildBeside(tx as unknown as Orm);
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
export async function rebuildProjections(orm: Orm, only?: readonly string[]): Promise<Rebuilt> {
  const checked = await checkProjections(orm);
  const wanted = (table: string) => only === undefined || only.includes(table);
  if (!checked.tables.some((t) => t.differing > 0 && wanted(t.table))) return checked;
  return orm.transaction(async (transaction) => {
    const tx = transaction as unknown as Orm;
    await tx.execute(sql`set local role none`);
    await lockLanes(tx);
    const rebuilt = await rebuildBeside(tx);
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

async function rebuildBeside(tx: Orm): Promise<Rebuilt> {
  await tx.execute(sql`set local role none`);
  // Whatever was left by migrations or bulk loads, plans are made for tables that were filled a moment ago.
  for (const setting of ["work_mem = '256MB'", 'jit = off', 'enable_nestloop = on'])
    await tx.execute(sql.raw(`set local ${setting}`));
  for (const { name } of PROJECTIONS)
    await tx.execute(sql.raw(`create temp table rebuilt_${name} (like public.${name}) on commit drop`));
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
          'verify the ledger, and restore what is missing from a backup.',
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
  const all: Fact[] = [];
  for await (const fact of governance(tx)) {
    all.push(fact);
    if (fact.type.startsWith('Exception')) excepting.push(fact);
  }
  for (const group of transactionsOf(all)) replay.take(group);
  for (const [table, rows] of Object.entries(replay.tables())) await fill(tx, table, rows);
  await retellExceptions(tx, excepting);
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

/** The newest word about each finding at each instant, and of all instants; in any order, which is why it is one statement. */
async function reckonFindings(tx: Orm, told: readonly string[]): Promise<void> {
  const left = sql`array(select jsonb_array_elements_text(${JSON.stringify(told)}::jsonb))`;
  await tx.execute(sql`
    create temp table heard on commit drop as
    select finding_key(f.account_id, d.region, d.rule, d."resourceType", d."resourceId") as key, f.account_id, f.version,
      f.id collate "C" as fact_id, f.occurred_at, f.recorded_at, d.region, d.rule, d."resourceType" as resource_type,
      d."resourceId" as resource_id, d.status, d.annotation, d.control, f.source = 'jetway' as own
    from facts f cross join lateral jsonb_to_record(f.data) as d(region text, rule text, "resourceType" text,
      "resourceId" text, status text, annotation text, control text)
    where f.type = 'ComplianceChanged' and f.account_id is not null and f.account_id <> all (${left})
      and starts_with(d.rule, 'jetway:') = (f.source = 'jetway')`);
  await tx.execute(sql`
    insert into rebuilt_compliance_history (key, version, status, fact_id, recorded_at, account_id)
    select distinct on (key, version) key, version, status, fact_id, recorded_at, account_id from heard
    order by key, version, fact_id desc`);
  await tx.execute(sql`
    insert into rebuilt_compliance (key, account_id, region, rule, resource_type, resource_id, control, status, version,
      fact_id, annotation, evaluated_at)
    select n.key, n.account_id, n.region, n.rule, n.resource_type, n.resource_id, g.control, n.status, n.version, n.fact_id,
      n.annotation, n.occurred_at
    from (select distinct on (key) * from heard where not own order by key, version desc, fact_id desc) n
    left join (select account_id, carrier, min(control) as control from rebuilt_account_guardrails group by 1, 2) g
      on g.account_id = n.account_id and g.carrier = n.rule`);
  await tx.execute(sql.raw('analyze rebuilt_compliance'));
  await tx.execute(sql.raw('analyze rebuilt_compliance_history'));
}

/** What the sums of each account did when, and in which states that put it. */
async function reckonPostures(tx: Orm): Promise<void> {
  await tx.execute(sql`
    insert into rebuilt_posture_steps (account_id, at, control, open, passed, detective, guardrails)
    select account_id, at, control, sum(open), sum(passed), sum(detective), sum(guardrails) from (
      select account_id, version as at, control, is_open(status) - coalesce(is_open(before), 0) as open,
        is_passed(status, own) - coalesce(is_passed(before, own), 0) as passed, 0 as detective, 0 as guardrails
      from (select h.account_id, h.version, h.status, c.own, coalesce(c.control, case when c.own then c.rule end) as control,
          lag(h.status) over (partition by h.key order by h.version) as before
        from rebuilt_compliance_history h
        join (select key, control, rule, starts_with(rule, 'jetway:') as own from rebuilt_compliance) c on c.key = h.key) turns
      where control is not null
      union all
      select s.account_id, e.at, s.control, 0, 0, case when s.kind = 'detective' then e.n else 0 end, e.n
      from rebuilt_guardrail_spans s cross join lateral (values (s.from_at, 1), (s.to_at, -1)) as e(at, n)
      where e.at is not null) steps
    group by 1, 2, 3 having (sum(open), sum(passed), sum(detective), sum(guardrails)) <> (0, 0, 0, 0)`);
  await tx.execute(sql.raw('analyze rebuilt_posture_steps'));
  await tx.execute(sql`
    insert into rebuilt_posture_flips (account_id, at, state, n)
    select account_id, at, turn.state, turn.n from (
      select account_id, at, state, lag(state) over (partition by account_id order by at) as before from (
        select account_id, at, posture_state((sum(open) over upto)::bigint, (sum(passed) over upto)::bigint,
          (sum(detective) over upto)::bigint, (sum(guardrails) over upto)::bigint) as state
        from (select account_id, at, sum(open) as open, sum(passed) as passed, sum(detective) as detective,
          sum(guardrails) as guardrails from rebuilt_posture_steps group by 1, 2) sums
        window upto as (partition by account_id order by at)) states) turned
    cross join lateral (values (turned.state, 1), (turned.before, -1)) as turn(state, n)
    where turned.state is distinct from turned.before and turn.state is not null`);
  await tx.execute(sql`
    insert into rebuilt_account_posture (account_id, team, organizational_unit_id, open, passed, detective, guardrails)
    select s.account_id, a.team, a.organizational_unit_id, s.open, s.passed, s.detective, s.guardrails
    from (select account_id, sum(open) as open, sum(passed) as passed, sum(detective) as detective,
      sum(guardrails) as guardrails from rebuilt_posture_steps group by 1) s
    left join rebuilt_accounts a using (account_id)`);
}

/** Counters are sums of the same changes, for everybody and for teams, of now and of months, days and hours. */
async function reckonCounters(tx: Orm): Promise<void> {
  await tx.execute(sql`
    create temp table rebuilt_tallies on commit drop as
    with hourly as materialized (
      select measure, key, team, at - at % 3600000 as hour, sum(n) as n from (
        select 'accounts' as measure, s.status as key, s.team, e.at, e.n from rebuilt_account_spans s
        cross join lateral (values (s.from_at, 1), (s.to_at, -1)) as e(at, n) where e.at is not null
        union all
        select 'guardrails', s.control, a.team, e.at, e.n from rebuilt_guardrail_spans s
        left join rebuilt_accounts a using (account_id)
        cross join lateral (values (s.from_at, 1), (s.to_at, -1)) as e(at, n) where e.at is not null
        union all
        select 'compliance', f.state, a.team, f.at, f.n from rebuilt_posture_flips f
        left join rebuilt_accounts a using (account_id)
        union all
        select 'violations', control, null, at, open from rebuilt_posture_steps where open <> 0) changes
      group by 1, 2, 3, 4
    ), months as materialized (
      select hour, month_start(hour) as month from (select distinct hour from hourly) h
    )
    select s.scope, c.measure, b.level::smallint as level, b.start, c.key, sum(c.n)::bigint as n
    from hourly c join months using (hour)
    cross join lateral (values ('*'), ('team:' || c.team)) as s(scope)
    cross join lateral (values (0, 0::bigint), (1, months.month), (2, c.hour - c.hour % 86400000), (3, c.hour))
      as b(level, start)
    where s.scope is not null group by 1, 2, 3, 4, 5 having sum(c.n) <> 0`);
}

const columnsOf = (columns: readonly string[], alias: string): string =>
  columns.map((column) => `${alias}."${column}"`).join(', ');

const compare = (tx: Orm, table: ProjectionTable): Promise<Comparison> => {
  const where = table.rows === undefined ? '' : ` where ${table.rows}`;
  return compareSets(tx, table, {
    live: `select * from public.${table.name}${where}`,
    rebuilt: `select * from rebuilt_${table.name}${where}`,
  });
};

const LIVE_TALLIES =
  'select scope, measure, level, start, key, sum(n)::bigint as n from public.tallies group by 1, 2, 3, 4, 5 having sum(n) <> 0';

const compareCounters = (tx: Orm): Promise<Comparison> =>
  compareSets(tx, TALLIES, { live: LIVE_TALLIES, rebuilt: 'select * from rebuilt_tallies' });

async function compareSets(
  tx: Orm,
  { name, key, columns }: Pick<ProjectionTable, 'name' | 'key' | 'columns'>,
  sides: { live: string; rebuilt: string },
): Promise<Comparison> {
  const all = [...key, ...columns];
  const hashOf = async (side: string) => {
    const [row] = await rowsOf<{ n: string; hash: string | null }>(
      tx,
      sql.raw(`select count(*)::text as n, sum(hash_record_extended(row(${columnsOf(all, 't')}), 0)::numeric)::text as hash
        from (${side}) t`),
    );
    return { n: Number(row?.n), hash: row?.hash ?? '0' };
  };
  const [live, rebuilt] = [await hashOf(sides.live), await hashOf(sides.rebuilt)];
  const same = live.n === rebuilt.n && live.hash === rebuilt.hash;
  const found = same
    ? []
    : await rowsOf<{ row: string; n: string }>(
        tx,
        sql.raw(`select concat_ws(' ', ${key.map((k) => `coalesce(l."${k}"::text, r."${k}"::text)`).join(', ')}) as row,
            count(*) over ()::text as n
          from (${sides.live}) l full join (${sides.rebuilt}) r
            on (${columnsOf(key, 'l')}) = (${columnsOf(key, 'r')})
          where l."${key[0]}" is null or r."${key[0]}" is null
            or (${columnsOf(columns, 'l')}) is distinct from (${columnsOf(columns, 'r')})
          order by 1 limit ${SAMPLE}`),
      );
  return {
    table: name,
    rows: { live: live.n, rebuilt: rebuilt.n },
    hash: { live: live.hash, rebuilt: rebuilt.hash },
    differing: Number(found[0]?.n ?? 0),
    sample: found.map(({ row }) => row),
  };
}

/** Rows that differ become what was rebuilt; rows that nothing was told of go. */
async function putRight(tx: Orm, { name, key, columns, rows }: ProjectionTable): Promise<void> {
  const same = `(${columnsOf(key, 'l')}) = (${columnsOf(key, 'r')})`;
  const its = rows === undefined ? '' : ` and ${rows}`;
  if (name === 'drift_checks')
    await tx.execute(
      sql.raw(`update public.${name} l set version = null, fact_id = null, status = null, trouble = null
        where not exists (select from rebuilt_${name} r where ${same})${its}`),
    );
  else
    await tx.execute(
      sql.raw(
        `delete from public.${name} l where not exists (select from rebuilt_${name} r where ${same})${its}`,
      ),
    );
  const into = await rowsOf<{ column: string }>(
    tx,
    sql`select attname as column from pg_attribute where attrelid = ${`public.${name}`}::regclass and attnum > 0
      and not attisdropped order by attnum`,
  );
  const list = into.map(({ column }) => `"${column}"`).join(', ');
  await tx.execute(
    sql.raw(`insert into public.${name} as l (${list}) select ${list} from rebuilt_${name} r${rows === undefined ? '' : ` where ${rows}`}
      on conflict (${key.map((k) => `"${k}"`).join(', ')}) do update set
        ${columns.map((column) => `"${column}" = excluded."${column}"`).join(', ')}
      where (${columnsOf(columns, 'l')}) is distinct from (${columnsOf(columns, 'excluded')})`),
  );
}

async function putCountersRight(tx: Orm): Promise<void> {
  await tx.execute(
    sql.raw(`create temp table wrong_tallies on commit drop as
    select coalesce(l.scope, r.scope) as scope, coalesce(l.measure, r.measure) as measure, coalesce(l.level, r.level) as level,
      coalesce(l.start, r.start) as start, coalesce(l.key, r.key) as key, coalesce(r.n, 0) as n
    from (${LIVE_TALLIES}) l full join rebuilt_tallies r using (scope, measure, level, start, key)
    where l.n is distinct from r.n`),
  );
  await tx.execute(sql`delete from public.tallies t using wrong_tallies w
    where (t.scope, t.measure, t.level, t.start, t.key) = (w.scope, w.measure, w.level, w.start, w.key)`);
  await tx.execute(sql`insert into public.tallies (scope, measure, level, start, key, lane, n)
    select scope, measure, level, start, key, 0, n from wrong_tallies where n <> 0`);
}

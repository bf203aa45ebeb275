import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { type ProjectionTable, TALLIES } from './projection-tables.ts';

/** How a projection compares with what the facts make of it; `sample` has the keys of some rows that differ. */
export type Comparison = {
  table: string;
  rows: { live: number; rebuilt: number };
  /** Over all rows, in no order. */
  hash: { live: string; rebuilt: string };
  differing: number;
  sample: string[];
};

/** Rows that are named. */
const SAMPLE = 5;

const columnsOf = (columns: readonly string[], alias: string): string =>
  columns.map((column) => `${alias}."${column}"`).join(', ');

export const compare = (tx: Orm, table: ProjectionTable): Promise<Comparison> => {
  const where = table.rows === undefined ? '' : ` where ${table.rows}`;
  return compareSets(tx, table, {
    live: `select * from public.${table.name}${where}`,
    rebuilt: `select * from rebuilt_${table.name}${where}`,
  });
};

const LIVE_TALLIES =
  'select scope, measure, level, start, key, sum(n)::bigint as n from public.tallies group by 1, 2, 3, 4, 5 having sum(n) <> 0';

export const compareCounters = (tx: Orm): Promise<Comparison> =>
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
export async function putRight(tx: Orm, { name, key, columns, rows }: ProjectionTable): Promise<void> {
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

export async function putCountersRight(tx: Orm): Promise<void> {
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

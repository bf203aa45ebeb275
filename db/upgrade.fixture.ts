import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { NEWEST_MIGRATIONS } from '../test/support/migrations.ts';
import { type Orm, rowsOf } from './client.ts';

type Column = { table: string; name: string; type: string };
type Made = { table: string; row: Record<string, unknown> };

/** The number of the newest migration. */
export function newestIndex(): number {
  const journal = readFileSync(join(NEWEST_MIGRATIONS, 'meta', '_journal.json'), 'utf8');
  const { entries } = JSON.parse(journal) as { entries: { idx: number }[] };
  return Math.max(...entries.map(({ idx }) => idx));
}

/** The ledger itself has rows that hang together; they have tests of their own. */
const CHAINED = ['facts', 'ledger_head', 'ledger_lanes'];

/** What a column may not be made up for: a migration or a constraint looks into it. */
const NEEDED: Record<string, unknown> = {
  'account_requests.plan_text': '{}',
  'decisions.decision': 'approve',
};

/** One row for every table that a schema has, with something in every column. `n` tells rows apart. */
export async function madeUpRows(orm: Orm, n: number): Promise<Made[]> {
  const columns = await rowsOf<Column>(
    orm,
    sql`select c.relname as "table", a.attname as name, format_type(a.atttypid, null) as type
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      order by c.relname, a.attnum`,
  );
  const tables = new Map<string, Made>();
  for (const column of columns) {
    const { table, name } = column;
    if (CHAINED.includes(table)) continue;
    const made = tables.get(table) ?? { table, row: {} };
    made.row[name] = NEEDED[`${table}.${name}`] ?? madeUp(column, n);
    tables.set(table, made);
  }
  return [...tables.values()];
}

function madeUp({ table, name, type }: Column, n: number): unknown {
  if (type.endsWith('[]')) return [];
  switch (type) {
    case 'text':
      return `${table}.${name}.${n}`;
    case 'smallint':
    case 'integer':
    case 'bigint':
      return n;
    case 'double precision':
      return n + 0.5;
    case 'boolean':
      return n % 2 === 0;
    case 'jsonb':
      return { [name]: n };
    case 'cidr':
      return `10.${n}.0.0/16`;
    case 'uuid':
      return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    case 'timestamp with time zone':
      return new Date(Date.UTC(2026, 2, 4, 10, n)).toISOString().replace('.000Z', '+00:00');
    default:
      throw new Error(`nothing is made up for a ${type} (${table}.${name})`);
  }
}

import { PGlite } from '@electric-sql/pglite';
import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { APP_ROLE } from '../../db/roles.ts';
import { addEras } from '../../services/ledger/housekeeping.pg.ts';
import { madeBefore } from '../support/made-before.ts';
import { ormOf } from './gated-database.ts';

/** One embedded Postgres for all schedules of this process, with the product's own schema. */
export type SimDatabase = {
  client: PGlite;
  /** Past all turns: for the harness itself. */
  orm: Orm;
  /** Takes everything back to what the migrations leave. */
  reset(): Promise<void>;
  close(): Promise<void>;
};

type Table = { name: string; column: string | null };

export async function openSimDatabase(now: Date): Promise<SimDatabase> {
  const client = await PGlite.create({ loadDataDir: await madeBefore() });
  const orm = ormOf(client);
  await orm.execute(sql.raw(`set role ${APP_ROLE}`));
  await addEras(orm, now);
  const tables = await rowsOf<Table>(orm, TABLES);
  const seeded: { name: string; rows: string }[] = [];
  await client.exec('reset role');
  for (const { name } of tables) {
    const { rows } = await client.query<{ rows: string | null }>(
      `select json_agg(t)::text as rows from ${name} t`,
    );
    if (rows[0]?.rows) seeded.push({ name, rows: rows[0].rows });
  }
  await client.exec(`set role ${APP_ROLE}`);
  const filled = tables.map(({ name }) => `select '${name}' as name where exists (select from ${name})`);
  const sequences = await rowsOf<{ name: string }>(orm, SEQUENCES);
  return {
    client,
    orm,
    async reset() {
      await client.exec('rollback; reset role');
      const { rows } = await client.query<{ name: string }>(filled.join(' union all '));
      const restart = sequences.map(({ name }) => `alter sequence ${name} restart;`).join('');
      await client.exec(
        `begin; set local session_replication_role = replica;
         truncate ${rows.map(({ name }) => name).join(', ')} cascade; ${restart}`,
      );
      for (const { name, rows: kept } of seeded) {
        await client.query(`insert into ${name} select * from json_populate_recordset(null::${name}, $1)`, [
          kept,
        ]);
      }
      await client.exec(`commit; set role ${APP_ROLE}`);
    },
    close: () => client.close(),
  };
}

/** Not the parts of partitioned tables: what is truncated above them goes too. */
const TABLES = sql`select format('%I.%I', n.nspname, c.relname) as name from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1`;

const SEQUENCES = sql`select format('%I.%I', n.nspname, c.relname) as name from pg_class c
  join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'S' order by 1`;

import { AsyncLocalStorage } from 'node:async_hooks';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEWEST_MIGRATIONS } from '../test/support/migrations.ts';
import { type PostgresCluster, startPostgres } from '../test/support/postgres-cluster.ts';
import { askNamed, type Database, rowsOf, sqlState, transact } from './client.ts';
import { openEmbedded } from './embedded.ts';
import type { Observe } from './observe.ts';
import { openPostgres } from './postgres.ts';
import { rowsOfFunction } from './prepared.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres();
}, 120_000);
afterAll(() => cluster?.stop());

const current = new AsyncLocalStorage<string[]>();
/** Notes what is asked with whoever asks, and the SQLSTATE of what fails. */
const observe: Observe = ({ summary }) => {
  const own = current.getStore();
  if (!own) return undefined;
  return (error) => void own.push(error === undefined ? summary : `${summary} ${sqlState(error)}`);
};

const engines: [string, () => Promise<Database>][] = [
  [
    'Postgres',
    async () => openPostgres(await cluster.createDatabase('observed'), NEWEST_MIGRATIONS, { observe }),
  ],
  ['PGlite', () => openEmbedded(null, NEWEST_MIGRATIONS, { observe })],
];

describe.each(engines)('statements on %s', (_engine, open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  }, 60_000);
  afterAll(() => database?.close());

  const asked = async (work: () => Promise<unknown>): Promise<string[]> => {
    const own: string[] = [];
    await current.run(own, work);
    return own;
  };

  it('are told one by one, in a transaction and without, by name and by function', async () => {
    const { orm } = database;
    expect(await asked(() => rowsOf(orm, sql`select * from asks where id = ${'a secret'}`))).toEqual([
      'SELECT asks',
    ]);
    expect(
      await asked(() => askNamed(orm, { name: 'by_name', text: 'select id from asks where id = $1' }, ['x'])),
    ).toEqual([expect.stringMatching(/^SELECT (by_name|asks)$/)]);
    expect(await asked(() => rowsOfFunction(orm, 'upper', ['x']))).toEqual(['SELECT upper']);
    expect(
      await asked(() =>
        transact(orm, async (tx) => {
          await rowsOf(tx, sql`delete from webhook_nonces where nonce = ${'x'}`);
        }),
      ),
    ).toContain('DELETE webhook_nonces');
  });

  it('that fail are told with their SQLSTATE, and fail as before', async () => {
    const refused = asked(() => rowsOf(database.orm, sql`select nothing from asks`).catch(sqlState));
    expect(await refused).toEqual(['SELECT asks 42703']);
  });

  it('stay with whoever asked, also when there are more of them than connections', async () => {
    const told = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        asked(async () => {
          await rowsOf(database.orm, sql`select pg_sleep(0.005)`);
          await rowsOf(
            database.orm,
            i % 2 === 0 ? sql`select * from asks limit 1` : sql`select * from outbox limit 1`,
          );
        }),
      ),
    );
    for (const [i, own] of told.entries())
      expect(own).toEqual(['SELECT pg_sleep', i % 2 === 0 ? 'SELECT asks' : 'SELECT outbox']);
  });

  it('are asked as ever where nobody follows', async () => {
    expect(await rowsOf(database.orm, sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import type { Database } from '../../db/client.ts';
import { openDatabase } from '../../db/open.ts';
import { madeBefore, migrations } from './made-before.ts';
import { clusterAt, type PostgresCluster, startPostgres } from './postgres-cluster.ts';
import { TEMPLATE } from './shared-postgres.ts';

export type OpenedDatabase = {
  database: Database;
  /** Of a real Postgres, for a second client; undefined for PGlite. */
  url: string | undefined;
  close(): Promise<void>;
};

type Engine = { name: 'PGlite' | 'Postgres'; open(): Promise<OpenedDatabase> };

const pglite: Engine = {
  name: 'PGlite',
  async open() {
    const { openEmbedded } = await import('../../db/embedded.ts');
    const database = await openEmbedded(null, migrations, { made: await madeBefore() });
    return { database, url: undefined, close: () => database.close() };
  },
};

const postgresOf = (cluster: () => Promise<PostgresCluster>, template?: string): Engine => ({
  name: 'Postgres',
  async open() {
    // No counter: a spec that loads everything anew would begin it again.
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    const url = await (await cluster()).createDatabase(name, template);
    const database = await openDatabase({ url });
    return { database, url, close: () => database.close() };
  },
});

/**
 * Both engines that Jetway runs on; every integration suite runs on each. On Postgres every `open` is a fresh database of
 * one cluster for all specs, so what belongs to a cluster (roles above all) is not to be changed here.
 */
export const databases: readonly Engine[] = [
  pglite,
  postgresOf(() => clusterAt(inject('postgres'), async () => {}), TEMPLATE),
];

/** The same, with a cluster of the file's own. */
export function databasesOfOwn(): readonly Engine[] {
  let cluster: Promise<PostgresCluster> | undefined;
  afterAll(async () => {
    await (await cluster?.catch(() => undefined))?.stop();
  });
  return [
    pglite,
    postgresOf(() => {
      cluster ??= startPostgres();
      return cluster;
    }),
  ];
}

import { afterAll } from 'vitest';
import type { Database } from '../../db/client.ts';
import { openDatabase } from '../../db/open.ts';
import { type PostgresCluster, startPostgres } from './postgres-cluster.ts';

export type OpenedDatabase = {
  database: Database;
  /** Of a real Postgres, for a second client; undefined for PGlite. */
  url: string | undefined;
  close(): Promise<void>;
};

let cluster: Promise<PostgresCluster> | undefined;
let made = 0;

// One cluster for each spec file: this module is loaded afresh for every one.
afterAll(async () => {
  await (await cluster?.catch(() => undefined))?.stop();
});

/**
 * Both engines that Jetway runs on; every integration suite runs on each. PGlite costs seconds and 800 MB to open, so
 * open it once in a file; on Postgres every `open` is a fresh database.
 */
export const databases: readonly { name: 'PGlite' | 'Postgres'; open(): Promise<OpenedDatabase> }[] = [
  {
    name: 'PGlite',
    async open() {
      const database = await openDatabase({ dir: null });
      return { database, url: undefined, close: () => database.close() };
    },
  },
  {
    name: 'Postgres',
    async open() {
      cluster ??= startPostgres();
      const url = await (await cluster).createDatabase(`test_${++made}`);
      const database = await openDatabase({ url });
      return { database, url, close: () => database.close() };
    },
  },
];

import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, inject } from 'vitest';
import type { Database } from '../../db/client.ts';
import { openDatabase } from '../../db/open.ts';
import { clusterAt, type PostgresCluster, startPostgres } from './postgres-cluster.ts';
import { TEMPLATE } from './shared-postgres.ts';

export type OpenedDatabase = {
  database: Database;
  /** Of a real Postgres, for a second client; undefined for PGlite. */
  url: string | undefined;
  close(): Promise<void>;
};

type Engine = { name: 'PGlite' | 'Postgres'; open(): Promise<OpenedDatabase> };

const migrations = fileURLToPath(new URL('../../db/migrations', import.meta.url));

const pglite: Engine = {
  name: 'PGlite',
  async open() {
    const { openEmbedded } = await import('../../db/embedded.ts');
    const database = await openEmbedded(null, migrations, await madeBefore());
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

/**
 * To make a PGlite database costs five seconds of a processor; to begin with one that was made before, less than one. It is
 * kept among temporary files under a name that says what it was made from.
 */
async function madeBefore(): Promise<Blob> {
  const hash = createHash('sha256');
  hash.update(createRequire(import.meta.url).resolve('@electric-sql/pglite'));
  hash.update(readFileSync(fileURLToPath(new URL('../../package-lock.json', import.meta.url))));
  hash.update(readFileSync(fileURLToPath(new URL('../../db/roles.ts', import.meta.url))));
  const journal = join('meta', '_journal.json');
  for (const name of [
    ...readdirSync(migrations)
      .filter((n) => n.endsWith('.sql'))
      .sort(),
    journal,
  ])
    hash.update(`${name}\n`).update(readFileSync(join(migrations, name)));
  const file = join(tmpdir(), `jetway-pglite-${hash.digest('hex').slice(0, 16)}.tar`);
  if (existsSync(file)) return new Blob([readFileSync(file)]);
  const { dumpEmbedded } = await import('../../db/embedded.ts');
  const dump = await dumpEmbedded(migrations);
  // Two may make it at once: the same, and each renamed when whole.
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, Buffer.from(await dump.arrayBuffer()));
  renameSync(unfinished, file);
  return dump;
}

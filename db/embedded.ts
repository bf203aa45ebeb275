import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { packageRoot } from '../services/kernel/package-root.node.ts';
import { askBy, type Database, type Orm } from './client.ts';
import type { Observe } from './observe.ts';
import { APP_ROLE, makeRoles, refuseOwner } from './roles.ts';

/**
 * Postgres in this process (PGlite), for a laptop with nothing installed. One connection: transactions run one after
 * the other. It does not fsync: it survives the death of the process, not of the machine. The caller holds the lock.
 * @param dir null for memory
 * @param observe told of every statement of the service
 * @param made what a memory begins with: a database that was made before (`dumpEmbedded`), which saves five seconds
 */
export async function openEmbedded(
  dir: string | null,
  migrationsDir: string,
  { made, observe }: { made?: Blob | undefined; observe?: Observe | undefined } = {},
): Promise<Database> {
  if (dir !== null && !existsSync(dir)) await initialise(dir);
  const client =
    dir === null ? await PGlite.create(made ? { loadDataDir: made } : {}) : await PGlite.create(dir);
  if (observe) (await import('./observed.ts')).observeEmbedded(client, observe);
  const db = drizzle(client);
  const orm = db as unknown as Orm;
  askBy(orm, async ({ text }, values) => (await client.query(text, [...values])).rows);
  await makeRoles(orm);
  await migrate(db, { migrationsFolder: migrationsDir });
  // For as long as the connection lasts: the next start migrates as the owner again.
  await orm.execute(sql.raw(`set role ${APP_ROLE}`));
  await refuseOwner(orm);
  return {
    orm,
    listen: async (channel, hear) => void (await client.listen(channel, hear)),
    ping: async () => void (await orm.execute(sql`select 1`)),
    close: () => client.close(),
  };
}

/** A database in memory with its tables, as a file of bytes to begin with. */
export async function dumpEmbedded(migrationsDir: string): Promise<Blob> {
  const client = await PGlite.create();
  try {
    await makeRoles(drizzle(client) as unknown as Orm);
    await migrate(drizzle(client), { migrationsFolder: migrationsDir });
    return await client.dumpDataDir('none');
  } finally {
    await client.close();
  }
}

/**
 * The first boot runs initdb, which leaves some 500 MB behind in WebAssembly memory that is never given back. So a
 * child process does it, in a folder beside, renamed when whole: a kill in the middle leaves nothing half made.
 */
async function initialise(dir: string): Promise<void> {
  mkdirSync(dirname(dir), { recursive: true });
  removeDrafts(dir);
  // A folder of its own: the child of a killed process may still be writing to the draft before.
  const draft = `${dir}.new-${process.pid}-${Date.now()}`;
  // The child ends with its parent, whose end closes the pipe.
  const script = `process.stdin.on('close', () => process.exit(1)).resume();
    const { PGlite } = await import('@electric-sql/pglite');
    const db = await PGlite.create(process.argv[1]);
    await db.close();
    process.exit(0);`;
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, draft], {
      cwd: packageRoot(),
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`the embedded database could not be created: ${complaint.trim()}`)),
    );
  });
  renameSync(draft, dir);
}

/** What killed first boots left. A draft that is still being written to stays until the next time. */
function removeDrafts(dir: string): void {
  for (const name of readdirSync(dirname(dir))) {
    if (!name.startsWith(`${basename(dir)}.new`)) continue;
    try {
      rmSync(join(dirname(dir), name), { recursive: true, force: true });
    } catch {}
  }
}

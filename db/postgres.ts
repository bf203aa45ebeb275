import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import type { Database, Orm } from './client.ts';

/** Any key will do as long as every Jetway uses the same: two starters migrate one after the other. */
const MIGRATION_LOCK = 4_711_017;

/** A real Postgres (15 or newer). @throws when it cannot be reached or a migration fails */
export async function openPostgres(url: string, migrationsDir: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString: url, max: 10, application_name: 'jetway' });
  // An idle connection that breaks must not end the process: the pool replaces it at the next use.
  pool.on('error', () => {});
  await migrateUnderLock(pool, migrationsDir);
  const orm = drizzle(pool) as unknown as Orm;
  const listeners = listenOn(url);
  return {
    orm,
    listen: listeners.listen,
    ping: async () => void (await orm.execute(sql`select 1`)),
    close: async () => {
      await listeners.close();
      await pool.end();
    },
  };
}

async function migrateUnderLock(pool: pg.Pool, migrationsFolder: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrate(drizzle(client), { migrationsFolder });
  } finally {
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => {});
    client.release();
  }
}

/** LISTEN needs a connection of its own; it is opened again a second after it broke. */
function listenOn(url: string) {
  const ears = new Map<string, ((payload: string) => void)[]>();
  let client: pg.Client | undefined;
  let opening: Promise<void> | undefined;
  let closed = false;

  const connect = async () => {
    const next = new pg.Client({ connectionString: url, application_name: 'jetway-listen' });
    next.on('notification', (n) => {
      for (const hear of ears.get(n.channel) ?? []) hear(n.payload ?? '');
    });
    // A broken connection complains more than once; it is replaced once.
    let lost = false;
    next.on('error', () => {
      if (lost) return;
      lost = true;
      client = undefined;
      connectAgain();
    });
    try {
      await next.connect();
      for (const channel of ears.keys()) await next.query(`listen ${next.escapeIdentifier(channel)}`);
    } catch (error) {
      lost = true;
      await next.end().catch(() => {});
      throw error;
    }
    client = next;
    // What happened while nobody listened is unknown: everyone looks once.
    for (const hears of ears.values()) for (const hear of hears) hear('');
  };
  const connectAgain = () => {
    setTimeout(() => void (closed || connect().catch(connectAgain)), 1_000).unref();
  };
  return {
    async listen(channel: string, hear: (payload: string) => void) {
      const known = ears.get(channel);
      if (known) known.push(hear);
      else ears.set(channel, [hear]);
      // The first of several callers at once connects; the others wait for it.
      opening ??= connect().catch((error) => {
        opening = undefined;
        throw error;
      });
      await opening;
      if (!known) await client?.query(`listen ${client.escapeIdentifier(channel)}`);
    },
    async close() {
      closed = true;
      await client?.end();
    },
  };
}

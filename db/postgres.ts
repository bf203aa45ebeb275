import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { askBy, type Database, type Orm } from './client.ts';
import { type Connection, connectionOf } from './connection.ts';
import type { Observe } from './observe.ts';
import { APP_ROLE, makeRoles, refuseOwner } from './roles.ts';
import { hasMigrations, refuseOldSchema } from './schema-age.ts';

/**
 * @property password asked for with each new connection, in place of the URL's
 * @property migrates false: another process brings the schema up to date; an older one is refused
 * @property observe told of every statement of the service
 */
export type PostgresOptions = {
  password?: () => Promise<string>;
  migrates?: boolean;
  observe?: Observe | undefined;
};

/** Any key will do as long as every Jetway uses the same: two starters migrate one after the other. */
const MIGRATION_LOCK = 4_711_017;

/**
 * A real Postgres (15 or newer). The login of the URL owns the tables and migrates them; everything else is done as the
 * service's own role.
 * @throws RolesMissing, TooMuchPower, SchemaTooOld, and when it cannot be reached or a migration fails
 */
export async function openPostgres(
  url: string,
  migrationsDir: string,
  { password, migrates = true, observe }: PostgresOptions = {},
): Promise<Database> {
  const login = connectionOf(url, password);
  if (migrates) await migrateUnderLock(login, migrationsDir);
  else await refuseOldSchema(login, migrationsDir);
  const asApp = withRole(login, APP_ROLE);
  const pool = new pg.Pool({ ...asApp, max: 10, application_name: 'jetway' });
  // An idle connection that breaks must not end the process: the pool replaces it at the next use.
  pool.on('error', () => {});
  if (observe) (await import('./observed.ts')).observePool(pool, observe);
  const orm = drizzle(pool) as unknown as Orm;
  askBy(orm, async ({ name, text }, values) => (await pool.query({ name, text, values: [...values] })).rows);
  await refuseOwner(orm).catch(async (error) => {
    await pool.end();
    throw error;
  });
  const listeners = listenOn(asApp);
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

/**
 * The role is the session's from its first moment; what the URL sets besides stays. Plans that are made once reckon with more
 * rows than most calls meet, and compiling them would take longer than the calls.
 */
const withRole = (login: Connection, role: string): Connection => ({
  ...login,
  options: `${login.options === undefined ? '' : `${login.options} `}-c role=${role} -c jit=off`,
});

/** As the login itself, on a connection of its own. */
async function migrateUnderLock(login: Connection, migrationsFolder: string): Promise<void> {
  const client = new pg.Client({ ...login, application_name: 'jetway-migrate' });
  // A connection that breaks is told by the statement that waits for it.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const db = drizzle(client);
    await makeRoles(db as unknown as Orm);
    if (!(await hasMigrations(client, migrationsFolder))) await migrate(db, { migrationsFolder });
  } finally {
    // With the connection goes the lock.
    await client.end().catch(() => {});
  }
}

/** LISTEN needs a connection of its own; it is opened again a second after it broke. */
function listenOn(login: Connection) {
  const ears = new Map<string, ((payload: string) => void)[]>();
  let client: pg.Client | undefined;
  let opening: Promise<void> | undefined;
  let closed = false;

  const connect = async () => {
    const next = new pg.Client({ ...login, application_name: 'jetway-listen' });
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
      // Who closes while the first connection is being made waits for it, so that none stays behind.
      await opening?.catch(() => {});
      await client?.end();
    },
  };
}

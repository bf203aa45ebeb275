import { sql } from 'drizzle-orm';
import { type Orm, rowsOf, sqlState } from './client.ts';

/** The service works as this role: it owns no table and makes none. */
export const APP_ROLE = 'jetway_app';
/** Answers to people are read as this one: row-level security lets it see what the person's teams may see. */
export const READER_ROLE = 'jetway_reader';
/** May read the views of the schema `ledger` by SQL, and nothing else. Nobody's login: it is granted to people's. */
export const LEDGER_READER_ROLE = 'jetway_ledger_reader';

/**
 * Makes the roles where the cluster has none yet, lets the login of this connection take them on, and lets the service
 * use tables that are made later. Roles belong to the whole cluster and advisory locks to one database, so another
 * database's Jetway may be doing the same at this moment: whoever comes second looks again.
 * @param orm a connection of the login itself, before migrations
 * @throws RolesMissing when the login may not, with the statements that somebody else has to run once
 */
export async function makeRoles(orm: Orm): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await orm.execute(MAKE_ROLES);
      return;
    } catch (error) {
      const state = sqlState(error) ?? '';
      if (state === '42501') throw await rolesMissing(orm, error);
      // Made or granted by another database's Jetway between the look and the act.
      if (attempt >= 20 || !['42710', '23505', 'XX000'].includes(state)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
    }
  }
}

// `GRANT` gives the right to take the role on; on Postgres 16 and newer having made it does not.
const MAKE_ROLES = sql.raw(`do $$
declare
  wanted text;
  right_to_take text := case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end;
begin
  foreach wanted in array array['${APP_ROLE}', '${READER_ROLE}'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
    if not pg_has_role(session_user, wanted, right_to_take) then
      execute format('grant %I to %I', wanted, session_user);
    end if;
  end loop;
  execute format('alter default privileges in schema public grant select, insert, update, delete on tables to %I',
    '${APP_ROLE}');
  if not exists (select from pg_roles where rolname = '${LEDGER_READER_ROLE}') then
    begin
      create role ${LEDGER_READER_ROLE} nologin;
    exception when insufficient_privilege then
      -- The service does not need it; docs/ledger-sql.md says how somebody else makes it.
      raise notice 'the role ${LEDGER_READER_ROLE} could not be made';
    end;
  end if;
  if to_regnamespace('ledger') is not null and exists (select from pg_roles where rolname = '${LEDGER_READER_ROLE}') then
    grant usage on schema ledger to ${LEDGER_READER_ROLE};
    grant select on all tables in schema ledger to ${LEDGER_READER_ROLE};
  end if;
end $$`);

/** The login of DATABASE_URL can neither make the roles nor take them on. */
export class RolesMissing extends Error {
  override readonly name = 'RolesMissing';
}

async function rolesMissing(orm: Orm, cause: unknown): Promise<RolesMissing> {
  const [row] = await rowsOf<{ login: string; roles: string[] | null }>(
    orm,
    sql`select quote_ident(session_user) as login,
          (select array_agg(rolname::text) from pg_roles where rolname in (${APP_ROLE}, ${READER_ROLE})) as roles`,
  );
  const statements = [APP_ROLE, READER_ROLE]
    .filter((role) => !row?.roles?.includes(role))
    .map((role) => `  CREATE ROLE ${role} NOLOGIN;`);
  return new RolesMissing(
    `The login ${row?.login ?? ''} of DATABASE_URL may not make the roles that Jetway works as, or not take them on. ` +
      `Have this run once in its cluster by somebody who may:\n${[
        ...statements,
        `  GRANT ${APP_ROLE}, ${READER_ROLE} TO ${row?.login ?? ''};`,
      ].join('\n')}`,
    { cause },
  );
}

/** The service would work with more rights than its own. */
export class TooMuchPower extends Error {
  override readonly name = 'TooMuchPower';
}

/**
 * The last check before the first request: row-level security and grants bind only who neither owns the tables nor
 * passes over them.
 * @throws TooMuchPower
 */
export async function refuseOwner(orm: Orm): Promise<void> {
  const [row] = await rowsOf<{ role: string; above: string | null; owned: string | null }>(
    orm,
    sql`select current_user as role,
      (select string_agg(rolname, ', ') from pg_roles
        where rolname in (current_user, ${READER_ROLE}) and (rolsuper or rolbypassrls)) as above,
      (select string_agg(relname, ', ') from pg_class c
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
          and pg_has_role(current_user, c.relowner, 'USAGE')) as owned`,
  );
  if (row?.role === APP_ROLE && row.above === null && row.owned === null) return;
  const why =
    row?.role !== APP_ROLE
      ? `works as ${row?.role ?? 'nobody'}, not as ${APP_ROLE}`
      : row.above !== null
        ? `works with roles that pass over row-level security (${row.above})`
        : `owns the tables ${row.owned}`;
  throw new TooMuchPower(`Jetway does not start: its connection to the database ${why}.`);
}

import { getTableName, is, sql } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databasesOfOwn, type OpenedDatabase } from '../test/support/databases.ts';
import { asOwner } from '../test/support/owner.ts';
import { startPostgres } from '../test/support/postgres-cluster.ts';
import { type Orm, rowsOf, sqlState } from './client.ts';
import { openDatabase } from './open.ts';
import { asReader, type ReaderScope } from './reader.ts';
import { APP_ROLE, READER_ROLE, RolesMissing, TooMuchPower } from './roles.ts';
import * as schema from './schema/index.ts';

/** Tables of which no answer to a person is made, so that the reader has no grant on them, and why. */
const NOT_FOR_PEOPLE: Record<string, string> = {
  fact_meanings: 'fingerprints of everything that was told, to tell what is known already',
  organization_snapshots:
    'the whole organization; what everybody may know of it the service picks out itself',
  snapshot_parts: 'of the whole organization, on the way to a snapshot',
  account_snapshots: 'plumbing of the reconciler',
  observations: 'the whole organization, as the reconciler compares it; accounts have rows of their own',
  asks: 'task tokens, even if encrypted, are for the service alone',
  pending_wakes: 'plumbing of the inbox',
  outbox: 'what is on its way to others, of every team',
  webhook_nonces: 'plumbing of the hooks',
  webhook_endpoints: 'what the settings say of receivers, for the ledger to fan out by',
  webhook_deliveries: 'events of every team on their way to a receiver; operators and auditors read the log',
  webhook_keys: 'sealed secrets',
  sessions: 'who is signed in; a session is as good as a key',
  rate_windows: 'plumbing of the limits',
  approval_prompts:
    'what a button carries is as good as a key; where approvers were asked is the room’s to know',
  chat_digests: 'plumbing of the rooms, over requests of several teams',
  chat_clicks: 'clicks on their way to a decision; what came of them is in the decision and the ledger',
  mirror_samples: 'who spoke with whom in every account; operators and auditors alone read it',
  people: 'who has which roles is read to decide, never told',
  refused_hooks: 'counts of callbacks with a bad signature, of no team',
  settings_versions: 'the rules of the whole installation; the service reads them to decide',
  email_holds: 'addresses of every team: that one is taken may be told, not by whom',
  name_holds: 'names of every team: that one is taken may be told, not by whom',
  cidr_holds: 'addresses of every team',
  alert_lines: 'what is on its way to the rooms, of every team',
  account_holds: 'whose change is open is told by the request itself',
};

/** Tables that the service only adds to. */
const ADDED_TO_ONLY = [
  'facts',
  'fact_meanings',
  'settings_versions',
  'decisions',
  'verdicts',
  'cancellations',
  'point_of_no_return',
];

const tables = Object.values(schema)
  .filter((member) => is(member, PgTable))
  .map((table) => getTableName(table))
  .sort();

const stateOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => sqlState(error),
  );

describe.each(databasesOfOwn())('roles and row-level security on $name', ({ name, open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
  });
  afterAll(() => opened.close());

  const rightsOf = async (role: string, table: string): Promise<string[]> => {
    const [row] = await rowsOf<{ rights: string[] | null }>(
      orm,
      sql`select array_agg(r order by r) as rights from unnest(array['SELECT','INSERT','UPDATE','DELETE','TRUNCATE']) r
          where has_table_privilege(${role}, ${table}, r)`,
    );
    return row?.rights ?? [];
  };
  const policiesOf = async (table: string): Promise<string[]> => {
    const rows = await rowsOf<{ policy: string }>(
      orm,
      sql`select policyname || ' ' || cmd || ' ' || array_to_string(roles, ',') as policy from pg_policies
          where schemaname = 'public' and tablename = ${table} order by policyname`,
    );
    return rows.map((row) => row.policy);
  };

  it('the schema and the database have the same tables', async () => {
    const rows = await rowsOf<{ name: string }>(
      orm,
      sql`select relname as name from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    expect(rows.map((row) => row.name).sort()).toEqual(tables);
    expect(tables).toEqual(expect.arrayContaining(['accounts', 'facts', ...Object.keys(NOT_FOR_PEOPLE)]));
  });

  it('nobody comes by the parts of a table, past the rules of the whole', async () => {
    const parts = await rowsOf<{ name: string; guarded: boolean }>(
      orm,
      sql`select relname as name, relrowsecurity as guarded from pg_class where relispartition and relkind = 'r'`,
    );
    expect(parts.map((p) => p.name)).toContain('facts_governance');
    for (const { name: part, guarded } of parts) {
      expect(guarded, part).toBe(true);
      expect([await rightsOf(APP_ROLE, part), await rightsOf(READER_ROLE, part)], part).toEqual([[], []]);
    }
  });

  it('a reader is of the teams that were told, however they are written', async () => {
    const names = [
      'payments',
      '',
      ' a b ',
      'NULL',
      'null',
      'a,b',
      '{a}',
      '[a]',
      'a"b',
      'a\\b',
      '\\',
      'a\nb',
      'ä😀',
      "o'b",
      '"',
      '\\"',
      '","',
      '\u0001',
    ];
    const told = (teams: readonly string[]) =>
      asReader(orm, { teams, kinds: [] }, (reader) =>
        rowsOf<{ teams: string[] }>(reader, sql`select to_json(reading_teams()) as teams`),
      );
    for (const teams of [[], names, ...names.map((name) => [name]), ...names.map((name) => [name, 'x'])])
      expect(await told(teams)).toEqual([{ teams }]);
  });

  describe.each(tables)('%s', (table) => {
    it('has row-level security, and the service reaches every row', async () => {
      const [row] = await rowsOf<{ on: boolean }>(
        orm,
        sql`select relrowsecurity as on from pg_class where oid = ${table}::regclass`,
      );
      expect(row?.on, `${table}: spread service() or one of its sisters of db/schema/tenancy.ts`).toBe(true);
      expect(await policiesOf(table)).toContain(`service ALL ${APP_ROLE}`);
    });

    it('is used by the service, never emptied at once', async () => {
      const rights = await rightsOf(APP_ROLE, table);
      expect(rights).toEqual(expect.arrayContaining(['SELECT']));
      expect(rights).not.toContain('TRUNCATE');
      if (ADDED_TO_ONLY.includes(table)) expect(rights).toEqual(['INSERT', 'SELECT']);
    });

    it('is read for people under a policy of their own, or not at all for a reason that is written down', async () => {
      const hidden = Object.hasOwn(NOT_FOR_PEOPLE, table);
      const policies = (await policiesOf(table)).filter((policy) => !policy.startsWith('service'));
      expect(
        { rights: await rightsOf(READER_ROLE, table), policies },
        `${table}: give people a policy (db/schema/tenancy.ts) and jetway_reader a grant, or say why not here`,
      ).toEqual({
        rights: hidden ? [] : ['SELECT'],
        policies: hidden ? [] : [`people SELECT ${READER_ROLE}`],
      });
    });
  });

  describe('the service', () => {
    it('works as a role that owns nothing and is above nothing', async () => {
      const [row] = await rowsOf<{ role: string; super: boolean; bypass: boolean; login: boolean }>(
        orm,
        sql`select current_user as role, rolsuper as super, rolbypassrls as bypass, rolcanlogin as login
            from pg_roles where rolname = current_user`,
      );
      expect(row).toEqual({ role: APP_ROLE, super: false, bypass: false, login: false });
    });

    it.each([
      ['make a table', sql`create table mine (id int)`],
      ['change a table', sql`alter table facts disable trigger user`],
      ['drop a table', sql`drop table chat_messages`],
      ['drop a policy', sql`drop policy people on accounts`],
      ['switch row-level security off', sql`alter table accounts disable row level security`],
      ['change a request', sql`update account_requests set id = 'x'`],
      ['change the body of a request', sql`update account_requests set body = '{}'`],
      ['delete a request', sql`delete from account_requests`],
      ['change a fact', sql`update facts set actor = 'eve'`],
      ['delete facts', sql`delete from facts`],
      ['empty the ledger', sql`truncate facts`],
      ['change a decision', sql`update decisions set decision = 'approve'`],
      ['take a decision back', sql`delete from decisions`],
      ['turn a verdict', sql`update verdicts set outcome = 'approved'`],
      ['forget a cancel', sql`delete from cancellations`],
      ['come back from the point of no return', sql`delete from point_of_no_return`],
      ['change settings that were in force', sql`update settings_versions set document = '{}'`],
      ['say that a month is archived', sql`insert into ledger_archives values ('2026-01', '{}', 'x', now())`],
      ['make a second head of the ledger', sql`insert into ledger_lanes values (0, 0, 'x', 0)`],
    ])('may not %s', async (_what, statement) => {
      await asOwner(orm, (owner) =>
        owner.execute(sql`insert into account_requests
          (id, kind, team, requested_by, idempotency_key, body_digest, body, plan_digest, plan_text, created_at)
          values ('req-here', 'account', 'blue', 'ana', 'k', '', '{}', '', '{}', now()) on conflict do nothing`),
      );
      expect(await stateOf(orm.execute(statement))).toBe('42501');
    });

    it('locks a request that it may not change', async () => {
      expect(await stateOf(orm.execute(sql`select * from account_requests for update`))).toBeUndefined();
    });

    it('uses tables that a later migration makes, with row-level security or without', async () => {
      await asOwner(orm, async (owner) => {
        await owner.execute(sql`create table later (id int)`);
        await owner.execute(sql`set local role ${sql.raw(APP_ROLE)}`);
        await owner.execute(sql`insert into later values (1)`);
        await owner.execute(sql`set local role none`);
        await owner.execute(sql`drop table later`);
      });
    });
  });

  describe('a reader', () => {
    beforeAll(async () => {
      for (const team of ['red', 'blue', '*']) {
        const kind = team === '*' ? 'organizational-unit-change' : 'account';
        await orm.execute(sql`insert into account_requests
          (id, kind, team, requested_by, idempotency_key, body_digest, body, plan_digest, plan_text, created_at)
          values (${`req-${team}`}, ${kind}, ${team}, 'ana', ${team}, '', '{}', '', '{}', now())`);
        await orm.execute(
          sql`insert into asked_approvers values (${`req-${team}`}, 'team:security', 'ana'), (${`req-${team}`}, 'person:eve', 'ana')`,
        );
        await orm.execute(sql`insert into accounts (account_id, name, email, email_canonical, team, status, origin, created_at, updated_at)
          values (${`account-${team}`}, 'n', 'e', 'e', ${team}, 'ACTIVE', 'VENDED', now(), now())`);
      }
      await orm.execute(sql`insert into accounts (account_id, name, email, email_canonical, team, status, origin, created_at, updated_at)
        values ('account-of-nobody', 'n', 'e', 'e', null, 'ACTIVE', 'FOREIGN', now(), now())`);
    });
    const requests = async (reader: Orm) =>
      (
        await rowsOf<{ id: string }>(
          reader,
          sql`select id from account_requests where id like 'req-%' order by id`,
        )
      )
        .map((row) => row.id)
        .filter((id) => id !== 'req-here');
    const accounts = async (reader: Orm) =>
      (
        await rowsOf<{ id: string }>(reader, sql`select account_id as id from accounts order by account_id`)
      ).map((row) => row.id);

    it.each<[string, ReaderScope, string[], string[]]>([
      ['of one team', { teams: ['red'], kinds: [] }, ['req-red'], ['account-red']],
      [
        'of two teams',
        { teams: ['blue', 'red'], kinds: [] },
        ['req-blue', 'req-red'],
        ['account-blue', 'account-red'],
      ],
      ['of no team', { teams: [], kinds: [] }, [], []],
      ['of a team that is called like everybody', { teams: ['*'], kinds: [] }, [], []],
      ['of a team whose name is SQL', { teams: [`red' or true --`, '","all'], kinds: [] }, [], []],
      [
        'who approves changes of units',
        { teams: ['blue'], kinds: ['organizational-unit-change'] },
        ['req-*', 'req-blue'],
        ['account-blue'],
      ],
      [
        'who is asked to approve what other teams want',
        { teams: ['red'], kinds: [], places: [{ asked: ['anyone', 'team:security'], not: ['eve'] }] },
        ['req-*', 'req-blue', 'req-red'],
        ['account-red'],
      ],
      [
        'who would be asked, were it not their own request',
        { teams: [], kinds: [], places: [{ asked: ['team:security', 'person:eve'], not: ['eve', 'ana'] }] },
        [],
        [],
      ],
      [
        'whom nothing is put to',
        { teams: ['red'], kinds: [], places: [{ asked: ['anyone', 'team:red', 'person:ana'], not: [] }] },
        ['req-red'],
        ['account-red'],
      ],
      [
        'of whom one place is asked and another has asked',
        {
          teams: [],
          kinds: [],
          places: [
            { asked: ['team:security'], not: ['ana'] },
            { asked: ['person:zoe'], not: [] },
          ],
        },
        [],
        [],
      ],
      [
        'who sees everything',
        { teams: 'all', kinds: [] },
        ['req-*', 'req-blue', 'req-red'],
        ['account-*', 'account-blue', 'account-of-nobody', 'account-red'],
      ],
    ])('%s sees just that', async (_who, scope, theirRequests, theirAccounts) => {
      const seen = await asReader(orm, scope, async (reader) => [
        await requests(reader),
        await accounts(reader),
      ]);
      expect(seen).toEqual([theirRequests, theirAccounts]);
    });

    it('of whom nobody has said who asks sees nothing', async () => {
      const seen = await orm.transaction(async (tx) => {
        await tx.execute(sql`set local role ${sql.raw(READER_ROLE)}`);
        return [await requests(tx as unknown as Orm), await accounts(tx as unknown as Orm)];
      });
      expect(seen).toEqual([[], []]);
    });

    it('leaves nothing behind on the connection, whether the read succeeds or fails', async () => {
      const scope = { teams: 'all' as const, kinds: [] };
      const trouble = new Error('trouble');
      await asReader(orm, scope, async () => {});
      await expect(asReader(orm, scope, () => Promise.reject(trouble))).rejects.toBe(trouble);
      // As many at once as the pool has connections.
      const left = await Promise.all(
        Array.from({ length: 10 }, () =>
          rowsOf<{ role: string; scope: string }>(
            orm,
            sql`select current_user as role, coalesce(current_setting('jetway.everything', true), '') as scope, pg_sleep(0.02)`,
          ),
        ),
      );
      expect(left.flat().map(({ role, scope: kept }) => [role, kept])).toEqual(
        Array.from({ length: 10 }, () => [APP_ROLE, '']),
      );
    });

    it('inside a transaction of the service gives way to the service again', async () => {
      await orm.transaction(async (tx) => {
        const service = tx as unknown as Orm;
        expect(await asReader(service, { teams: ['red'], kinds: [] }, accounts)).toEqual(['account-red']);
        expect(await accounts(service)).toHaveLength(4);
        await asReader(service, { teams: ['red'], kinds: [] }, () => Promise.reject(new Error('x'))).catch(
          () => {},
        );
        expect(await accounts(service)).toHaveLength(4);
      });
    });

    it('reads on for the same person, and never for another one', async () => {
      const red = { teams: ['red'], kinds: [] };
      await asReader(orm, red, async (reader) => {
        expect(await asReader(reader, { ...red }, accounts)).toEqual(['account-red']);
        await expect(asReader(reader, { teams: ['blue'], kinds: [] }, accounts)).rejects.toThrow(
          'for another',
        );
      });
    });

    it.each(Object.keys(NOT_FOR_PEOPLE))('may not even look at %s', async (table) => {
      const look = asReader(orm, { teams: 'all', kinds: [] }, (reader) =>
        reader.execute(sql`select * from ${sql.identifier(table)}`),
      );
      expect(await stateOf(look)).toBe('42501');
    });

    it('writes nothing', async () => {
      for (const table of tables) {
        const write = asReader(orm, { teams: 'all', kinds: [] }, (reader) =>
          reader.execute(sql`delete from ${sql.identifier(table)}`),
        );
        expect(await stateOf(write)).toBe('42501');
      }
    });
  });

  describe.runIf(name === 'Postgres')('of a cluster', () => {
    const run = async (url: string, statement: string): Promise<void> => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        await client.query(statement);
      } finally {
        await client.end();
      }
    };
    /** With the rights of the cluster's owner. */
    const admin = (statement: string) => run(opened.url ?? '', statement);
    const as = (login: string, at: string): string => {
      const url = new URL(at);
      url.username = login;
      url.password = 'secret';
      return url.href;
    };
    const ownedBy = async (login: string, database: string) => {
      await admin(`create role ${login} login password 'secret'`);
      await admin(`create database ${database} owner ${login}`);
      return as(login, new URL(`/${database}`, opened.url).href);
    };
    const opens = async (url: string) => {
      const database = await openDatabase({ url });
      const [row] = await rowsOf<{ role: string }>(database.orm, sql`select current_user as role`);
      await database.close();
      return row?.role;
    };

    it('a login that may not is told what to run, and starts once it was run', async () => {
      const url = await ownedBy('plain', 'of_plain');
      const refusal = await openDatabase({ url }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(RolesMissing);
      const { message } = refusal as Error;
      expect(message).toContain('GRANT jetway_app, jetway_reader TO plain;');
      await admin(message.slice(message.indexOf('\n') + 1));
      expect(await opens(url)).toBe(APP_ROLE);
    });

    it('that has no roles yet: a login that may make them needs nobody, and eight databases may start at once', async () => {
      const fresh = await startPostgres();
      try {
        const urls: string[] = [];
        for (let i = 0; i < 8; i++) urls.push(await fresh.createDatabase(`at_once_${i}`));
        await run(urls[0] ?? '', "create role maker login password 'secret' createrole");
        for (let i = 0; i < 8; i++) await run(urls[i] ?? '', `alter database at_once_${i} owner to maker`);
        const asMaker = urls.map((url) => as('maker', url));
        expect(await Promise.all(asMaker.map(opens))).toEqual(urls.map(() => APP_ROLE));
        expect(await opens(asMaker[0] ?? '')).toBe(APP_ROLE);
      } finally {
        await fresh.stop();
      }
    });

    it('keeps what the URL sets besides', async () => {
      const url = new URL(opened.url ?? '');
      url.searchParams.set('options', '-c statement_timeout=4321');
      const database = await openDatabase({ url: url.href });
      const [row] = await rowsOf<{ timeout: string; role: string }>(
        database.orm,
        sql`select current_setting('statement_timeout') as timeout, current_user as role`,
      );
      await database.close();
      expect(row).toEqual({ timeout: '4321ms', role: APP_ROLE });
    });

    it.each([
      [
        'passes over row-level security',
        `alter role ${APP_ROLE} bypassrls`,
        `alter role ${APP_ROLE} nobypassrls`,
      ],
      ['is a superuser', `alter role ${APP_ROLE} superuser`, `alter role ${APP_ROLE} nosuperuser`],
      [
        'owns a table',
        `alter table webhook_nonces owner to ${APP_ROLE}`,
        'alter table webhook_nonces owner to current_user',
      ],
      [
        'reads for people with a role that passes over it',
        `alter role ${READER_ROLE} bypassrls`,
        `alter role ${READER_ROLE} nobypassrls`,
      ],
    ])('does not start when its role %s', async (_what, spoil, mend) => {
      await admin(spoil);
      try {
        await expect(openDatabase({ url: opened.url ?? '' })).rejects.toBeInstanceOf(TooMuchPower);
      } finally {
        await admin(mend);
      }
      expect(await opens(opened.url ?? '')).toBe(APP_ROLE);
    });
  });
});

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../services/approvals/approvals.pg.ts';
import { foldLeftOvers } from '../services/ledger/housekeeping.pg.ts';
import { checkProjections, rebuildProjections } from '../services/ledger/rebuild.pg.ts';
import { verifyLedger } from '../services/ledger/verify.pg.ts';
import type { Part } from '../services/reconciliation/assemble.ts';
import { partsOf } from '../services/reconciliation/parts.fixture.ts';
import { requestReconcile } from '../services/reconciliation/reconciliation.pg.ts';
import { migrationsUpTo, NEWEST_MIGRATIONS } from '../test/support/migrations.ts';
import { asOwner } from '../test/support/owner.ts';
import { type PostgresCluster, startPostgres } from '../test/support/postgres-cluster.ts';
import { factOf, openService, person } from '../test/support/service.ts';
import { type Database, type Orm, rowsOf, sqlState, transact } from './client.ts';
import { openPostgres } from './postgres.ts';
import { madeUpRows, newestIndex } from './upgrade.fixture.ts';

/**
 * No schema that was ever in use is given up: a database of each of them comes to the newest with all that lay in it. Until
 * there is a release, every migration counts as released.
 */
type Row = Record<string, unknown>;
type Written = { table: string; row: Row };

/** The schema of the first version that vended: what lies in it was written by that version itself. */
const FIRST = 1;
const VERSION_ONE = './fixtures/written-by-the-first-version.ndjson';
const linesOf = (text: string) => text.trim().split('\n');
const byVersionOne = linesOf(readFileSync(fileURLToPath(new URL(VERSION_ONE, import.meta.url)), 'utf8')).map(
  (line) => JSON.parse(line) as Written,
);
/** What was empty when the recording was made. */
const BESIDES: Written[] = [
  { table: 'pending_wakes', row: { request_id: 'req-besides', arrived_at: '2026-11-28T10:00:00+00:00' } },
  { table: 'webhook_nonces', row: { nonce: 'n-1', seen_at: '2026-11-28T10:00:00+00:00' } },
  { table: 'snapshot_parts', row: { snapshot_id: 'snapshot-besides', part: 1, kind: 'unit', value: {} } },
];

/** Columns and tables that a later version has put elsewhere; a test of its own says where. */
const MOVED: Record<string, readonly string[]> = {
  // The text is made from the columns again; the hashes over it are verified.
  facts: ['body'],
  // Written anew with the account's bits in front: services/ledger/upgrade.int.spec.ts.
  compliance: ['key'],
  compliance_history: ['key'],
};
const TABLES_THAT_WENT = ['ledger_head'];

async function write(orm: Orm, { table, row }: Written): Promise<void> {
  await orm.execute(sql`insert into ${sql.identifier(table)} overriding system value
    select * from jsonb_populate_record(null::${sql.identifier(table)}, ${JSON.stringify(row)}::jsonb)`);
}

/** What is not there any more, as it was written. */
async function lostOf(orm: Orm, written: readonly Written[]): Promise<Written[]> {
  const lost: Written[] = [];
  for (const one of written) {
    if (TABLES_THAT_WENT.includes(one.table)) continue;
    const moved = MOVED[one.table] ?? [];
    const kept = Object.fromEntries(Object.entries(one.row).filter(([column]) => !moved.includes(column)));
    const found = await asOwner(orm, (owner) =>
      rowsOf(
        owner,
        sql`select from ${sql.identifier(one.table)} t where to_jsonb(t) @> ${JSON.stringify(kept)}::jsonb limit 1`,
      ),
    );
    if (found.length === 0) lost.push(one);
  }
  return lost;
}

let cluster: PostgresCluster;
const work = mkdtempSync(join(tmpdir(), 'jetway-upgrade-'));
const at = async (schema: number, url: string): Promise<Database> =>
  openPostgres(url, migrationsUpTo(schema, mkdtempSync(join(work, 'migrations-'))));

beforeAll(async () => {
  cluster = await startPostgres();
}, 120_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(work, { recursive: true, force: true });
});

describe('a database that the first version has worked on', () => {
  let database: Database;
  let service: ReturnType<typeof openService>;
  const of = (table: string) => byVersionOne.filter((one) => one.table === table).map(({ row }) => row);

  beforeAll(async () => {
    const url = await cluster.createDatabase('first');
    const old = await at(FIRST, url);
    await asOwner(old.orm, async (owner) => {
      await owner.execute(sql`delete from ledger_head`);
      for (const one of [...byVersionOne, ...BESIDES]) await write(owner, one);
      // Numbers that a table gives go on behind those that it has given.
      for (const [table, column] of [
        ['outbox', 'id'],
        ['admissions', 'position'],
      ])
        await owner.execute(
          sql.raw(
            `select setval(pg_get_serial_sequence('${table}', '${column}'), max("${column}")) from ${table}`,
          ),
        );
    });
    await old.close();
    database = await openPostgres(url, NEWEST_MIGRATIONS);
    service = openService(database);
    // After all that was recorded.
    service.clock.advance(Date.parse('2026-12-01T00:00:00Z') - service.clock.now().getTime());
  }, 120_000);
  afterAll(() => database?.close());

  /** The organization is read as it was then. */
  async function read(): Promise<void> {
    const known = of('accounts').filter((row) => row.request_id !== null);
    const parts: Part[] = [
      ...partsOf(),
      ...known.map(
        (row): Part => ({
          kind: 'accounts',
          value: {
            ParentId: row.organizational_unit_id as string,
            Accounts: [
              {
                Id: row.account_id as string,
                Name: row.name as string,
                Email: row.email as string,
                State: 'ACTIVE',
              },
            ],
          },
        }),
      ),
    ];
    const snapshotId = await transact(service.orm, (tx) =>
      requestReconcile(tx, service.ids, 'on demand', service.clock.now(), 'anew'),
    );
    const say = (type: 'SnapshotPart' | 'SnapshotCompleted', order: number, data: object) =>
      factOf({ requestId: '', planDigest: '' }, type, order, {
        requestId: undefined,
        planDigest: undefined,
        id: `${snapshotId}:${order}`,
        data: { snapshotId, ...data },
      });
    await service.receive(
      ...parts.map((part, i) => say('SnapshotPart', i + 1, { part: i + 1, ...part })),
      say('SnapshotCompleted', parts.length + 1, { parts: parts.length }),
    );
  }

  it('had something in every table that there was', () => {
    const empty = ['compliance'];
    const filled = new Set([...byVersionOne, ...BESIDES].map(({ table }) => table));
    const first = readFileSync(
      join(NEWEST_MIGRATIONS, '0000_create_ledger_requests_and_messages.sql'),
      'utf8',
    );
    const tables = [...first.matchAll(/CREATE TABLE "(\w+)"/g)].map(([, name]) => name as string);
    // Findings are in services/ledger/upgrade.int.spec.ts, with the facts that they are folded from.
    expect(tables.filter((name) => !filled.has(name))).toEqual(empty);
  });

  it('has lost nothing: every row of every table is there as it was', async () => {
    expect(await lostOf(database.orm, [...byVersionOne, ...BESIDES])).toEqual([]);
  });

  it('has the ledger whole, with the head that it had', async () => {
    const [head] = of('ledger_head');
    expect(await verifyLedger(database.orm)).toMatchObject({ ok: true, facts: of('facts').length });
    const [lane] = await rowsOf(database.orm, sql`select seq::int, hash from ledger_lanes where lane = 0`);
    expect(lane).toEqual({ seq: head?.seq, hash: head?.hash });
  });

  it('goes on where it stood: what waited for an approver is decided', async () => {
    const [open] = of('request_views').filter((row) => row.status === 'AWAITING_APPROVAL');
    const request = of('account_requests').find(({ id }) => id === open?.request_id);
    const ben = person(request?.team as string, ['approver'], 'ben@example.com');
    const decided = await decide(service.deps, ben, {
      requestId: request?.id as string,
      planDigest: request?.plan_digest as string,
      decision: 'approve',
      via: 'api',
    });
    expect(decided).toMatchObject({ outcome: 'approved' });
  });

  it('has every projection that facts make, once the service has started and read the organization', async () => {
    await foldLeftOvers(service.orm, service.clock.now());
    await read();
    await rebuildProjections(service.orm);
    const { tables } = await checkProjections(service.orm);
    expect(tables.filter(({ differing }) => differing > 0)).toEqual([]);
    // Those that no vend has made were known from readings alone then.
    const accounts = await rowsOf<{ id: string }>(
      service.orm,
      sql`select account_id as id from accounts order by 1`,
    );
    expect(accounts.map(({ id }) => id)).toEqual(
      of('accounts')
        .map((row) => row.account_id)
        .sort(),
    );
    const [tallied] = await rowsOf<{ n: number }>(
      service.orm,
      sql`select sum(n)::int as n from tallies where scope = '*' and measure = 'accounts' and level = 0`,
    );
    expect(tallied?.n).toBe(accounts.length);
  });
});

describe('a database of any schema since', () => {
  it('loses no row of any table on its way to the newest, whichever schema it was written under', async () => {
    const url = await cluster.createDatabase('each');
    const written: Written[] = [];
    for (let schema = FIRST; schema <= newestIndex(); schema++) {
      const database = await at(schema, url);
      const rows = await asOwner(database.orm, async (owner) => {
        const made = await madeUpRows(owner, schema);
        for (const one of made) await write(owner, one);
        return made;
      });
      await database.close();
      written.push(...rows);
    }
    const newest = await openPostgres(url, NEWEST_MIGRATIONS);
    try {
      expect(await lostOf(newest.orm, written)).toEqual([]);
    } finally {
      await newest.close();
    }
    // The last table of the newest schema was written to as well.
    expect(new Set(written.map(({ table }) => table))).toContain('mirror_interfaces');
  }, 240_000);

  it('refuses what a version of before 0032 writes of mirrored interfaces, whole, as the runbook says', async () => {
    const newest = await openPostgres(await cluster.createDatabase('mirror-key'), NEWEST_MIGRATIONS);
    // The statement of that version, by the key that was.
    const before = sql`insert into mirror_interfaces as m
      select * from jsonb_populate_recordset(null::mirror_interfaces, '[]'::jsonb)
      on conflict (account_id, network_interface_id) do update set state = excluded.state`;
    try {
      expect(await newest.orm.execute(before).catch(sqlState)).toBe('42P10');
    } finally {
      await newest.close();
    }
    expect(readFileSync('docs/operations.md', 'utf8')).toContain('SQLSTATE 42P10');
  });
});

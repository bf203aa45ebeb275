import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, rowsOf, transact } from '../../db/client.ts';
import { openEmbedded } from '../../db/embedded.ts';
import { openPostgres } from '../../db/postgres.ts';
import { migrationsUpTo, NEWEST_MIGRATIONS } from '../../test/support/migrations.ts';
import { type PostgresCluster, startPostgres } from '../../test/support/postgres-cluster.ts';
import { newFact } from './fact.fixture.ts';
import { chainHash, factBody, factLine, GENESIS_HASH, laneOf, type NewFact } from './fact.ts';
import { appendFacts, factsAfter } from './ledger.pg.ts';
import { readHeads, verifyLedger } from './verify.pg.ts';

/** The last one with a single chain. */
const LAST = 16;
const AT = '2026-03-01T10:00:00.000Z';
const ACCOUNT = '444455556666';

const found = (n: number, status: string): NewFact => ({
  id: `aws:${n}`,
  meaning: `compliance:${n}`,
  type: 'ComplianceChanged',
  source: 'aws.config',
  accountId: ACCOUNT,
  version: Date.parse(AT) + n,
  occurredAt: AT,
  data: { region: 'us-east-1', rule: 'r', resourceType: 'T', resourceId: 'v', status, before: null },
});
const told = [
  newFact('AccountRequested', 0, { actor: 'ana', data: { z: 1, a: 'ü "x" \\ 😀' } }),
  newFact('AccountVended', 1, { accountId: ACCOUNT }),
  found(1, 'NON_COMPLIANT'),
  found(2, 'COMPLIANT'),
];

describe.each(['PGlite', 'Postgres'] as const)('a ledger of before lanes, on %s', (engine) => {
  const work = mkdtempSync(join(tmpdir(), 'jetway-lanes-'));
  let cluster: PostgresCluster | undefined;
  let database: Database;
  const heads: string[] = [GENESIS_HASH];

  beforeAll(async () => {
    if (engine === 'Postgres') cluster = await startPostgres();
    const url = await cluster?.createDatabase('before');
    const open = (migrations: string) =>
      url === undefined ? openEmbedded(join(work, 'data'), migrations) : openPostgres(url, migrations);
    const old = await open(migrationsUpTo(LAST, join(work, 'migrations')));
    for (const [i, fact] of told.entries()) {
      const body = factBody({ ...fact, seq: i + 1, recordedAt: AT });
      heads.push(chainHash(heads.at(-1) ?? '', body));
      await old.orm.execute(sql`insert into facts (seq, id, meaning, type, source, request_id, account_id, version, actor,
          occurred_at, recorded_at, data, body, hash)
        values (${i + 1}, ${fact.id}, ${fact.meaning}, ${fact.type}, ${fact.source}, ${fact.requestId ?? null},
          ${fact.accountId ?? null}, ${fact.version}, ${fact.actor ?? null}, ${fact.occurredAt}::timestamptz,
          ${AT}::timestamptz, ${JSON.stringify(fact.data)}::jsonb, ${body}, ${heads.at(-1)})`);
    }
    await old.orm.execute(sql`update ledger_head set seq = ${told.length}, hash = ${heads.at(-1)}`);
    await old.orm.execute(sql`insert into compliance (account_id, region, rule, resource_type, resource_id, status, version,
        fact_id, evaluated_at)
      values (${ACCOUNT}, 'us-east-1', 'r', 'T', 'v', 'COMPLIANT', ${found(2, '').version}, 'aws:2', ${AT}::timestamptz)`);
    await old.close();
    database = await open(NEWEST_MIGRATIONS);
  }, 120_000);
  afterAll(async () => {
    await database?.close();
    await cluster?.stop();
    rmSync(work, { recursive: true, force: true });
  });

  it('keeps every fact, its place and its hash, in the lane of governance', async () => {
    const facts = await factsAfter(database.orm, {}, 100);
    expect(facts.map(({ lane, seq, hash }) => ({ lane, seq, hash }))).toEqual(
      told.map((_, i) => ({ lane: 0, seq: i + 1, hash: heads[i + 1] })),
    );
    expect(facts).toMatchObject(told);
    expect((await readHeads(database.orm))[0]).toEqual({ lane: 0, seq: 4, hash: heads.at(-1), facts: 4 });
    expect(await verifyLedger(database.orm)).toMatchObject({ ok: true, facts: 4 });
  });

  it('knows again what was told before, and goes on behind it', async () => {
    const [first] = told;
    const next = newFact('AccessAssigned', 9, { id: 'next', accountId: ACCOUNT });
    const appended = await transact(database.orm, (tx) =>
      appendFacts(tx, [first!, { ...found(1, 'NON_COMPLIANT'), id: 'aws:again' }, next], new Date(AT)),
    );
    expect(appended).toMatchObject([{ id: 'next', lane: 0, seq: 5 }]);
    expect(await verifyLedger(database.orm)).toMatchObject({ ok: true, facts: 5 });
  });

  it('has the history of findings that the facts tell', async () => {
    const history = await rowsOf<{ status: string }>(
      database.orm,
      sql`select h.status from compliance c join compliance_history h on h.key = c.key order by h.version`,
    );
    expect(history.map((h) => h.status)).toEqual(['NON_COMPLIANT', 'COMPLIANT']);
  });
});

/** The last one whose keys of findings had nothing of their account. */
const BEFORE_KEYS = 33;

describe.each(['PGlite', 'Postgres'] as const)(
  'findings of before keys that begin alike, on %s',
  (engine) => {
    const work = mkdtempSync(join(tmpdir(), 'jetway-keys-'));
    const accounts = [ACCOUNT, '555566667777'];
    let cluster: PostgresCluster | undefined;
    let database: Database;

    beforeAll(async () => {
      if (engine === 'Postgres') cluster = await startPostgres();
      const url = await cluster?.createDatabase('before_keys');
      const open = (migrations: string) =>
        url === undefined ? openEmbedded(join(work, 'data'), migrations) : openPostgres(url, migrations);
      const old = await open(migrationsUpTo(BEFORE_KEYS, join(work, 'migrations')));
      for (const accountId of accounts) {
        const facts = [1, 2, 3].flatMap((n) =>
          ['NON_COMPLIANT', 'COMPLIANT'].map((status, nth): NewFact => {
            const fact = found(nth, status);
            const id = `aws:${accountId}:${n}:${nth}`;
            return { ...fact, id, meaning: id, accountId, data: { ...fact.data, resourceId: `v-${n}` } };
          }),
        );
        // As a version of then did it.
        const lines = facts.map((fact) => factLine(fact, AT)).join('\n');
        await old.orm.execute(
          sql`select ledger_ingest(${laneOf(facts[0]!)}::smallint, ${lines}, ${AT}::timestamptz)`,
        );
      }
      await old.close();
      database = await open(NEWEST_MIGRATIONS);
    }, 120_000);
    afterAll(async () => {
      await database?.close();
      await cluster?.stop();
      rmSync(work, { recursive: true, force: true });
    });

    it('have the keys that are reckoned now, in the table of now and in their history', async () => {
      const rows = await rowsOf<{ account_id: string; key: string; now: string; history: number }>(
        database.orm,
        sql`select account_id, key::text, finding_key(account_id, region, rule, resource_type, resource_id)::text as now,
        (select count(*)::int from compliance_history h where h.key = c.key) as history from compliance c order by 1, 2`,
      );
      expect(rows).toHaveLength(6);
      for (const row of rows) expect(row).toMatchObject({ key: row.now, history: 2 });
      const beginnings = accounts.map(
        (id) => new Set(rows.filter((r) => r.account_id === id).map((r) => r.key.slice(0, 4))),
      );
      expect(beginnings.map((set) => set.size)).toEqual([1, 1]);
      expect(new Set(rows.map((r) => r.key.slice(0, 4))).size).toBe(2);
      expect(new Set(rows.map((r) => r.key.slice(4))).size).toBe(6);
    });
  },
);

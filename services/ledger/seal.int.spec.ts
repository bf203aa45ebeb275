import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Orm, rowsOf, sqlState, transact } from '../../db/client.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { asOwner } from '../../test/support/owner.ts';
import { unique } from '../../test/support/service.ts';
import { newFact } from './fact.fixture.ts';
import type { NewFact } from './fact.ts';
import { addEras, sealMonth } from './housekeeping.pg.ts';
import { appendFacts } from './ledger.pg.ts';
import { verifyLedger } from './verify.pg.ts';

const MARCH = new Date('2026-03-10T12:00:00.000Z');
const APRIL = new Date('2026-04-10T12:00:00.000Z');
const accounts = Array.from({ length: 7 }, (_, i) => `10000000002${i}`);

describe.each(databases)('a month in the order of accounts on $name', ({ name, open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
    for (const at of [MARCH, APRIL]) await addEras(orm, at);
    for (const at of [MARCH, APRIL]) for (let turn = 0; turn < 5; turn++) await append(observations(at), at);
    await append([newFact('PoliciesCollected', 1, { id: unique('f'), requestId: undefined })], MARCH);
  }, 240_000);
  afterAll(() => opened.close());

  const observations = (at: Date): NewFact[] =>
    accounts.map((accountId) => {
      const id = unique('aws');
      return {
        ...newFact('ComplianceChanged', at.getTime(), { id, occurredAt: at.toISOString() }),
        requestId: undefined,
        source: 'aws.config',
        accountId,
        data: { region: 'us-east-1', rule: 'r', resourceType: 'T', resourceId: id, status: 'COMPLIANT' },
      };
    });
  const append = (facts: NewFact[], at: Date) => transact(orm, (tx) => appendFacts(tx, facts, at));
  const all = () => rowsOf(orm, sql`select to_jsonb(f) as fact from facts f order by lane, seq`);
  /** Accounts of a month's facts as they lie. */
  const asTheyLie = async (month: string): Promise<string[]> =>
    (
      await asOwner(orm, (owner) =>
        rowsOf<{ account: string }>(
          owner,
          sql`select account_id as account from ${sql.identifier(`facts_${month}`)} order by ctid`,
        ),
      )
    ).map(({ account }) => account);
  const shape = (month: string) =>
    asOwner(orm, (owner) =>
      rowsOf(
        owner,
        sql`select c.relacl::text as rights, c.relrowsecurity as guarded, pg_get_expr(c.relpartbound, c.oid) as bound,
          (select array_agg(t.tgname::text order by t.tgname) from pg_trigger t where t.tgrelid = c.oid) as triggers,
          (select array_agg(pg_get_indexdef(i.indexrelid) || ' of ' || h.inhparent::regclass order by i.indexrelid::regclass::text) from pg_index i
            join pg_inherits h on h.inhrelid = i.indexrelid where i.indrelid = c.oid) as indexes,
          (select array_agg(pg_get_constraintdef(k.oid) order by pg_get_constraintdef(k.oid)) from pg_constraint k where k.conrelid = c.oid) as rules
          from pg_class c where c.relname = ${`facts_${month}`}`,
      ),
    );
  const sorted = [...accounts.flatMap((account) => Array.from({ length: 5 }, () => account))];

  /** What came after it had been written lies behind, lane by lane. */
  const laterOnes = async (month: string) => {
    const lie = await asTheyLie(month);
    expect([lie.slice(0, 35), lie.slice(35).sort()]).toEqual([sorted, accounts]);
  };

  it('is not written before it is over', async () => {
    expect(await sealMonth(orm, MARCH)).toBeUndefined();
    expect(await sealMonth(orm, new Date('2026-04-02T12:00:00.000Z'))).toBeUndefined();
    expect(await asTheyLie('2026_03')).not.toEqual(sorted);
  });

  it('is as before where it ends in the middle', async () => {
    const before = [await all(), await shape('2026_03'), await asTheyLie('2026_03')];
    const undo = new Error('undo');
    await orm
      .transaction(async (tx) => {
        expect(await sealMonth(tx as unknown as Orm, APRIL)).toEqual({ era: '2026-03', facts: 35 });
        throw undo;
      })
      .catch((error: unknown) => expect(error).toBe(undo));
    expect([await all(), await shape('2026_03'), await asTheyLie('2026_03')]).toEqual(before);
  });

  it('has the same facts in another order, once, and is a part like the others', async () => {
    const before = [await all(), await shape('2026_03')];
    expect(await sealMonth(orm, APRIL)).toEqual({ era: '2026-03', facts: 35 });
    expect(await asTheyLie('2026_03')).toEqual(sorted);
    expect([await all(), await shape('2026_03')]).toEqual(before);
    expect((await verifyLedger(orm, 20, (read) => read(orm), [])).ok).toBe(true);
    expect(await sealMonth(orm, APRIL)).toBeUndefined();
    expect(await asTheyLie('2026_04')).not.toEqual(sorted);
  });

  it('takes facts that come late, and lets none be changed or taken away', async () => {
    await append(observations(MARCH), MARCH);
    await laterOnes('2026_03');
    const states = await Promise.all(
      [sql`delete from facts where era = '2026-03'`, sql`truncate facts_2026_03`].map((statement) =>
        asOwner(orm, (owner) => owner.execute(statement)).then(
          () => undefined,
          (error: unknown) => sqlState(error),
        ),
      ),
    );
    expect(states.every((state) => state !== undefined)).toBe(true);
    expect(await asTheyLie('2026_03')).toHaveLength(42);
    await expect(orm.execute(sql`select from facts_2026_03`)).rejects.toThrow();
  });

  it.runIf(name === 'Postgres')('has what was on its way when it was written', async () => {
    const may = new Date('2026-05-10T12:00:00.000Z');
    let sealing: ReturnType<typeof sealMonth> | undefined;
    await orm.transaction(async (tx) => {
      await appendFacts(tx as unknown as Orm, observations(APRIL), APRIL);
      sealing = sealMonth(orm, may);
      await new Promise((resolve) => setTimeout(resolve, 700));
    });
    expect(await sealing).toEqual({ era: '2026-04', facts: 42 });
    await laterOnes('2026_04');
    expect((await verifyLedger(orm, 20, (read) => read(orm), [])).ok).toBe(true);
  });
});

import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Orm, rowsOf, sqlState, transact } from '../../db/client.ts';
import { outbox } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { asOwner } from '../../test/support/owner.ts';
import { testClock, unique } from '../../test/support/service.ts';
import { newFact } from './fact.fixture.ts';
import type { Fact, FactType, NewFact } from './fact.ts';
import { appendFacts, enqueue, factsAfter, factsOfRequests, LEDGER_CHANNEL } from './ledger.pg.ts';
import { type Places, placesAfter } from './places.ts';
import { readHeads, verifyLedger } from './verify.pg.ts';

describe.each(databases)('the ledger on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  const clock = testClock();
  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
  });
  afterAll(() => opened.close());

  const append = (...incoming: NewFact[]) => transact(orm, (tx) => appendFacts(tx, incoming, clock.now()));
  const some = (type: FactType = 'AccountRequested', changes: Partial<NewFact> = {}) =>
    newFact(type, 1, {
      id: unique('fact'),
      requestId: unique('req'),
      data: { text: 'ü "quoted" \\ 😀', n: 1e21, deep: [{ a: null }] },
      ...changes,
    });
  const count = async () =>
    Number((await rowsOf<{ n: number }>(orm, sql`select count(*) as n from facts`))[0]?.n);

  it('gives a fact the same hash on every engine', async () => {
    const at = new Date('2026-03-04T10:00:00.000Z');
    const fact = newFact('AccountRequested', 1, { id: 'fixed', data: { z: 1, a: 'ü', n: [0.1, -0, 1e300] } });
    const [appended] = await transact(orm, (tx) => appendFacts(tx, [fact], at));
    expect(appended?.hash).toBe('sha256:24c6603789e1e5232fb277c5d2c9830726540bb38a0b5f4d6b22fd4516e8d27b');
    expect(await verifyLedger(orm)).toMatchObject({ ok: true, facts: 1 });
    const [head] = await readHeads(orm);
    expect(head).toMatchObject({ lane: 0, seq: appended?.seq, hash: appended?.hash, facts: 1 });
  });

  describe('appending', () => {
    it('gives facts their place and keeps them as they were', async () => {
      const fact = some();
      const [appended] = await append(fact);
      expect(appended).toMatchObject({
        ...fact,
        seq: expect.any(Number),
        hash: expect.stringMatching(/^sha256:/),
      });
      expect(await factsOfRequests(orm, [fact.requestId ?? ''])).toEqual([
        { ...appended, accountId: undefined, actor: undefined },
      ]);
    });

    it('is idempotent by id', async () => {
      const fact = some();
      await append(fact);
      expect(await append(fact, { ...fact, meaning: 'another' })).toEqual([]);
    });

    it('is idempotent by meaning', async () => {
      const fact = some();
      await append(fact);
      expect(await append({ ...fact, id: unique('fact') })).toEqual([]);
    });

    it('is idempotent within one call', async () => {
      const fact = some();
      expect(await append(fact, fact, { ...fact, id: unique('fact') })).toHaveLength(1);
    });

    it('puts one entry in the outbox for each outbound fact, in the same transaction', async () => {
      const outbound = some('AccountVended');
      const internal = some('ProvisioningStarted');
      const [fact] = await append(outbound, internal);
      const entries = await orm
        .select()
        .from(outbox)
        .where(eq(outbox.key, `put-event:${outbound.id}`));
      expect(entries).toMatchObject([
        { kind: 'put-event', payload: { seq: fact?.seq }, sentAt: null, attempts: 0 },
      ]);
      expect(
        await orm
          .select()
          .from(outbox)
          .where(eq(outbox.key, `put-event:${internal.id}`)),
      ).toEqual([]);
    });

    it('leaves nothing behind when the transaction is rolled back', async () => {
      const before = await count();
      const fact = some('AccountVended');
      const failing = transact(orm, async (tx) => {
        await appendFacts(tx, [fact], clock.now());
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await count()).toBe(before);
      expect(
        await orm
          .select()
          .from(outbox)
          .where(eq(outbox.key, `put-event:${fact.id}`)),
      ).toEqual([]);
      await append(some());
      expect(await verifyLedger(orm)).toMatchObject({ ok: true });
    });

    it('rings the bell of the request after the commit', async () => {
      const heard: string[] = [];
      await opened.database.listen(LEDGER_CHANNEL, (payload) => heard.push(payload));
      const fact = some();
      await append(fact);
      await expect.poll(() => heard).toContain(fact.requestId);
    });
  });

  describe('the chain', () => {
    it('is whole after everything so far', async () => {
      const verified = await verifyLedger(orm);
      expect(verified).toMatchObject({ ok: true, facts: await count() });
      expect(await verifyLedger(orm, 2)).toEqual(verified);
    });

    it('stays one under parallel appends, and whole for whoever looks meanwhile', async () => {
      const before = await count();
      const lanes = Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 5; i++) await append(some(), some('ComplianceChanged'));
      });
      const looks = Array.from({ length: 3 }, async () => (await verifyLedger(orm, 7)).ok);
      await Promise.all(lanes);
      expect(await Promise.all(looks)).toEqual([true, true, true]);
      expect(await verifyLedger(orm)).toMatchObject({ ok: true, facts: before + 80 });
    });

    it('keeps one of the same fact when eight append it at once', async () => {
      const fact = some();
      const appended = await Promise.all(Array.from({ length: 8 }, () => append(fact)));
      expect(appended.flat()).toHaveLength(1);
    });

    it('is read in pages without a gap', async () => {
      const read: Fact[] = [];
      let places: Places = {};
      for (
        let page = await factsAfter(orm, {}, 7);
        page.length > 0;
        page = await factsAfter(orm, places, 7)
      ) {
        read.push(...page);
        places = placesAfter(places, page);
      }
      expect(read).toHaveLength(await count());
      expect(new Set(read.map((f) => f.seq)).size).toBe(read.length);
      expect(read.map((f) => f.seq)).toEqual(read.map((f) => f.seq).sort((a, b) => a - b));
    });
  });

  describe('a fact', () => {
    it.each([
      ['update', sql`update facts set actor = 'eve'`],
      ['delete', sql`delete from facts`],
      ['truncate', sql`truncate facts`],
    ])('refuses an %s', async (_what, statement) => {
      const before = await verifyLedger(orm);
      const error = await orm.execute(statement).then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(sqlState(error)).toBe('42501');
      const byItsOwner = await asOwner(orm, (owner) => owner.execute(statement)).catch((e: unknown) => e);
      expect(sqlState(byItsOwner)).toBe('42501');
      expect((byItsOwner as Error).cause).toMatchObject({ message: expect.stringContaining('append-only') });
      expect(await verifyLedger(orm)).toEqual(before);
    });
  });

  describe('tampering by the owner of the table', () => {
    /** What an owner can do who switches the trigger off; undone afterwards. @returns what verify says of it */
    async function tampered(...statements: string[]) {
      let verdict: Awaited<ReturnType<typeof verifyLedger>> | undefined;
      const undo = new Error('undo');
      await orm
        .transaction(async (tx) => {
          await tx.execute(sql`set local role none`);
          await tx.execute(sql`alter table facts disable trigger user`);
          for (const statement of statements) await tx.execute(sql.raw(statement));
          verdict = await verifyLedger(tx as unknown as Orm, 3);
          throw undo;
        })
        .catch((error: unknown) => {
          if (error !== undo) throw error;
        });
      return verdict;
    }

    it.each([
      ['edited data', ['update facts set data = data || \'{"eve":1}\' where seq = 3'], 3],
      ['an edited meaning', ["update facts set meaning = replace(meaning, 'w', 'v') where seq = 3"], 3],
      ['an edited actor', ["update facts set actor = 'eve' where seq = 4"], 4],
      [
        'an edited time',
        ["update facts set occurred_at = occurred_at + interval '1 millisecond' where seq = 4"],
        4,
      ],
      ['another request', ["update facts set request_id = 'req-eve' where seq = 5"], 5],
      ['an edited link', ["update facts set hash = 'sha256:' || repeat('0', 64) where seq = 2"], 2],
      ['a fact cut out', ['delete from facts where seq = 3'], 4],
      [
        'a fact cut out and the others moved up',
        [
          'delete from facts where seq = 3',
          'update facts set seq = -seq where seq > 3',
          'update facts set seq = -seq - 1 where seq < 0',
        ],
        3,
      ],
      [
        'two facts exchanged',
        ['update facts set seq = -seq where seq in (3, 4)', 'update facts set seq = 7 + seq where seq < 0'],
        3,
      ],
      ['the first fact cut off', ['delete from facts where seq = 1'], 2],
      ['everything cut off', ['delete from facts'], 1],
    ])('is found: %s', async (_what, statements, brokenAt) => {
      expect(await tampered(...statements)).toMatchObject({ ok: false, brokenAt });
    });

    it('is found: the end cut off', async () => {
      const [head] = await readHeads(orm);
      expect(await tampered(`delete from facts where seq = ${head?.seq}`)).toMatchObject({
        ok: false,
        brokenAt: expect.any(Number),
      });
    });

    it('is found: a head that was turned back with it', async () => {
      const [head] = await readHeads(orm);
      expect(
        await tampered(`update ledger_lanes set seq = ${(head?.seq ?? 0) - 1} where lane = 0`),
      ).toMatchObject({ ok: false });
    });

    it('leaves a whole chain once it is undone', async () => {
      expect(await verifyLedger(orm)).toMatchObject({ ok: true });
    });
  });

  describe('the outbox', () => {
    it('holds a message once for each key', async () => {
      const key = unique('key');
      const put = () =>
        transact(orm, (tx) => enqueue(tx, [{ kind: 'chat-post', key, payload: { a: 'ü' } }], clock.now()));
      await Promise.all([put(), put(), put()]);
      expect(await orm.select().from(outbox).where(eq(outbox.key, key))).toMatchObject([
        { payload: { a: 'ü' } },
      ]);
    });
  });
});

describe.each(databases.filter((d) => d.name === 'Postgres'))('listening on $name', ({ open }) => {
  it('goes on after the connection was cut', async () => {
    const opened = await open();
    const { orm } = opened.database;
    const channel = unique('channel').replaceAll('-', '_');
    const heard: string[] = [];
    const others: string[] = [];
    await Promise.all([
      opened.database.listen(channel, (p) => heard.push(p)),
      opened.database.listen(channel, (p) => others.push(p)),
    ]);
    await orm.execute(sql`select pg_notify(${channel}, 'one')`);
    await expect.poll(() => [...heard, ...others].filter((p) => p === 'one')).toHaveLength(2);
    await asOwner(orm, (owner) =>
      owner.execute(
        sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jetway-listen' and datname = current_database()`,
      ),
    );
    // Whatever happened meanwhile is unknown, so it looks once.
    await expect.poll(() => heard.at(-1), { timeout: 10_000 }).toBe('');
    await orm.execute(sql`select pg_notify(${channel}, 'two')`);
    await expect.poll(() => heard).toContain('two');
    expect(heard.filter((p) => p === 'two')).toHaveLength(1);
    await opened.close();
  });
});

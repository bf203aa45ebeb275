import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import { checkpointsInMemory } from '../../test/support/checkpoints.ts';
import { counted } from '../../test/support/counts.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { openApp } from '../../test/support/http.ts';
import { person, unique } from '../../test/support/service.ts';
import { openSecrets } from '../kernel/secrets.node.ts';
import { checkpointFile } from './checkpoints.node.ts';
import { makeCheckpoint, trustedCheckpoints } from './checkpoints.pg.ts';
import { newFact } from './fact.fixture.ts';
import { chainHash, factBody, GENESIS_HASH, type NewFact } from './fact.ts';
import { appendFacts, factsOfLane } from './ledger.pg.ts';
import { readHeads, verifyLedger } from './verify.pg.ts';

const secrets = openSecrets(Buffer.alloc(32, 7));
const FACTS = 120;

describe.each(databases)('custody of the ledger on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  const store = checkpointsInMemory();
  const custody = { secrets, store };
  let minute = 0;
  const now = () => new Date(Date.UTC(2026, 2, 4, 10, ++minute));

  const observed = (accountId: string): NewFact => {
    const id = unique('aws');
    return {
      ...newFact('AwsEventObserved', 0, { id }),
      requestId: undefined,
      source: 'aws.ec2',
      accountId,
      data: { id },
    };
  };
  const append = (...facts: NewFact[]) => transact(orm, (tx) => appendFacts(tx, facts, now()));

  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
    for (let i = 0; i < FACTS / 4; i++) {
      const own = () => newFact('AccountRequested', i, { id: unique('fact'), requestId: unique('req') });
      await append(
        own(),
        own(),
        observed(`1000000000${10 + (i % 60)}`),
        observed(`2000000000${10 + (i % 60)}`),
      );
      if (i === 15) await makeCheckpoint(orm, custody, now());
    }
    await makeCheckpoint(orm, custody, now());
  });
  afterAll(() => opened.close());

  const verify = async (reader: Orm = orm) =>
    verifyLedger(reader, 50, (read) => read(reader), (await trustedCheckpoints(custody)).checkpoints);

  /** What an owner can do who switches the triggers off; undone afterwards. @returns what verify says of it */
  async function tampered(tamper: (tx: Orm) => Promise<unknown>) {
    let verdict: Awaited<ReturnType<typeof verify>> | undefined;
    const undo = new Error('undo');
    await orm
      .transaction(async (tx) => {
        const owner = tx as unknown as Orm;
        await owner.execute(sql`set local role none`);
        await owner.execute(sql`alter table facts disable trigger user`);
        await tamper(owner);
        verdict = await verify(owner);
        throw undo;
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error;
      });
    return verdict;
  }

  it('is kept when something was added, and vouches for a ledger that is whole', async () => {
    const [first, second] = (await trustedCheckpoints(custody)).checkpoints;
    expect(first?.facts).toBeLessThan(second?.facts ?? 0);
    expect(second).toMatchObject({ facts: FACTS, head: (await verify()).head });
    expect(await makeCheckpoint(orm, custody, now(), second)).toBe(second);
    expect(store.kept).toHaveLength(2);
    expect(await verify()).toMatchObject({ ok: true, facts: FACTS });
  });

  it('finds a lane that was written anew, head and all, and one that was cut off with its head', async () => {
    const lane = async (owner: Orm) => {
      const facts = await factsOfLane(owner, 0, 0, 1_000);
      const head = (await readHeads(owner))[0]!;
      return { facts, head };
    };
    const rewritten = await tampered(async (owner) => {
      const { facts } = await lane(owner);
      let hash = GENESIS_HASH;
      for (const fact of facts) {
        const changed = { ...fact, actor: fact.seq === facts[3]?.seq ? 'eve' : fact.actor };
        hash = chainHash(hash, factBody(changed));
        await owner.execute(sql`update facts set actor = ${changed.actor ?? null}, hash = ${hash}
          where lane = 0 and seq = ${fact.seq}`);
      }
      await owner.execute(sql`update ledger_lanes set hash = ${hash} where lane = 0`);
      expect(await verifyLedger(owner)).toMatchObject({ ok: true });
    });
    expect(rewritten).toMatchObject({ ok: false, brokenAt: expect.any(Number) });
    const cut = await tampered(async (owner) => {
      const { facts } = await lane(owner);
      const last = facts.at(-2)!;
      await owner.execute(sql`delete from facts where lane = 0 and seq > ${last.seq}`);
      await owner.execute(sql`update ledger_lanes set seq = ${last.seq}, hash = ${last.hash}, facts = facts - 1
        where lane = 0`);
      expect(await verifyLedger(owner)).toMatchObject({ ok: true });
    });
    expect(cut).toMatchObject({ ok: false });
  });

  it('finds whatever is changed of any fact, link or head', async () => {
    const places = (
      await Promise.all([0, 1, 2, 3, 4].map((lane) => factsOfLane(orm, lane, 0, 1_000)))
    ).flat();
    const changes = [
      sql`actor = coalesce(actor, '') || 'x'`,
      sql`meaning = meaning || 'x'`,
      sql`id = id || 'x'`,
      sql`type = type || 'x'`,
      sql`source = source || 'x'`,
      sql`request_id = coalesce(request_id, '') || 'x'`,
      sql`account_id = coalesce(account_id, '') || 'x'`,
      sql`version = version + 1`,
      sql`occurred_at = occurred_at + interval '1 millisecond'`,
      sql`recorded_at = recorded_at - interval '1 millisecond'`,
      sql`data = data || '{"x": 1}'`,
      sql`hash = 'sha256:' || reverse(right(hash, 64))`,
      sql`seq = -seq`,
    ];
    const act = fc.record({ place: fc.nat(places.length - 1), how: fc.nat(changes.length + 1) });
    await fc.assert(
      fc.asyncProperty(act, async ({ place, how }) => {
        const { lane, seq } = places[place]!;
        const verdict = await tampered((owner) => {
          if (how === changes.length)
            return owner.execute(sql`delete from facts where lane = ${lane} and seq = ${seq}`);
          if (how > changes.length)
            return owner.execute(sql`update ledger_lanes set facts = facts + 1 where lane = ${lane}`);
          return owner.execute(sql`update facts set ${changes[how]!} where lane = ${lane} and seq = ${seq}`);
        });
        expect(verdict?.ok).toBe(false);
      }),
      { numRuns: counted(10_000) },
    );
    expect(await verify()).toMatchObject({ ok: true });
  });

  it('says so when a checkpoint is not of our key', async () => {
    const app = openApp(opened.database);
    const auditor = person('audit', ['auditor'], 'audra@example.com');
    const ask = async () => (await app.call('GET', '/v1/ledger/verify', { who: auditor })).body;
    const made = await makeCheckpoint(orm, { secrets: app.service.secrets, store: app.checkpoints }, now());
    expect(await ask()).toMatchObject({ ok: true, checkpoints: { held: 1, refused: 0, newest: made.at } });
    const [kept] = app.checkpoints.kept;
    app.checkpoints.kept.push({ ...kept!, checkpoint: { ...made, facts: made.facts - 1 } });
    expect(await ask()).toMatchObject({ ok: false, checkpoints: { held: 1, refused: 1 } });
  });
});

/** As large as what is promised of it, in full; the share of it that fits the share of the tries otherwise. */
const LARGE = counted(100_000);
/** Facts from one checkpoint to the next. */
const STRETCH = 500;

describe.each(databases)('a large ledger on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  const store = checkpointsInMemory();
  const custody = { secrets, store };
  let minute = 0;
  const now = () => new Date(Date.UTC(2026, 2, 4, 10, ++minute));
  const anything = (i: number): NewFact => {
    const id = unique(`large-${i}`);
    const fact = newFact(i % 2 === 0 ? 'AccountRequested' : 'AwsEventObserved', i, {
      id,
      data: { i, text: 'ü "x" 😀' },
    });
    return i % 2 === 0
      ? { ...fact, requestId: id }
      : { ...fact, requestId: undefined, source: 'aws.ec2', accountId: String(1e11 + (i % 97)) };
  };
  const grow = async (from: number, n: number) => {
    const facts = Array.from({ length: n }, (_, i) => anything(from + i));
    await transact(orm, (tx) => appendFacts(tx, facts, now()));
    await makeCheckpoint(orm, custody, now());
  };
  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
    for (let i = 0; i < LARGE; i += STRETCH) await grow(i, STRETCH);
  }, 1_800_000);
  afterAll(() => opened.close());

  it('shows every tampering with any of its facts', async () => {
    const { checkpoints } = await trustedCheckpoints(custody);
    const places = await rowsOf<{ lane: number; seq: string }>(
      orm,
      sql`select lane, seq from facts order by seq`,
    );
    expect(places.length).toBeGreaterThanOrEqual(LARGE);
    const changes = [
      sql`actor = coalesce(actor, '') || 'x'`,
      sql`meaning = reverse(meaning)`,
      sql`id = id || 'x'`,
      sql`type = type || 'x'`,
      sql`source = source || 'x'`,
      sql`request_id = coalesce(request_id, '') || 'x'`,
      sql`account_id = coalesce(account_id, '') || 'x'`,
      sql`version = version + 1`,
      sql`occurred_at = occurred_at + interval '1 millisecond'`,
      sql`recorded_at = recorded_at - interval '1 millisecond'`,
      sql`data = jsonb_set(data, '{i}', '-1')`,
      sql`hash = 'sha256:' || reverse(right(hash, 64))`,
      sql`seq = -seq`,
    ];
    const undo = new Error('undo');
    let shown = 0;
    const tries = counted(10_000);
    const act = fc.record({ place: fc.nat(places.length - 1), how: fc.nat(changes.length) });
    for (const { place, how } of fc.sample(act, tries)) {
      const { lane, seq } = places[place]!;
      // The stretch of the ledger in which the fact lies, by the checkpoints before and after it.
      const next = checkpoints.findIndex(({ lanes }) =>
        lanes.some((l) => l.lane === lane && l.seq >= Number(seq)),
      );
      const between = { from: checkpoints[next - 1], upto: checkpoints[next] };
      await orm
        .transaction(async (tx) => {
          const owner = tx as unknown as Orm;
          await owner.execute(sql`set local role none`);
          await owner.execute(sql`set local session_replication_role = replica`);
          const where = sql`where lane = ${lane} and seq = ${Number(seq)}`;
          await owner.execute(
            how === changes.length
              ? sql`delete from facts ${where}`
              : sql`update facts set ${changes[how]!} ${where}`,
          );
          const { ok } = await verifyLedger(owner, STRETCH, (read) => read(owner), checkpoints, between);
          if (!ok) shown += 1;
          throw undo;
        })
        .catch((error: unknown) => {
          if (error !== undo) throw error;
        });
    }
    expect(shown).toBe(tries);
    expect(await verifyLedger(orm, 1_000, (read) => read(orm), checkpoints)).toMatchObject({ ok: true });
  });

  it('gives no false alarm, however it has grown', async () => {
    let from = (await trustedCheckpoints(custody)).checkpoints.at(-1);
    for (const n of fc.sample(fc.integer({ min: 1, max: 30 }), counted(1_000))) {
      await grow(LARGE + minute, n);
      const { checkpoints } = await trustedCheckpoints(custody);
      const verdict = await verifyLedger(orm, 7, (read) => read(orm), checkpoints, { from });
      expect(verdict).toMatchObject({
        ok: true,
        facts: checkpoints.at(-1)?.facts,
        head: checkpoints.at(-1)?.head,
      });
      from = checkpoints.at(-1);
    }
  });
});

describe('the file of checkpoints', () => {
  const dir = mkdtempSync(join(tmpdir(), 'jetway-checkpoints-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const signed = (facts: number) => ({
    checkpoint: { at: '2026-03-04T10:00:00.000Z', head: 'h', facts, lanes: [] },
    signature: 's',
  });

  it('is empty before the first, and holds them in their order', async () => {
    const file = checkpointFile(join(dir, 'made', 'one.jsonl'));
    expect(await file.all()).toEqual({ kept: [], unreadable: 0 });
    await file.add(signed(1));
    await file.add(signed(2));
    expect(await file.all()).toEqual({ kept: [signed(1), signed(2)], unreadable: 0 });
  });

  it('passes over a line that was cut off by a kill, and counts what is none', async () => {
    const path = join(dir, 'two.jsonl');
    const file = checkpointFile(path);
    await file.add(signed(1));
    writeFileSync(path, `${readFileSync(path, 'utf8')}nonsense\n{"checkpoint":{}}\n{"checkp`);
    expect(await file.all()).toEqual({ kept: [signed(1)], unreadable: 2 });
  });
});

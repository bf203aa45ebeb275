import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import { counted } from '../../test/support/counts.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { attachGuardrails } from '../../test/support/guardrails.ts';
import { newAccountId } from '../../test/support/messages.ts';
import { person, unique } from '../../test/support/service.ts';
import type { Principal } from '../access/principal.ts';
import { accountComplianceAsOf } from './account-as-of.pg.ts';
import { findingsAsOf } from './as-of.pg.ts';
import { LANES, laneOf, type NewFact } from './fact.ts';
import { type Evaluation, findingsAt, type Guarded, standAt, type Tables, tablesOf } from './fold.fixture.ts';
import { markDays } from './housekeeping.pg.ts';
import { ingest } from './ingest.pg.ts';
import { lockLanes } from './ledger.pg.ts';
import { complianceSummary, complianceTrend } from './summary.pg.ts';
import { verifyLedger } from './verify.pg.ts';

/** Around midnight and the turn of a month, so that every level of the counters takes part. */
const START = Date.parse('2026-02-28T21:00:00.000Z');
const SPAN_MS = 6 * 3_600_000;
const STATUSES = ['COMPLIANT', 'NON_COMPLIANT', 'NON_COMPLIANT', 'NOT_APPLICABLE', 'INSUFFICIENT_DATA'];
const RULES = ['r1', 'r2', 'r3', 'r4'];
const CONTROL_OF = { r1: 'C1', r2: 'C2', r3: 'C3' } as const;
/** Whose guardrail is told only after Config has spoken of its rule; r4 belongs to none. */
const TOLD_LATE = 'r3';

type World = { evaluations: Evaluation[]; accounts: Guarded[]; batches: number[]; instants: number[] };

const world: fc.Arbitrary<World> = fc
  .record({
    from: fc.array(fc.nat(SPAN_MS), { minLength: 3, maxLength: 8 }),
    told: fc.array(
      fc.record({
        account: fc.nat(),
        rule: fc.constantFrom(...RULES),
        resource: fc.nat(2),
        status: fc.constantFrom(...STATUSES),
        // Few different instants, so that two evaluations of one finding meet in one.
        at: fc.oneof(
          fc.nat(SPAN_MS),
          fc.nat(20).map((n) => n * 600_000),
        ),
      }),
      { minLength: 20, maxLength: 160 },
    ),
    batches: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 4, maxLength: 20 }),
    instants: fc.array(fc.nat(SPAN_MS), { minLength: 8, maxLength: 8 }),
  })
  .map(({ from, told, batches, instants }) => {
    const accounts = from.map((ms) => ({
      accountId: newAccountId(),
      controlOf: CONTROL_OF,
      guardrailsFrom: START + ms,
    }));
    const evaluations = told.map(
      ({ account, rule, resource, status, at }, i): Evaluation => ({
        accountId: accounts[account % accounts.length]!.accountId,
        rule,
        resourceId: `v${resource}`,
        status,
        version: START + at,
        // In no order with the time.
        id: `aws:${(i * 7_919) % 1_000}:${unique()}`,
      }),
    );
    return { accounts, evaluations, batches, instants: instants.map((ms) => START + ms) };
  });

const factOf = ({ accountId, rule, resourceId, status, version, id }: Evaluation): NewFact => ({
  id,
  meaning: `meaning:${id}`,
  type: 'ComplianceChanged',
  source: 'aws.config',
  accountId,
  version,
  occurredAt: new Date(version).toISOString(),
  data: { ...words(id), region: 'us-east-1', rule, resourceType: 'T', resourceId, status, before: null },
});

/** What is not told in plain words is taken by another way. */
const words = (id: string) =>
  Number(id.split(':')[1]) % 3 === 0 ? { annotation: 'not a "plain" word' } : {};

/** Mulberry32: the same numbers on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe.each(databases)('what evaluations are folded into on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  let now = Date.parse('2026-03-10T00:00:00.000Z');
  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
    await orm.execute(sql`select ledger_add_era('2026-03')`);
  });
  afterAll(() => opened.close());

  async function guard(
    accounts: readonly Guarded[],
    team: string,
    late?: string,
    known?: Date,
  ): Promise<void> {
    await transact(orm, async (tx) => {
      await lockLanes(tx);
      const rows = JSON.stringify(accounts);
      await tx.execute(sql`insert into accounts (account_id, name, email, email_canonical, organizational_unit_id, team,
          status, origin, request_id, created_at, updated_at)
        select "accountId", "accountId", 'x', 'x', 'ou-1', ${team}, 'ACTIVE', 'VENDED', 'req', now(), now()
        from jsonb_to_recordset(${rows}::jsonb) as a("accountId" text)`);
      // One by one: each account has had its guardrails since another time.
      for (const { accountId, controlOf, guardrailsFrom } of accounts) {
        const attached = Object.entries(controlOf).map(([rule, control]) => ({
          accountId,
          control,
          kind: 'detective' as const,
          ...(rule === late ? {} : { carrier: rule }),
        }));
        await attachGuardrails(tx, attached, guardrailsFrom, known);
      }
    });
  }

  /** Each lane on its own, side by side, as the inbox does it. */
  async function tell(facts: readonly NewFact[]): Promise<number> {
    const kept = await Promise.all(
      LANES.map((lane) => {
        const own = facts.filter((fact) => laneOf(fact) === lane);
        return own.length === 0 ? [] : ingest(orm, lane, own, new Date(++now));
      }),
    );
    return kept.flat().length;
  }

  /** Everything in batches of these sizes, some of it twice; half-way it is told of which control the late rule is. */
  async function tellAll({ evaluations, accounts, batches }: World): Promise<void> {
    const facts = evaluations.map(factOf);
    const all = [...facts, ...facts.filter((_, i) => i % 5 === 0)];
    let kept = 0;
    let late = false;
    for (let i = 0, b = 0; i < all.length; b++) {
      const size = batches[b % batches.length] ?? 1;
      kept += await tell(all.slice(i, i + size));
      i += size;
      if (late || i < all.length / 2) continue;
      late = true;
      await transact(orm, async (tx) => {
        await lockLanes(tx);
        const ids = sql`array(select jsonb_array_elements_text(${JSON.stringify(accounts.map((a) => a.accountId))}::jsonb))`;
        await tx.execute(sql`update account_guardrails set carrier = ${TOLD_LATE}
          where control = ${CONTROL_OF[TOLD_LATE]} and account_id = any (${ids})`);
        await tx.execute(sql`select adopt_findings(0::smallint, ${ids})`);
      });
    }
    expect(kept).toBe(facts.length);
  }

  it('is at every instant what the plainest reckoning says, in whatever order and batches it was told', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (its) => {
        const team = unique('team');
        const who = person(team, ['requester']);
        await guard(its.accounts, team, TOLD_LATE);
        await tellAll(its);
        for (const at of [...its.instants, START + 2 * SPAN_MS]) {
          const wanted = standAt(its.evaluations, its.accounts, at);
          const summary = await complianceSummary(orm, who, () => 'any', { asOf: new Date(at) });
          expect(summary.compliance).toEqual({ ...wanted.states, excepted: 0 });
          const enabled = its.accounts.filter((a) => a.guardrailsFrom <= at).length * 3;
          expect(summary.guardrails.enabled).toBe(enabled);
          const { items } = await findingsAsOf(orm, who, { limit: 1_000 }, { asOf: new Date(at) });
          expect(items.map((f) => [f.accountId, f.rule, f.resourceId, f.status].join()).sort()).toEqual(
            findingsAt(its.evaluations, at)
              .map((f) => [f.accountId, f.rule, f.resourceId, f.status].join())
              .sort(),
          );
        }
        const latest = await complianceSummary(orm, who, () => 'any', { now: new Date() });
        const { states } = standAt(its.evaluations, its.accounts, Infinity);
        expect(latest.compliance).toEqual({ ...states, excepted: 0 });
      }),
      { numRuns: counted(800), endOnFailure: true },
    );
    expect(await verifyLedger(orm)).toMatchObject({ ok: true });
  });

  it('is in numbers and trend what was known at a time, of any instant', async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), async (its, picks) => {
        const team = unique('team');
        const who = person(team, ['requester']);
        await guard(its.accounts, team, undefined, new Date(++now));
        // Of two evaluations in one instant only the one that counts is kept: here there are none.
        const evaluations = its.evaluations.map((one, i) => ({ ...one, version: one.version + i * 977 }));
        const knownAt = new Map<string, number>();
        for (let i = 0, b = 0; i < evaluations.length; b++) {
          const batch = evaluations.slice(i, i + (its.batches[b % its.batches.length] ?? 1));
          i += batch.length;
          for (const one of batch) {
            await tell([factOf(one)]);
            knownAt.set(one.id, now);
          }
        }
        for (const [n, at] of its.instants.slice(0, picks.length).entries()) {
          const known = now - (picks[n]! % (evaluations.length + 1));
          const heard = evaluations.filter((one) => knownAt.get(one.id)! <= known);
          const wanted = { ...standAt(heard, its.accounts, at).states, excepted: 0 };
          const instant = { asOf: new Date(at), knownAt: new Date(known) };
          const summary = await complianceSummary(orm, who, () => 'any', instant);
          expect(summary.compliance).toEqual(wanted);
          const enabled = its.accounts.filter((a) => a.guardrailsFrom <= at).length * 3;
          expect(summary.guardrails.enabled).toBe(enabled);
          const trend = await complianceTrend(orm, who, new Date(START), instant.asOf, instant.knownAt);
          expect(trend.at(-1)).toEqual({ at: instant.asOf.toISOString(), ...wanted });
          for (const point of trend) {
            const { states } = standAt(heard, its.accounts, Date.parse(point.at));
            expect(point).toEqual({ at: point.at, ...states, excepted: 0 });
          }
        }
      }),
      { numRuns: counted(300), endOnFailure: true },
    );
  });

  it('is in every table and counter what the plainest reckoning says, after very many', async () => {
    const random = randomFrom(7);
    const upto = (n: number) => Math.floor(random() * n);
    const evaluations = counted(1_000_000);
    const controlOf = { r1: unique('M1'), r2: unique('M2'), r3: unique('M3') };
    const teams = [unique('team'), unique('team')];
    const accounts = Array.from({ length: Math.ceil(evaluations / 500) }, (_, n) => ({
      accountId: newAccountId(),
      controlOf,
      guardrailsFrom: START + upto(SPAN_MS),
      team: teams[n % teams.length]!,
    }));
    for (const team of teams)
      await guard(
        accounts.filter((a) => a.team === team),
        team,
      );
    const run = unique();
    const told = Array.from({ length: evaluations }, (_, n): Evaluation => {
      const late = random() < 0.02;
      return {
        accountId: accounts[upto(accounts.length)]!.accountId,
        rule: RULES[upto(RULES.length)]!,
        resourceId: `v${upto(3)}`,
        status: STATUSES[upto(STATUSES.length)]!,
        // In their order, but for half an hour; and some at any time.
        version: START + (late ? upto(SPAN_MS) : Math.floor((n / evaluations) * SPAN_MS) + upto(1_800_000)),
        id: `aws:${upto(1_000_000)}:${run}:${n}`,
      };
    });
    let kept = 0;
    for (let from = 0; from < told.length; from += 2_000) {
      const facts = told.slice(from, from + 2_000).map(factOf);
      // Every tenth comes twice, some in the same batch and some long after.
      const again = facts.filter((_, i) => i % 10 === 0);
      const before = told
        .slice(0, from)
        .filter((_, i) => i % 97 === from % 97)
        .slice(-50);
      kept += await tell([...facts, ...again, ...before.map(factOf)]);
    }
    expect(kept).toBe(evaluations);
    const wanted = tablesOf(told, accounts);
    const found = await tablesIn(
      accounts.map((a) => a.accountId),
      Object.values(controlOf),
      teams,
    );
    for (const name of Object.keys(wanted) as (keyof Tables)[]) {
      expect({ name, lines: found[name].length }).toEqual({ name, lines: wanted[name].length });
      const wrong = wanted[name].findIndex((line, i) => line !== found[name][i]);
      expect([name, wanted[name][wrong], found[name][wrong]]).toEqual([name, undefined, undefined]);
    }
  });

  /** The tables as `tablesOf` writes them. */
  async function tablesIn(
    accountIds: readonly string[],
    controls: readonly string[],
    teams: readonly string[],
  ) {
    const list = (values: readonly string[]) =>
      sql`array(select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;
    const ours = sql`account_id = any (${list(accountIds)})`;
    const lines = async (query: SQL) =>
      (await rowsOf<{ line: string }>(orm, query)).map(({ line }) => line).sort();
    const scopes = list(teams.map((team) => `team:${team}`));
    return {
      findings: await lines(sql`select concat_ws(',', account_id, rule, resource_id, version, status,
        coalesce(control, '')) as line from compliance where ${ours}`),
      history:
        await lines(sql`select concat_ws(',', c.account_id, c.rule, c.resource_id, h.version, h.status) as line
        from compliance c join compliance_history h using (key) where c.${ours}`),
      steps: await lines(sql`select concat_ws(',', account_id, at, control, open, passed, guardrails) as line
        from posture_steps where ${ours} and (open, passed, guardrails) <> (0, 0, 0)`),
      flips: await lines(sql`select concat_ws(',', account_id, at, state, n) as line from posture_flips
        where ${ours} and n <> 0`),
      postures: await lines(sql`select concat_ws(',', account_id, open, passed, guardrails) as line
        from account_posture where ${ours}`),
      tallies:
        await lines(sql`select concat_ws(',', scope, measure, level, start, key, sum(n)) as line from tallies
        where key = any (${list(controls)}) or (measure = 'compliance' and scope = any (${scopes}))
        group by scope, measure, level, start, key having sum(n) <> 0`),
    } satisfies Tables;
  }

  /** How all accounts stood at an instant and what they had, by their turns and spans alone. */
  async function recountAt(at: number) {
    const counted = await rowsOf<{ measure: string; key: string; n: number }>(
      orm,
      sql`select 'states' as measure, state as key, sum(n)::int as n from posture_flips where at <= ${at} group by 1, 2
        union all
        select 'guardrails', 'all', count(*)::int from guardrail_spans where from_at <= ${at} and coalesce(to_at > ${at}, true)
        union all
        select 'accounts', status, count(*)::int from account_spans
        where from_at <= ${at} and coalesce(to_at > ${at}, true) group by 1, 2`,
    );
    const of = (measure: string) =>
      Object.fromEntries(counted.filter((c) => c.measure === measure && c.n !== 0).map((c) => [c.key, c.n]));
    return { states: of('states'), guardrails: of('guardrails').all ?? 0, accounts: of('accounts') };
  }

  it('is for everybody the same with marks of days and without, and what comes late takes marks away', async () => {
    const operator: Principal = { subject: 'olga@example.com', teams: [], roles: ['operator'] };
    const midnight = Date.parse('2026-03-01T00:00:00.000Z');
    const marks = async (): Promise<number[]> =>
      (await rowsOf<{ at: number }>(orm, sql`select at::float8 as at from tally_marks order by 1`)).map(
        ({ at }) => at,
      );
    const edges = [0, 3_600_000, 86_400_000, -3_600_000].flatMap((ms) => [ms - 1, ms, ms + 1]);
    await fc.assert(
      fc.asyncProperty(world, async (its) => {
        const team = unique('team');
        await guard(its.accounts, team);
        await transact(orm, async (tx) => {
          await lockLanes(tx);
          await tx.execute(
            sql`select span_observed_accounts(0::smallint, ${new Date(its.instants[0]!).toISOString()}::timestamptz)`,
          );
        });
        await tellAll({ ...its, evaluations: its.evaluations.slice(1) });
        await markDays(orm, new Date(now));
        expect(await marks()).toContain(midnight);
        const newest = (await marks()).at(-1);
        expect(newest).toBe(Date.parse('2026-03-09T00:00:00.000Z'));
        const check = async () => {
          for (const at of [
            ...its.instants,
            ...edges.map((ms) => midnight + ms),
            START - 86_400_000,
            START + 10 * 86_400_000,
          ]) {
            const wanted = await recountAt(at);
            const summary = await complianceSummary(orm, operator, () => 'any', { asOf: new Date(at) });
            const none = { compliant: 0, nonCompliant: 0, excepted: 0, unknown: 0 };
            expect([at, summary.compliance]).toEqual([at, { ...none, ...wanted.states }]);
            expect([at, summary.guardrails.enabled]).toEqual([at, wanted.guardrails]);
            expect([at, summary.accounts.byStatus]).toEqual([at, wanted.accounts]);
          }
        };
        await check();
        // Turns its account before midnight, unless it says what was known.
        const { accountId } = its.accounts[0]!;
        const late = (status: string, ms: number): Evaluation => ({
          accountId,
          rule: 'r1',
          resourceId: unique(),
          status,
          version: midnight - ms,
          id: `aws:${unique()}`,
        });
        await tell([factOf(late('NON_COMPLIANT', 5_000)), factOf(its.evaluations[0]!)].map((f) => f));
        await check();
        await markDays(orm, new Date(now));
        await check();
      }),
      { numRuns: counted(500), endOnFailure: true },
    );
    const before = await marks();
    const accounts = [{ accountId: newAccountId(), controlOf: CONTROL_OF, guardrailsFrom: midnight + 1 }];
    await guard(accounts, unique('team'));
    expect(await marks()).toEqual(before.filter((at) => at <= midnight));
  });

  it('counts what the rows say, for everybody and for now', async () => {
    const counters = await rowsOf<{ measure: string; key: string; n: string }>(
      orm,
      sql`select measure, key, sum(n)::text as n from tallies
        where scope = '*' and (measure, level) in (('violations', 2), ('compliance', 0)) group by 1, 2 having sum(n) <> 0
        order by 1, 2`,
    );
    const rows = await rowsOf<{ measure: string; key: string; n: string }>(
      orm,
      sql`select 'compliance' as measure, posture_state(open, passed, detective, guardrails) as key, count(*)::text as n
        from account_posture group by 1, 2
        union all
        select 'violations', control, count(*)::text from compliance
        where status = 'NON_COMPLIANT' and control is not null group by 1, 2
        order by 1, 2`,
    );
    expect(counters).toEqual(rows.filter(({ key }) => key !== null));
    expect(rows.length).toBeGreaterThan(3);
  });

  it('says what was known at a time, beside what was true then', async () => {
    const team = unique('team');
    const accounts = [{ accountId: newAccountId(), controlOf: CONTROL_OF, guardrailsFrom: START }];
    await guard(accounts, team);
    const { accountId } = accounts[0]!;
    const one = { accountId, rule: 'r1', resourceId: 'v1' };
    await tell([factOf({ ...one, status: 'COMPLIANT', version: START + 1_000, id: unique() })]);
    const between = new Date(++now);
    // Late news of something in the past.
    await tell([factOf({ ...one, status: 'NON_COMPLIANT', version: START + 2_000, id: unique() })]);
    const asOf = new Date(START + 5_000);
    const who = person(team, ['requester']);
    const status = async (knownAt?: Date) =>
      (await accountComplianceAsOf(orm, who, accountId, { asOf, knownAt })).items[0]?.status;
    expect(await status(new Date(Date.now() + 1))).toBe('NON_COMPLIANT');
    // The guardrails themselves are known since the wall clock's now, the findings since the times of this test.
    const found = await findingsAsOf(orm, who, { limit: 10 }, { asOf, knownAt: between });
    expect(found.items.map((f) => f.status)).toEqual(['COMPLIANT']);
    expect(await status()).toBe('NON_COMPLIANT');
  });
});

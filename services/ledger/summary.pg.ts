import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnScopes, ownScopes, ownTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { askAs, readAs } from '../access/read-as.pg.ts';
import type { Instant } from './as-of.pg.ts';

/** What is counted, by key. */
type Counts = Partial<Record<'accounts' | 'guardrails' | 'compliance', Record<string, number>>>;
/** The same as the database tells it, some of it in parts; nulls where there is nothing. */
type CountsTold = [measures: (keyof Counts)[] | null, keys: string[] | null, numbers: number[] | null];

const DAY_MS = 86_400_000;

/** Of which instant something is asked: of now, or of another. */
export type When = { now: Date } | Instant;

/** The counters of now, those that stand by an exception apart. */
const countsNow = async (orm: Orm, who: Principal, now: Date): Promise<Counts> =>
  countsTold(await askAs(orm, who, 'ask_counts_now', ownScopes(who), ownTeams(who), now.getTime()));

type ThenTold = [counts: CountsTold, changes: [keys: string[] | null, numbers: number[]]];

/** The counters of an instant in the same way. */
async function countsThen(orm: Orm, who: Principal, at: Date): Promise<Counts> {
  const told = await askAs<ThenTold>(
    orm,
    who,
    'ask_counts_then',
    ownScopes(who),
    ownTeams(who),
    at.getTime(),
  );
  const counts = countsTold(told?.[0] ?? null);
  const [keys, numbers] = told?.[1] ?? [];
  const changes = Object.fromEntries(keys?.map((key, i) => [key, numbers?.[i] ?? 0]) ?? []);
  return { ...counts, compliance: withChanges(counts.compliance ?? {}, changes) };
}

/** Changes of counters at instants, one for each of them. */
type Unlearnt = [places: number[] | null, measures: (keyof Counts)[], keys: string[], numbers: number[]];

/** What was known at a time of each of these instants, given what is known now of them without regard to exceptions. */
async function asKnown(
  orm: Orm,
  who: Principal,
  at: readonly number[],
  counts: readonly Counts[],
  knownAt: Date,
): Promise<Counts[]> {
  const [places, measures, keys, numbers] =
    (await askAs<Unlearnt>(orm, who, 'ask_unlearnt', ownTeams(who), at, knownAt.toISOString())) ?? [];
  const known = counts.map((one): Counts => structuredClone(one));
  places?.forEach((place, i) => {
    const one = known[place]!;
    const measure = measures![i]!;
    one[measure] = withChanges(one[measure] ?? {}, { [keys![i]!]: numbers![i]! });
  });
  return known;
}

/** The counters of an instant, as far as was known at a time. */
async function countsKnown(orm: Orm, who: Principal, asOf: Date, knownAt: Date): Promise<Counts> {
  const [known = {}] = await asKnown(orm, who, [asOf.getTime()], [await countsAt(orm, who, asOf)], knownAt);
  return known;
}

/** The counters of an instant, without regard to exceptions. */
const countsAt = async (orm: Orm, who: Principal, at: Date): Promise<Counts> =>
  countsTold(await askAs(orm, who, 'ask_counts_at', ownScopes(who), ownTeams(who), at.getTime()));

function countsTold(told: CountsTold | null): Counts {
  const [measures, keys, numbers] = told ?? [];
  const counts: Counts = {};
  measures?.forEach((measure, i) => {
    const key = keys?.[i] ?? '';
    counts[measure] ??= {};
    counts[measure][key] = (counts[measure][key] ?? 0) + (numbers?.[i] ?? 0);
  });
  return counts;
}

/** What exceptions make of the states of accounts at instants, as changes of their numbers: one map for each instant. */
async function exceptedAt(
  orm: Orm,
  who: Principal,
  at: readonly number[],
): Promise<Record<string, number>[]> {
  const [places, keys, numbers] =
    (await askAs<[number[] | null, string[], number[]]>(orm, who, 'ask_excepted_at', ownTeams(who), at)) ??
    [];
  const changes = at.map(() => ({}) as Record<string, number>);
  places?.forEach((place, i) => {
    changes[place]![keys![i]!] = numbers![i]!;
  });
  return changes;
}

const withChanges = (states: Record<string, number>, changes: Record<string, number> | undefined) => {
  const sums = { ...states };
  for (const [state, n] of Object.entries(changes ?? {})) sums[state] = (sums[state] ?? 0) + n;
  return sums;
};

function countsOf(orm: Orm, who: Principal, when: When): Promise<Counts> {
  if ('now' in when) return countsNow(orm, who, when.now);
  const { asOf, knownAt } = when;
  return knownAt === undefined
    ? countsThen(orm, who, asOf)
    : readAs(orm, who, (reader) => countsKnown(reader, who, asOf, knownAt));
}

/**
 * Counts for the dashboard, in one statement over counters: it costs the same however many accounts there are.
 * @param guidanceOf the catalogue's word for a control
 * @param when teams are those of now
 */
export async function complianceSummary(
  orm: Orm,
  who: Principal,
  guidanceOf: (control: string) => string,
  when: When,
) {
  const { accounts = {}, guardrails = {}, compliance = {} } = await countsOf(orm, who, when);
  const byGuidance: Record<string, number> = {};
  for (const [control, n] of inOrder(guardrails)) {
    const guidance = guidanceOf(control);
    byGuidance[guidance] = (byGuidance[guidance] ?? 0) + n;
  }
  return {
    accounts: { total: total(accounts), byStatus: Object.fromEntries(inOrder(accounts)) },
    guardrails: { enabled: total(guardrails), byGuidance },
    compliance: statesOf(compliance),
  };
}

/** Accounts with guardrails by how they stand; all four together are all of them. */
export type States = {
  compliant: number;
  nonCompliant: number;
  /** Of those in violation the ones whose every violation stands by an approved exception. */
  excepted: number;
  unknown: number;
};

const statesOf = (states: Record<string, number>): States => ({
  compliant: states.compliant ?? 0,
  nonCompliant: states.nonCompliant ?? 0,
  excepted: states.excepted ?? 0,
  unknown: states.unknown ?? 0,
});

const inOrder = (counts: Record<string, number>) =>
  Object.entries(counts)
    .filter(([, n]) => n !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, n) => sum + n, 0);

/** A point of a trend: accounts by their state of compliance at an instant. */
export type TrendPoint = { at: string } & States;

/** States of accounts at instants, with exceptions, as far as was known at a time. */
async function toldOf(
  reader: Orm,
  who: Principal,
  at: readonly number[],
  states: readonly Record<string, number>[],
  knownAt: Date | undefined,
): Promise<Record<string, number>[]> {
  if (knownAt === undefined) {
    const changes = await exceptedAt(reader, who, at);
    return states.map((one, i) => withChanges(one, changes[i]));
  }
  const counts = states.map((compliance) => ({ compliance }));
  return (await asKnown(reader, who, at, counts, knownAt)).map(({ compliance = {} }) => compliance);
}

/**
 * States of accounts at the end of each day between two instants, and at the last. At most 400 points.
 * @param knownAt as far as was known then; as far as is known now when it is left out
 */
export const complianceTrend = (
  orm: Orm,
  who: Principal,
  from: Date,
  to: Date,
  knownAt?: Date,
): Promise<TrendPoint[]> =>
  readAs(orm, who, async (reader) => {
    const points: number[] = [];
    for (let at = from.getTime(); at < to.getTime(); at += DAY_MS)
      points.push(at - (at % DAY_MS) + DAY_MS - 1);
    const ends = [...new Set([...points.filter((at) => at < to.getTime()), to.getTime()])];
    const first = ends[0] ?? to.getTime();
    const sums = { ...(await countsAt(reader, who, new Date(first))).compliance };
    const steps = await rowsOf<{ day: number | string; state: string; n: number | string }>(
      reader,
      sql`select t.start as day, t.key as state, sum(t.n) as n from tallies t
        where ${ofOwnScopes(who, sql`t.scope`)} and t.measure = 'compliance' and t.level = 2 and t.start > ${first}
          and t.start <= ${to.getTime()}
        group by 1, 2`,
    );
    const last = (await countsAt(reader, who, to)).compliance ?? {};
    const states = ends.map((at, i) => {
      if (i > 0)
        for (const { day, state, n } of steps)
          if (Number(day) > (ends[i - 1] ?? 0) && Number(day) <= at)
            sums[state] = (sums[state] ?? 0) + Number(n);
      // The last day is not over.
      return i === ends.length - 1 ? last : { ...sums };
    });
    const told = await toldOf(reader, who, ends, states, knownAt);
    return ends.map((at, i) => ({ at: new Date(at).toISOString(), ...statesOf(told[i] ?? {}) }));
  });

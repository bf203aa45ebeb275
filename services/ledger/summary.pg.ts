import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnScopes, ownScopes, ownTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { askAs, readAs } from '../access/read-as.pg.ts';

/** What is counted, by key. */
type Counts = Partial<Record<'accounts' | 'guardrails' | 'compliance', Record<string, number>>>;
/** The same as the database tells it, some of it in parts; nulls where there is nothing. */
type CountsTold = [measures: (keyof Counts)[] | null, keys: string[] | null, numbers: number[] | null];

const DAY_MS = 86_400_000;

/** The counters of an instant, or of now. */
async function countsOf(orm: Orm, who: Principal, at?: Date): Promise<Counts> {
  const [measures, keys, numbers] =
    (at === undefined
      ? await askAs<CountsTold>(orm, who, 'ask_counts', ownScopes(who))
      : await askAs<CountsTold>(orm, who, 'ask_counts_at', ownScopes(who), ownTeams(who), at.getTime())) ??
    [];
  const counts: Counts = {};
  measures?.forEach((measure, i) => {
    const key = keys?.[i] ?? '';
    counts[measure] ??= {};
    counts[measure][key] = (counts[measure][key] ?? 0) + (numbers?.[i] ?? 0);
  });
  return counts;
}

/**
 * Counts for the dashboard, in one statement over counters: it costs the same however many accounts there are.
 * @param guidanceOf the catalogue's word for a control
 * @param asOf of which instant; teams are those of now
 */
export async function complianceSummary(
  orm: Orm,
  who: Principal,
  guidanceOf: (control: string) => string,
  asOf?: Date,
) {
  const { accounts = {}, guardrails = {}, compliance = {} } = await countsOf(orm, who, asOf);
  const byGuidance: Record<string, number> = {};
  for (const [control, n] of inOrder(guardrails)) {
    const guidance = guidanceOf(control);
    byGuidance[guidance] = (byGuidance[guidance] ?? 0) + n;
  }
  return {
    accounts: { total: total(accounts), byStatus: Object.fromEntries(inOrder(accounts)) },
    guardrails: { enabled: total(guardrails), byGuidance },
    compliance: {
      compliant: compliance.compliant ?? 0,
      nonCompliant: compliance.nonCompliant ?? 0,
      unknown: compliance.unknown ?? 0,
    },
  };
}

const inOrder = (counts: Record<string, number>) =>
  Object.entries(counts)
    .filter(([, n]) => n !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, n) => sum + n, 0);

/** A point of a trend: accounts by their state of compliance at an instant. */
export type TrendPoint = { at: string; compliant: number; nonCompliant: number; unknown: number };

/** States of accounts at the end of each day between two instants, and at the last. At most 400 points. */
export const complianceTrend = (orm: Orm, who: Principal, from: Date, to: Date): Promise<TrendPoint[]> =>
  readAs(orm, who, async (reader) => {
    const points: number[] = [];
    for (let at = from.getTime(); at < to.getTime(); at += DAY_MS)
      points.push(at - (at % DAY_MS) + DAY_MS - 1);
    const ends = [...new Set([...points.filter((at) => at < to.getTime()), to.getTime()])];
    const first = ends[0] ?? to.getTime();
    const sums = { ...(await countsOf(reader, who, new Date(first))).compliance };
    const steps = await rowsOf<{ day: number | string; state: string; n: number | string }>(
      reader,
      sql`select t.start as day, t.key as state, sum(t.n) as n from tallies t
        where ${ofOwnScopes(who, sql`t.scope`)} and t.measure = 'compliance' and t.level = 2 and t.start > ${first}
          and t.start <= ${to.getTime()}
        group by 1, 2`,
    );
    const last = (await countsOf(reader, who, to)).compliance ?? {};
    return ends.map((at, i) => {
      if (i > 0)
        for (const { day, state, n } of steps)
          if (Number(day) > (ends[i - 1] ?? 0) && Number(day) <= at)
            sums[state] = (sums[state] ?? 0) + Number(n);
      // The last day is not over.
      return pointOf(at, i === ends.length - 1 ? last : sums);
    });
  });

const pointOf = (at: number, states: Record<string, number>): TrendPoint => ({
  at: new Date(at).toISOString(),
  compliant: states.compliant ?? 0,
  nonCompliant: states.nonCompliant ?? 0,
  unknown: states.unknown ?? 0,
});

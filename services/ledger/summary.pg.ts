import { type SQL, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnScopes, ofOwnTeams } from '../access/own-rows.pg.ts';
import { type Principal, seesAll } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';

type Count = { measure: string; key: string; n: number | string };

/** The counters of now. */
const countsNow = (who: Principal): SQL => sql`
  select t.measure, t.key, sum(t.n) as n from tallies t
  where ${ofOwnScopes(who, sql`t.scope`)} and t.measure in ('accounts', 'guardrails', 'compliance') and t.level = 0
  group by 1, 2`;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * The counters of an instant: what months, days and hours before it have changed, and what changed since its hour began.
 * @param at milliseconds
 */
function countsAt(who: Principal, at: number): SQL {
  const date = new Date(at);
  const month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const day = at - (at % DAY_MS);
  const hour = at - (at % HOUR_MS);
  const own = (account: SQL): SQL =>
    seesAll(who)
      ? sql`true`
      : sql`exists (select from accounts a where a.account_id = ${account} and ${ofOwnTeams(who, sql`a.team`)})`;
  return sql`
    select measure, key, sum(n) as n from (
      select t.measure, t.key, t.n from tallies t
      where ${ofOwnScopes(who, sql`t.scope`)} and t.measure in ('accounts', 'guardrails', 'compliance')
        and ((t.level = 1 and t.start < ${month}) or (t.level = 2 and t.start >= ${month} and t.start < ${day})
          or (t.level = 3 and t.start >= ${day} and t.start < ${hour}))
      union all
      select 'compliance', f.state, f.n from posture_flips f
      where f.at between ${hour} and ${at} and ${own(sql`f.account_id`)}
      union all
      select 'guardrails', s.control, 1 from guardrail_spans s
      where s.from_at between ${hour} and ${at} and ${own(sql`s.account_id`)}
      union all
      select 'guardrails', s.control, -1 from guardrail_spans s
      where s.to_at between ${hour} and ${at} and ${own(sql`s.account_id`)}
      union all
      select 'accounts', s.status, 1 from account_spans s
      where s.from_at between ${hour} and ${at} and ${own(sql`s.account_id`)}
      union all
      select 'accounts', s.status, -1 from account_spans s
      where s.to_at between ${hour} and ${at} and ${own(sql`s.account_id`)}) changes
    group by 1, 2`;
}

/**
 * Counts for the dashboard, in one statement over counters: it costs the same however many accounts there are.
 * @param guidanceOf the catalogue's word for a control
 * @param asOf of which instant; teams are those of now
 */
export const complianceSummary = (
  orm: Orm,
  who: Principal,
  guidanceOf: (control: string) => string,
  asOf?: Date,
) =>
  readAs(orm, who, async (reader) => {
    const counts = await rowsOf<Count>(
      reader,
      asOf === undefined ? countsNow(who) : countsAt(who, asOf.getTime()),
    );
    const of = (measure: string) =>
      counts
        .filter((c) => c.measure === measure && Number(c.n) !== 0)
        .map(({ key, n }) => ({ key, n: Number(n) }))
        .sort((a, b) => (a.key < b.key ? -1 : 1));
    const [byStatus, enabled, states] = [of('accounts'), of('guardrails'), of('compliance')];
    const byGuidance: Record<string, number> = {};
    for (const { key, n } of enabled) byGuidance[guidanceOf(key)] = (byGuidance[guidanceOf(key)] ?? 0) + n;
    const total = (rows: readonly { n: number }[]) => rows.reduce((sum, { n }) => sum + n, 0);
    const state = (name: string) => states.find(({ key }) => key === name)?.n ?? 0;
    return {
      accounts: {
        total: total(byStatus),
        byStatus: Object.fromEntries(byStatus.map(({ key, n }) => [key, n])),
      },
      guardrails: { enabled: total(enabled), byGuidance },
      compliance: {
        compliant: state('compliant'),
        nonCompliant: state('nonCompliant'),
        unknown: state('unknown'),
      },
    };
  });

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
    const base = await rowsOf<Count>(reader, countsAt(who, first));
    const steps = await rowsOf<{ day: number | string; state: string; n: number | string }>(
      reader,
      sql`select t.start as day, t.key as state, sum(t.n) as n from tallies t
        where ${ofOwnScopes(who, sql`t.scope`)} and t.measure = 'compliance' and t.level = 2 and t.start > ${first}
          and t.start <= ${to.getTime()}
        group by 1, 2`,
    );
    const last = await rowsOf<Count>(reader, countsAt(who, to.getTime()));
    const sums: Record<string, number> = Object.fromEntries(
      base.filter((c) => c.measure === 'compliance').map((c) => [c.key, Number(c.n)]),
    );
    const pointOf = (at: number, states: Record<string, number>): TrendPoint => ({
      at: new Date(at).toISOString(),
      compliant: states.compliant ?? 0,
      nonCompliant: states.nonCompliant ?? 0,
      unknown: states.unknown ?? 0,
    });
    return ends.map((at, i) => {
      if (i > 0)
        for (const { day, state, n } of steps)
          if (Number(day) > (ends[i - 1] ?? 0) && Number(day) <= at)
            sums[state] = (sums[state] ?? 0) + Number(n);
      // The last day is not over.
      return i === ends.length - 1
        ? pointOf(
            at,
            Object.fromEntries(
              last.filter((c) => c.measure === 'compliance').map((c) => [c.key, Number(c.n)]),
            ),
          )
        : pointOf(at, sums);
    });
  });

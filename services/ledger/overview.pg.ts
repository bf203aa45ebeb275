import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import { type Principal, seesAll } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { exceptedNow } from '../exceptions/in-force.pg.ts';

export type UnitCounts = {
  unit: string | null;
  accounts: number;
  active: number;
  compliant: number;
  nonCompliant: number;
  /** Every violation stands by an approved exception. */
  excepted: number;
  unknown: number;
};
export type Overview = {
  units: UnitCounts[];
  /** Accounts by how long they have been there: fewer than 30 days, 90, a year, three years, and more. */
  ages: number[];
  /** Controls with violations, those that most accounts violate first. */
  controls: { control: string; accounts: number; violations: number }[];
  /** Accounts with violations, those with most first. */
  accounts: { accountId: string; name: string; violations: number }[];
  drifted: number;
};

const AGE_DAYS = [30, 90, 365, 1_095];

/** What the front page shows of accounts beside the counters, in one statement. */
export const overview = (orm: Orm, who: Principal, now: Date): Promise<Overview> =>
  readAs(orm, who, async (reader) => {
    const own = ofOwnTeams(who, sql`a.team`);
    const days = sql`(extract(epoch from ${now.toISOString()}::timestamptz - a.created_at) / 86400)`;
    const [row] = await rowsOf<{ told: Overview }>(
      reader,
      sql`with a as materialized (
          select a.account_id, a.name, a.status, a.organizational_unit_id as unit, coalesce(p.open, 0) as open,
            width_bucket(${days}::float8, array[${sql.join(AGE_DAYS, sql`, `)}]::float8[]) as age,
            case when p.guardrails > 0 and p.open > 0 and x.open = x.excepted then 'excepted'
              when p.account_id is not null then posture_state(p.open, p.passed, p.detective, p.guardrails) end as state
          from accounts a left join account_posture p on p.account_id = a.account_id
            left join ${exceptedNow(now)} x on x.account_id = a.account_id
          where ${own} and a.status <> 'CLOSED')
        select json_build_object(
          'units', (select coalesce(json_agg(u), '[]') from (
            select unit, count(*)::int as accounts, count(*) filter (where status = 'ACTIVE')::int as active,
              count(*) filter (where state = 'compliant')::int as compliant,
              count(*) filter (where state = 'nonCompliant')::int as "nonCompliant",
              count(*) filter (where state = 'excepted')::int as excepted,
              count(*) filter (where state = 'unknown')::int as unknown
            from a group by unit order by 2 desc) u),
          'ages', (select json_agg(coalesce(n, 0) order by bucket) from generate_series(0, ${AGE_DAYS.length}::int) bucket
            left join (select age, count(*)::int as n from a group by age) g on g.age = bucket),
          'controls', (select coalesce(json_agg(c), '[]') from (
            select c.control, count(distinct c.account_id)::int as accounts, count(*)::int as violations
            from compliance c where c.status = 'NON_COMPLIANT' and c.control is not null
              and ${
                seesAll(who)
                  ? sql`c.account_id not in (select account_id from accounts where status = 'CLOSED')`
                  : sql`c.account_id in (select account_id from a)`
              }
            group by c.control order by 2 desc, 3 desc, 1 limit 8) c),
          'accounts', (select coalesce(json_agg(o), '[]') from (
            select account_id as "accountId", name, open::int as violations from a where open > 0
            order by open desc, account_id limit 8) o),
          'drifted', (select count(*)::int from drift_checks d where d.status = 'DRIFTED'
            and d.account_id in (select account_id from a))) as told`,
    );
    return row!.told;
  });

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

const DAY_MS = 86_400_000;
const AGE_DAYS = [30, 90, 365, 1_095];

const stateOf = (state: string) => sql`coalesce(sum(n) filter (where state = ${state}), 0)::int`;

/** What the front page shows of accounts beside the counters, in one statement. */
export const overview = (orm: Orm, who: Principal, now: Date): Promise<Overview> =>
  readAs(orm, who, async (reader) => {
    const seen = sql`(${ofOwnTeams(who, sql`a.team`)} and a.status <> 'CLOSED')`;
    // Whoever came after the first of these is younger than the youngest age; an instant is looked for faster than an age is reckoned.
    const since = AGE_DAYS.map((days) => new Date(now.getTime() - days * DAY_MS).toISOString()).reverse();
    const [row] = await rowsOf<{ told: Overview }>(
      reader,
      sql`with g as materialized (
          select a.organizational_unit_id as unit, a.status = 'ACTIVE' as active,
            ${AGE_DAYS.length}::int - width_bucket(a.created_at - interval '1 microsecond', array[${sql.join(since, sql`, `)}]::timestamptz[]) as age,
            case when p.guardrails > 0 and p.open > 0 and x.open = x.excepted then 'excepted'
              when p.account_id is not null then posture_state(p.open, p.passed, p.detective, p.guardrails) end as state,
            count(*)::int as n
          from accounts a left join account_posture p on p.account_id = a.account_id
            left join ${exceptedNow(now)} x on x.account_id = a.account_id
          where ${seen} group by 1, 2, 3, 4),
        -- Few of many: they are looked for together and not account by account.
        drifted as materialized (select account_id from drift_checks where status = 'DRIFTED'),
        violations as ${seesAll(who) ? sql`not materialized` : sql`materialized`} (
          select account_id, control from compliance where status = 'NON_COMPLIANT' and control is not null)
        select json_build_object(
          'units', (select coalesce(json_agg(u), '[]') from (
            select unit, sum(n)::int as accounts, coalesce(sum(n) filter (where active), 0)::int as active,
              ${stateOf('compliant')} as compliant, ${stateOf('nonCompliant')} as "nonCompliant",
              ${stateOf('excepted')} as excepted, ${stateOf('unknown')} as unknown
            from g group by unit order by 2 desc) u),
          'ages', (select json_agg(coalesce(n, 0) order by bucket) from generate_series(0, ${AGE_DAYS.length}::int) bucket
            left join (select age, sum(n)::int as n from g group by age) by_age on by_age.age = bucket),
          'controls', (select coalesce(json_agg(c), '[]') from (
            select v.control, count(distinct v.account_id)::int as accounts, count(*)::int as violations
            from violations v where ${
              seesAll(who)
                ? sql`v.account_id not in (select account_id from accounts where status = 'CLOSED')`
                : sql`v.account_id in (select a.account_id from accounts a where ${seen})`
            }
            group by v.control order by 2 desc, 3 desc, 1 limit 8) c),
          'accounts', (select coalesce(json_agg(o), '[]') from (
            select a.account_id as "accountId", a.name, p.open::int as violations
            from (select account_id, open from account_posture where open > 0 order by open desc, account_id) p
            join accounts a on a.account_id = p.account_id
            where ${seen} order by p.open desc, p.account_id limit 8) o),
          'drifted', (select count(*)::int from drifted d join accounts a on a.account_id = d.account_id where ${seen})) as told`,
    );
    return row!.told;
  });

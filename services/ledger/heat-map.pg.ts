import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { isExcepted } from '../exceptions/in-force.pg.ts';

export type HeatQuery = {
  ou?: string | undefined;
  team?: string | undefined;
  worst?: boolean | undefined;
  limit: number;
};

export type HeatMap = {
  /** The columns: by unit, and within it those with most violations first. */
  accounts: { accountId: string; name: string; unit: string | null; violations: number }[];
  /** The rows: a character for each account (`v` violated, `e` violated by exception only, `u` not known, `c` in order, `-` it does not have it). */
  controls: {
    control: string;
    cells: string;
    violated: number;
    excepted: number;
    unknown: number;
    has: number;
  }[];
  /** Accounts altogether, of which the map shows at most `limit`. */
  total: number;
};

/**
 * Which account violates which of its controls, in one statement. A preventive control is in order unless it is missing;
 * a detective one is what was found. With more accounts than `limit`, those with most violations are shown.
 */
export const heatMap = (orm: Orm, who: Principal, query: HeatQuery, now: Date): Promise<HeatMap> =>
  readAs(orm, who, async (reader) => {
    const [row] = await rowsOf<{ told: HeatMap }>(
      reader,
      sql`with every as (
          select a.account_id, a.name, a.organizational_unit_id as unit, coalesce(p.open, 0) as open
          from accounts a left join account_posture p on p.account_id = a.account_id
          where ${ofOwnTeams(who, sql`a.team`)} and a.status <> 'CLOSED' and coalesce(p.guardrails, 0) > 0
            and ${query.ou === undefined ? sql`true` : sql`a.organizational_unit_id = ${query.ou}`}
            and ${query.team === undefined ? sql`true` : sql`a.team = ${query.team}`}
            and ${query.worst ? sql`p.open > 0` : sql`true`}),
        shown as (select * from every order by open desc, account_id limit ${query.limit}),
        a as materialized (select *, row_number() over (order by unit nulls last, open desc, name, account_id) as n from shown),
        found as (
          select c.account_id, c.control, bool_or(c.status = 'NON_COMPLIANT') as bad,
            bool_or(c.status = 'NON_COMPLIANT' and not ${isExcepted({ at: now })}) as open,
            bool_or(c.status in ('COMPLIANT', 'NOT_APPLICABLE') and not starts_with(c.rule, 'jetway:')) as good
          from compliance c where c.account_id in (select account_id from a) and c.control is not null
          group by 1, 2),
        held as (
          select g.control, a.n, case when f.open then 'v' when f.bad then 'e' when g.kind <> 'detective' or f.good then 'c' else 'u' end as cell
          from a join account_guardrails g on g.account_id = a.account_id
          left join found f on f.account_id = g.account_id and f.control = g.control),
        rows as (
          select control, string_agg(cell || '@' || n, ',' order by n) as told,
            count(*) filter (where cell = 'v')::int as violated,
            count(*) filter (where cell = 'e')::int as excepted,
            count(*) filter (where cell = 'u')::int as unknown, count(*)::int as has
          from held group by control)
        select json_build_object(
          'total', (select count(*)::int from every),
          'accounts', (select coalesce(json_agg(json_build_object('accountId', account_id, 'name', name, 'unit', unit,
            'violations', open) order by n), '[]') from a),
          'controls', (select coalesce(json_agg(json_build_object('control', control, 'cells', told, 'violated', violated,
            'excepted', excepted, 'unknown', unknown, 'has', has) order by violated desc, unknown desc, has desc, control), '[]') from rows)) as told`,
    );
    const { accounts, controls, total } = row!.told;
    return {
      accounts,
      total,
      controls: controls.map((one) => ({ ...one, cells: unfold(one.cells, accounts.length) })),
    };
  });

/** `v@3,c@4` as a character for each column. */
function unfold(told: string, columns: number): string {
  const cells = new Array<string>(columns).fill('-');
  for (const one of told.split(',')) cells[Number(one.slice(2)) - 1] = one[0]!;
  return cells.join('');
}

import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { isExcepted } from '../exceptions/in-force.pg.ts';
import { MIRROR_CONTROL } from '../mirroring/findings.ts';

export type HeatQuery = {
  ou?: string | undefined;
  team?: string | undefined;
  worst?: boolean | undefined;
  limit: number;
  /** Accounts times controls at most; without it as many as there are. */
  cells?: number | undefined;
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

/** The same account by account: each of its controls behind the letter of its state. */
type Told = { accounts: (HeatMap['accounts'][number] & { cells: string | null })[]; total: number };

/**
 * Which account violates which of its controls, in one statement. A preventive control is in order unless it is missing;
 * a detective one is what was found. With more accounts than `limit`, those with most violations are shown.
 */
export const heatMap = (orm: Orm, who: Principal, query: HeatQuery, now: Date): Promise<HeatMap> =>
  readAs(orm, who, async (reader) => {
    const [row] = await rowsOf<{ told: Told }>(
      reader,
      sql`with every as (
          select a.account_id, a.name, a.organizational_unit_id as unit, p.open, p.guardrails
          from accounts a join account_posture p on p.account_id = a.account_id
          where ${ofOwnTeams(who, sql`a.team`)} and a.status <> 'CLOSED' and p.guardrails > 0
            and ${query.ou === undefined ? sql`true` : sql`a.organizational_unit_id = ${query.ou}`}
            and ${query.team === undefined ? sql`true` : sql`a.team = ${query.team}`}
            and ${query.worst ? sql`p.open > 0` : sql`true`}),
        shown as (select * from every order by open desc, account_id limit ${
          query.cells === undefined
            ? sql`${query.limit}`
            : sql`(select least(${query.limit}::bigint, (${query.cells} / greatest(avg(guardrails), 1))::bigint) from every)`
        }),
        a as materialized (select *, row_number() over (order by unit nulls last, open desc, name, account_id) as n from shown)
        select json_build_object(
          'total', (select count(*)::int from every),
          'accounts', (select coalesce(json_agg(json_build_object('accountId', a.account_id, 'name', a.name, 'unit', a.unit,
            'violations', a.open, 'cells', held.told) order by a.n), '[]') from a cross join lateral (
              select string_agg(case when f.open then 'v' when f.bad then 'e' when g.kind <> 'detective' or f.good then 'c' else 'u' end || g.control, ',')
                as told
              from (select g.control, g.kind, g.account_id from account_guardrails g where g.account_id = a.account_id
                union all
                -- Our own has no guardrail: whoever was looked at and has no gap is in order.
                select ${MIRROR_CONTROL}, case when m.status is null then 'detective' else 'looked at' end, m.account_id
                from mirror_accounts m where m.account_id = a.account_id) g left join (
                select c.control, bool_or(c.status = 'NON_COMPLIANT') as bad,
                  bool_or(c.status = 'NON_COMPLIANT' and not ${isExcepted({ at: now })}) as open,
                  bool_or(c.status in ('COMPLIANT', 'NOT_APPLICABLE') and not starts_with(c.rule, 'jetway:')) as good
                from compliance c where c.account_id = a.account_id and c.control is not null group by 1) f
                on f.control = g.control) held)) as told`,
    );
    const { accounts, total } = row!.told;
    return {
      accounts: accounts.map(({ cells: _, ...account }) => account),
      total,
      controls: rowsOfMap(accounts.map(({ cells }) => cells)),
    };
  });

/** What was told account by account (`vENCRYPTED,cSSH`), control by control; those violated by most come first. */
function rowsOfMap(columns: readonly (string | null)[]): HeatMap['controls'] {
  const rows = new Map<string, string[]>();
  columns.forEach((told, n) => {
    for (const one of told?.split(',') ?? []) {
      const control = one.slice(1);
      const row = rows.get(control) ?? new Array<string>(columns.length).fill('-');
      row[n] = one.charAt(0);
      rows.set(control, row);
    }
  });
  const of = (row: readonly string[], state: string) => row.filter((cell) => cell === state).length;
  return [...rows]
    .map(([control, row]) => ({
      control,
      cells: row.join(''),
      violated: of(row, 'v'),
      excepted: of(row, 'e'),
      unknown: of(row, 'u'),
      has: row.length - of(row, '-'),
    }))
    .sort(
      (a, b) =>
        b.violated - a.violated || b.unknown - a.unknown || b.has - a.has || (a.control < b.control ? -1 : 1),
    );
}

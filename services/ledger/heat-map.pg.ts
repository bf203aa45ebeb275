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
  /** Accounts times controls at most; without it as many as there are. Where not all can be shown, two thirds of that are. */
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

/**
 * The same account by account: the controls that it has and those that something was found of, each behind the letter of its
 * state (`vENCRYPTED,cSSH`). Without a finding a preventive control is in order and a detective one not known.
 */
type Told = {
  accounts: (HeatMap['accounts'][number] & { has: string | null; found: string | null })[];
  total: number;
};

/** Of a map that cannot be whole anyway less is drawn: it is there sooner, and filters lead to the rest. */
const PART = 2 / 3;

/** Of several findings the last of these counts; `-` for a control that the account does not have stays. */
const RANKS = ['-', 'u', 'c', 'e', 'v'];

const lettered = (told: string | null): [state: string, control: string][] =>
  told?.split(',').map((one) => [one.charAt(0), one.slice(1)]) ?? [];

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
            : sql`(select least(${query.limit}::bigint, case when sum(guardrails) <= ${query.cells} then count(*)
                else (${Math.floor(query.cells * PART)} / greatest(avg(guardrails), 1))::bigint end) from every)`
        }),
        a as materialized (select *, row_number() over (order by unit nulls last, open desc, name, account_id) as n from shown)
        select json_build_object(
          'total', (select count(*)::int from every),
          'accounts', (select coalesce(json_agg(json_build_object('accountId', a.account_id, 'name', a.name, 'unit', a.unit,
            'violations', a.open,
            'has', (select string_agg(g.told, ',') from (
              select case when g.kind = 'detective' then 'u' else 'c' end || g.control as told
              from account_guardrails g where g.account_id = a.account_id
              union all
              -- Our own has no guardrail: whoever was looked at and has no gap is in order.
              select case when m.status is null then 'u' else 'c' end || ${MIRROR_CONTROL}
              from mirror_accounts m where m.account_id = a.account_id) g),
            'found', (select string_agg(case when c.status = 'NON_COMPLIANT' then case when ${isExcepted({ at: now })} then 'e' else 'v' end
                else 'c' end || c.control, ',')
              from compliance c where c.account_id = a.account_id and c.control is not null
                and (c.status = 'NON_COMPLIANT' or (c.status in ('COMPLIANT', 'NOT_APPLICABLE') and not starts_with(c.rule, 'jetway:')))
            )) order by a.n), '[]') from a)) as told`,
    );
    const { accounts, total } = row!.told;
    return {
      accounts: accounts.map(({ has: _, found: __, ...account }) => account),
      total,
      controls: rowsOfMap(accounts),
    };
  });

/** What was told account by account, control by control; those violated by most come first. */
function rowsOfMap(accounts: Told['accounts']): HeatMap['controls'] {
  const rows = new Map<string, string[]>();
  accounts.forEach(({ has, found }, n) => {
    for (const [state, control] of lettered(has)) {
      const row = rows.get(control) ?? new Array<string>(accounts.length).fill('-');
      row[n] = state;
      rows.set(control, row);
    }
    for (const [state, control] of lettered(found)) {
      const row = rows.get(control);
      if (row && RANKS.indexOf(state) > RANKS.indexOf(row[n]!)) row[n] = state;
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

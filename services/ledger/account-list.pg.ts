import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { exceptedNow } from '../exceptions/in-force.pg.ts';
import { containing } from '../kernel/containing.ts';
import { cursorPlace, cursorText } from '../kernel/cursor.ts';

export type AccountListQuery = {
  q?: string | undefined;
  status?: string | undefined;
  ou?: string | undefined;
  team?: string | undefined;
  /** compliant | nonCompliant | excepted | unknown */
  compliance?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

export type ListedAccount = {
  accountId: string;
  name: string;
  email: string;
  unit: string | null;
  team: string | null;
  status: string;
  origin: string;
  blueprint: string | null;
  createdAt: string;
  violations: number;
  /** As many of them stand by an approved exception. */
  excepted: number;
  compliance: string | null;
};

const Place = z.tuple([z.string(), z.string()]);

/** Accounts by name with how they stand, and how many there are of these; one statement. */
export const accountList = (orm: Orm, who: Principal, query: AccountListQuery, now: Date) =>
  readAs(orm, who, async (reader) => {
    const like = query.q === undefined ? undefined : containing(query.q);
    const [name, id] = query.cursor === undefined ? [] : cursorPlace(Place, query.cursor);
    const is = (value: string | undefined, column: SQL): SQL =>
      value === undefined ? sql`true` : sql`${column} = ${value}`;
    const rows = await rowsOf<ListedAccount & { total: number | string }>(
      reader,
      sql`with a as (
          select a.account_id as "accountId", a.name, a.email, a.organizational_unit_id as unit, a.team, a.status, a.origin,
            a.blueprint ->> 'name' as blueprint, a.created_at as "createdAt", coalesce(p.open, 0)::int as violations,
            coalesce(x.excepted, 0)::int as excepted,
            case when p.guardrails > 0 and p.open > 0 and x.open = x.excepted then 'excepted'
              when p.account_id is not null then posture_state(p.open, p.passed, p.detective, p.guardrails) end as compliance
          from accounts a left join account_posture p on p.account_id = a.account_id
            left join ${exceptedNow(now)} x on x.account_id = a.account_id
          where ${ofOwnTeams(who, sql`a.team`)} and ${is(query.status, sql`a.status`)}
            and ${is(query.ou, sql`a.organizational_unit_id`)} and ${is(query.team, sql`a.team`)}
            and ${like === undefined ? sql`true` : sql`(a.name ilike ${like} or a.email ilike ${like} or a.account_id ilike ${like})`}),
        b as (select * from a where ${is(query.compliance, sql`a.compliance`)})
        select b.*, (select count(*) from b)::int as total from b
        where ${name === undefined ? sql`true` : sql`(b.name, b."accountId") > (${name}, ${id ?? ''})`}
        order by b.name, b."accountId" limit ${query.limit + 1}`,
    );
    const items = rows.slice(0, query.limit).map(({ total: _, createdAt, ...row }) => ({
      ...row,
      createdAt: new Date(createdAt).toISOString(),
    }));
    const last = items.at(-1);
    const more = rows.length > query.limit && last !== undefined;
    return {
      items,
      total: Number(rows[0]?.total ?? 0),
      nextCursor: more ? cursorText([last.name, last.accountId]) : undefined,
    };
  });

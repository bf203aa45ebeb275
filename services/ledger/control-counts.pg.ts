import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnScopes, ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';

export type ControlCount = { control: string; accounts: number; violated: number };

/** How many accounts have each control, by their own or by their unit, by its counter; and how many of them violate it. One statement. */
export const controlCounts = (orm: Orm, who: Principal): Promise<Map<string, ControlCount>> =>
  readAs(orm, who, async (reader) => {
    const rows = await rowsOf<ControlCount>(
      reader,
      sql`with held as (
          select t.key as control, sum(t.n)::int as accounts from tallies t
          where ${ofOwnScopes(who, sql`t.scope`)} and t.measure = 'guardrails' and t.level = 0 group by t.key
          having sum(t.n) > 0),
        bad as (
          select c.control, count(distinct c.account_id)::int as violated
          from compliance c join accounts a on a.account_id = c.account_id
          where c.status = 'NON_COMPLIANT' and c.control is not null and ${ofOwnTeams(who, sql`a.team`)} group by c.control)
        select h.control, h.accounts, coalesce(b.violated, 0)::int as violated
        from held h left join bad b on b.control = h.control`,
    );
    return new Map(rows.map((row) => [row.control, row]));
  });

export type ControlAccount = {
  accountId: string;
  name: string;
  unit: string | null;
  kind: string;
  status: string;
  violations: number;
};

/** Accounts that have a control, those that violate it most first. */
export const accountsWithControl = (orm: Orm, who: Principal, control: string, limit: number) =>
  readAs(orm, who, (reader) =>
    rowsOf<ControlAccount>(
      reader,
      sql`with bad as (
          select account_id, count(*)::int as n from compliance where control = ${control} and status = 'NON_COMPLIANT'
          group by account_id)
        select a.account_id as "accountId", a.name, a.organizational_unit_id as unit, g.kind, g.status,
          coalesce(b.n, 0)::int as violations
        from account_guardrails g join accounts a on a.account_id = g.account_id left join bad b on b.account_id = a.account_id
        where g.control = ${control} and ${ofOwnTeams(who, sql`a.team`)}
        order by coalesce(b.n, 0) desc, a.name, a.account_id limit ${limit}`,
    ),
  );

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { cursorPlace, cursorText } from '../kernel/cursor.ts';

/** After `from`, up to and with `to`. */
export type Period = { from: Date; to: Date };

export type ChangeQuery = Period & {
  accountId?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

/**
 * What became otherwise with an account. `account`: its state, unit or team, where `status` null says that it has left;
 * `guardrail`: it got one or lost it; `compliance`: it turned into another state.
 */
export type Change = { at: string; accountId: string; name: string } & (
  | { what: 'account'; status: string | null; organizationalUnitId: string | null; team: string | null }
  | { what: 'guardrail'; control: string; attached: boolean }
  | { what: 'compliance'; state: string }
);

type ChangeRow = {
  at: number | string;
  account_id: string;
  name: string;
  what: Change['what'];
  detail: string;
  status: string | null;
  ou: string | null;
  team: string | null;
};

/** What changed between two instants, of all accounts or of one, in the order of time. Each part is a range of an index. */
export const changesBetween = (orm: Orm, who: Principal, query: ChangeQuery) =>
  readAs(orm, who, async (reader) => {
    const after = placeOf(query.cursor);
    const [from, to] = [Math.max(query.from.getTime(), (after?.at ?? 0) - 1), query.to.getTime()];
    const ofAccount = query.accountId === undefined ? sql`true` : sql`account_id = ${query.accountId}`;
    const rows = await rowsOf<ChangeRow>(
      reader,
      sql`select c.at, c.account_id, a.name, c.what, c.detail, c.status, c.ou, c.team from (
          select from_at as at, account_id, 'account' as what, '+' as detail, status, organizational_unit_id as ou, team
          from account_spans where from_at > ${from} and from_at <= ${to} and ${ofAccount}
          union all
          select e.to_at, e.account_id, 'account', '-', null, null, null from account_spans e
          where e.to_at > ${from} and e.to_at <= ${to} and ${ofAccount} and not exists (
            select from account_spans n where n.account_id = e.account_id and n.from_at = e.to_at)
          union all
          select from_at, account_id, 'guardrail', '+' || control, null, null, null
          from guardrail_spans where from_at > ${from} and from_at <= ${to} and ${ofAccount}
          union all
          select to_at, account_id, 'guardrail', '-' || control, null, null, null
          from guardrail_spans where to_at > ${from} and to_at <= ${to} and ${ofAccount}
          union all
          select at, account_id, 'compliance', state, null, null, null
          from posture_flips where at > ${from} and at <= ${to} and n > 0 and ${ofAccount}) c
        join accounts a on a.account_id = c.account_id
        where ${ofOwnTeams(who, sql`a.team`)} and ${after === undefined ? sql`true` : sql`(c.at, c.account_id, c.what, c.detail) > (${after.at}, ${after.accountId}, ${after.what}, ${after.detail})`}
        order by c.at, c.account_id, c.what, c.detail limit ${query.limit + 1}`,
    );
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    return {
      items: page.map(changeOf),
      nextCursor: rows.length > query.limit && last ? cursorAt(last) : null,
    };
  });

function changeOf(row: ChangeRow): Change {
  const about = { at: new Date(Number(row.at)).toISOString(), accountId: row.account_id, name: row.name };
  switch (row.what) {
    case 'account':
      return { ...about, what: 'account', status: row.status, organizationalUnitId: row.ou, team: row.team };
    case 'guardrail':
      return {
        ...about,
        what: 'guardrail',
        control: row.detail.slice(1),
        attached: row.detail.startsWith('+'),
      };
    case 'compliance':
      return { ...about, what: 'compliance', state: row.detail };
    default:
      return row.what satisfies never;
  }
}

const Place = z.tuple([
  z.number().int(),
  z.string(),
  z.enum(['account', 'guardrail', 'compliance']),
  z.string(),
]);

const cursorAt = ({ at, account_id, what, detail }: ChangeRow): string =>
  cursorText([Number(at), account_id, what, detail]);

/** @throws Problem for a cursor that is none of ours */
function placeOf(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [at, accountId, what, detail] = cursorPlace(Place, cursor);
  return { at, accountId, what, detail };
}

import { type SQL, sql } from 'drizzle-orm';
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
  /** Every finding that turned, too. */
  findings?: boolean | undefined;
  cursor?: string | undefined;
  limit: number;
};

/**
 * What became otherwise with an account. `account`: its state, unit or team, where `status` null says that it has left;
 * `identity`: its name, address, unit or team as they were from then on; `guardrail`: it got one or lost it; `compliance`:
 * it turned into another state; `finding`: one of its findings turned, where `before` null says that it is new.
 */
export type Change = { at: string; accountId: string; name: string } & (
  | { what: 'account'; status: string | null; organizationalUnitId: string | null; team: string | null }
  | { what: 'guardrail'; control: string; attached: boolean }
  | { what: 'compliance'; state: string }
  | { what: 'identity'; email: string; organizationalUnitId: string | null; team: string | null }
  | ({ what: 'finding'; control: string | null; before: string | null } & Record<
      'region' | 'rule' | 'resourceType' | 'resourceId' | 'status',
      string
    >)
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
  /** Of an identity its name and address; of a finding what it is. */
  more: Record<string, string | null> | null;
};

/** What changed between two instants, of all accounts or of one, in the order of time. Each part is a range of an index. */
export const changesBetween = (orm: Orm, who: Principal, query: ChangeQuery) =>
  readAs(orm, who, async (reader) => {
    const after = placeOf(query.cursor);
    const [from, to] = [Math.max(query.from.getTime(), (after?.at ?? 0) - 1), query.to.getTime()];
    const ofAccount = query.accountId === undefined ? sql`true` : sql`account_id = ${query.accountId}`;
    const rows = await rowsOf<ChangeRow>(
      reader,
      sql`select c.at, c.account_id, coalesce(c.more ->> 'name', i.name, a.name) as name, c.what, c.detail, c.status, c.ou,
          c.team, c.more from (
          select from_at as at, account_id, 'account' as what, '+' as detail, status, organizational_unit_id as ou, team,
            null::json as more
          from account_spans where from_at > ${from} and from_at <= ${to} and ${ofAccount}
          union all
          select e.to_at, e.account_id, 'account', '-', null, null, null, null from account_spans e
          where e.to_at > ${from} and e.to_at <= ${to} and ${ofAccount} and not exists (
            select from account_spans n where n.account_id = e.account_id and n.from_at = e.to_at)
          union all
          select from_at, account_id, 'guardrail', '+' || control, null, null, null, null
          from guardrail_spans where from_at > ${from} and from_at <= ${to} and ${ofAccount}
          union all
          select to_at, account_id, 'guardrail', '-' || control, null, null, null, null
          from guardrail_spans where to_at > ${from} and to_at <= ${to} and ${ofAccount}
          union all
          select at, account_id, 'compliance', state, null, null, null, null
          from posture_flips where at > ${from} and at <= ${to} and n > 0 and ${ofAccount}
          union all
          select from_at, account_id, 'identity', '', null, organizational_unit_id, team,
            json_build_object('name', name, 'email', email)
          from account_identities n where from_at > ${from} and from_at <= ${to} and ${ofAccount} and exists (
            select from account_identities b where b.account_id = n.account_id and b.from_at < n.from_at)
          ${query.findings ? findingTurns(from, to, ofAccount) : sql``}) c
        join accounts a on a.account_id = c.account_id
        left join lateral (select i.name from account_identities i where i.account_id = c.account_id
          order by i.from_at <= c.at desc, case when i.from_at <= c.at then -i.from_at else i.from_at end limit 1) i on true
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

/** Evaluations that are not what the one before them was. Of one account its findings are looked up; of all, the period. */
const findingTurns = (from: number, to: number, ofAccount: SQL): SQL => sql`
  union all
  select h.version, h.account_id, 'finding', h.key::text, h.status, null, null,
    json_build_object('region', c.region, 'rule', c.rule, 'control', c.control, 'resourceType', c.resource_type,
      'resourceId', c.resource_id, 'before', b.status)
  from (select * from compliance_history where version > ${from} and version <= ${to} and ${ofAccount}) h
  join compliance c on c.key = h.key
  left join lateral (select p.status from compliance_history p where p.key = h.key and p.version < h.version
    order by p.version desc limit 1) b on true
  where h.status is distinct from b.status`;

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
    case 'identity':
      return {
        ...about,
        what: 'identity',
        email: row.more?.email ?? '',
        organizationalUnitId: row.ou,
        team: row.team,
      };
    case 'finding':
      return {
        ...about,
        what: 'finding',
        ...(row.more as Pick<
          Change & { what: 'finding' },
          'region' | 'rule' | 'resourceType' | 'resourceId'
        >),
        control: row.more?.control ?? null,
        before: row.more?.before ?? null,
        status: row.status ?? '',
      };
    default:
      return row.what satisfies never;
  }
}

const Place = z.tuple([
  z.number().int(),
  z.string(),
  z.enum(['account', 'identity', 'guardrail', 'compliance', 'finding']),
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

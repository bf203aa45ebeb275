import { type SQL, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnRequests } from '../access/own-rows.pg.ts';
import { type Principal, seesAll } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { containing } from '../kernel/containing.ts';
import type { RequestState } from '../ledger/request-view.ts';
import type { RequestKind } from './kinds.ts';
import { readCursor, writeCursor } from './requests.pg.ts';

export type RequestListQuery = {
  /** A status, or `open`: neither ended nor in force. */
  status?: string | undefined;
  kind?: string | undefined;
  team?: string | undefined;
  /** Part of the name of the account, the id of the request or of the account, or who asked. */
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

export type ListedRequest = {
  id: string;
  kind: RequestKind;
  team: string;
  requestedBy: string;
  accountId: string | null;
  accountName: string | null;
  unit: string;
  state: RequestState;
  createdAt: string;
  /** Seconds that half of the vends take, where the plan says so. */
  p50Seconds: number | null;
  /** The place among the requests of the same team that wait for a slot. */
  queuePosition: number | null;
};

const OPEN = sql`(not v.terminal and v.status <> 'ACTIVE')`;

/** Newest first, without their plans; one statement. */
export const requestList = (orm: Orm, who: Principal, query: RequestListQuery) =>
  readAs(orm, who, async (reader) => {
    const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
    const like = query.q === undefined ? undefined : containing(query.q);
    const rows = await rowsOf<ListedRequest & { open: boolean; position: number | null }>(
      reader,
      // Of the rows of the page only, a plan is read for what it says.
      sql`select page.*, case when page.open and page.kind = 'account' then (
            select (r.plan_text::json -> 'eta' ->> 'p50Seconds')::float8 from account_requests r where r.id = page.id) end as "p50Seconds",
          (select 1 + count(*) from admissions b where b.state = 'waiting' and b.team = page.team
            and b.position < page.position)::int * case when page.position is null then null else 1 end as "queuePosition"
        from (select r.id, r.kind, r.team, r.requested_by as "requestedBy", v.account_id as "accountId",
            v.account_name as "accountName", v.organizational_unit_id as unit, v.view as state, v.created_at as "createdAt",
            ${OPEN} as open, w.position
          from request_views v join account_requests r on r.id = v.request_id
          left join admissions w on w.request_id = v.request_id and w.state = 'waiting'
          where ${ofOwnRequests(who, { id: sql`v.request_id`, team: sql`v.team`, kind: sql`r.kind` })}
            and ${statusIs(query.status)}
            and ${query.kind === undefined ? sql`true` : sql`r.kind = ${query.kind}`}
            and ${query.team === undefined ? sql`true` : sql`v.team = ${query.team}`}
            and ${like === undefined ? sql`true` : sql`(v.account_name ilike ${like} or r.id ilike ${like} or v.account_id ilike ${like} or r.requested_by ilike ${like})`}
            and ${after === undefined ? sql`true` : sql`(v.created_at, v.request_id) < (${after.at}::timestamptz, ${after.id})`}
          order by v.created_at desc nulls last, v.request_id desc nulls last limit ${query.limit + 1}) page
        order by page."createdAt" desc nulls last, page.id desc nulls last`,
    );
    const items = rows.slice(0, query.limit).map(({ open: _, position: __, ...row }) => ({
      ...row,
      createdAt: new Date(row.createdAt).toISOString(),
    }));
    const last = items.at(-1);
    return {
      items,
      nextCursor: rows.length > query.limit && last ? writeCursor(last.createdAt, last.id) : undefined,
    };
  });

function statusIs(status: string | undefined): SQL {
  if (status === undefined) return sql`true`;
  return status === 'open' ? OPEN : sql`v.status = ${status}`;
}

/**
 * What waits for an approval of this person, oldest first. For who sees everything: all that waits for anybody.
 * @param who with the places that they may approve by
 */
export const waitingForApproval = (orm: Orm, who: Principal, limit: number): Promise<ListedRequest[]> =>
  readAs(orm, who, async (reader) => {
    const rows = await rowsOf<ListedRequest>(
      reader,
      sql`select r.id, r.kind, r.team, r.requested_by as "requestedBy", v.account_id as "accountId",
          v.account_name as "accountName", v.organizational_unit_id as unit, v.view as state, v.created_at as "createdAt",
          null::float8 as "p50Seconds", null::int as "queuePosition"
        from request_views v join account_requests r on r.id = v.request_id
        where v.status in ('PLANNED', 'AWAITING_APPROVAL')
          and ${seesAll(who) ? sql`true` : sql`v.request_id in (select request_id from asked_approvers)`}
          and ${ofOwnRequests(who, { id: sql`v.request_id`, team: sql`v.team`, kind: sql`r.kind` })}
        order by v.created_at, v.request_id limit ${limit}`,
    );
    return rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt).toISOString() }));
  });

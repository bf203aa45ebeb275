import { and, desc, eq, inArray, or, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { accountRequests, requestViews } from '../../db/schema/index.ts';
import {
  maySeeRequest,
  type Principal,
  seesAll,
  seesSettingsChanges,
  seesUnitChanges,
} from '../access/principal.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import type { RequestState } from '../ledger/request-view.ts';

export type StoredRequest = typeof accountRequests.$inferSelect;

export type RequestRow = { request: StoredRequest; state: RequestState; queuePosition: number | null };

/** @throws Problem not-found for absent and foreign alike */
export async function getRequest(orm: Orm, who: Principal, requestId: string): Promise<RequestRow> {
  const [row] = await orm
    .select({ request: accountRequests, view: requestViews.view })
    .from(accountRequests)
    .innerJoin(requestViews, eq(requestViews.requestId, accountRequests.id))
    .where(eq(accountRequests.id, requestId));
  if (!row || !maySeeRequest(who, row.request)) throw notFound('account request');
  return {
    request: row.request,
    state: row.view as RequestState,
    queuePosition: await queuePosition(orm, requestId),
  };
}

async function queuePosition(orm: Orm, requestId: string): Promise<number | null> {
  const [row] = await rowsOf<{ ahead: number | string }>(
    orm,
    sql`select (select count(*) from admissions b where b.state = 'waiting' and b.position < a.position) as ahead
        from admissions a where a.request_id = ${requestId} and a.state = 'waiting'`,
  );
  return row ? Number(row.ahead) + 1 : null;
}

export type ListQuery = {
  status?: string | undefined;
  team?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** In SQL what `maySeeRequest` says of one. */
const visible = (who: Principal) =>
  seesAll(who)
    ? undefined
    : or(
        inArray(requestViews.team, [...who.teams, '']),
        seesUnitChanges(who) ? eq(accountRequests.kind, 'organizational-unit-change') : undefined,
        seesSettingsChanges(who) ? eq(accountRequests.kind, 'settings-change') : undefined,
      );

/** Newest first; the cursor is the last row's time and id. */
export async function listRequests(orm: Orm, who: Principal, query: ListQuery) {
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
  const rows = await orm
    .select({ request: accountRequests, view: requestViews.view })
    .from(requestViews)
    .innerJoin(accountRequests, eq(accountRequests.id, requestViews.requestId))
    .where(
      and(
        visible(who),
        query.status ? eq(requestViews.status, query.status) : undefined,
        query.team ? eq(requestViews.team, query.team) : undefined,
        after
          ? sql`(${requestViews.createdAt}, ${requestViews.requestId}) < (${after.at}::timestamptz, ${after.id})`
          : undefined,
      ),
    )
    .orderBy(desc(requestViews.createdAt), desc(requestViews.requestId))
    .limit(query.limit + 1);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    rows: page.map(
      (r): RequestRow => ({ request: r.request, state: r.view as RequestState, queuePosition: null }),
    ),
    nextCursor:
      rows.length > query.limit && last
        ? writeCursor(last.request.createdAt.toISOString(), last.request.id)
        : null,
  };
}

export const writeCursor = (at: string, id: string): string =>
  Buffer.from(JSON.stringify([at, id])).toString('base64url');

export function readCursor(cursor: string): { at: string; id: string } {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (typeof at !== 'string' || typeof id !== 'string') throw new TypeError('not a cursor');
    if (new Date(at).toISOString() === at && /^[\w.-]{1,80}$/.test(id)) return { at, id };
  } catch {
    // Falls through to the refusal below: whatever is wrong with it, it is not ours.
  }
  throw new Problem('invalid', 'cursor', 'The cursor is not one of ours.', {
    errors: [{ pointer: '/cursor', message: 'is not a cursor of this list' }],
  });
}

import { and, desc, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { askNamed, isTransaction, type Named, type Orm, rowsOf } from '../../db/client.ts';
import { readerSettings } from '../../db/reader.ts';
import { accountRequests, requestViews } from '../../db/schema/index.ts';
import { ofOwnRequests } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { scopeOf, seesRequest } from '../access/scope.ts';
import { coalesce, type Outcome, perDatabase } from '../kernel/coalesce.ts';
import { cursorPlace, cursorText } from '../kernel/cursor.ts';
import { notFound } from '../kernel/errors.ts';
import type { Fact } from '../ledger/fact.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';
import type { RequestState } from '../ledger/request-view.ts';
import type { RequestKind } from './kinds.ts';

export type StoredRequest = typeof accountRequests.$inferSelect;

export type RequestRow = { request: StoredRequest; state: RequestState; queuePosition: number | null };

/** @throws Problem not-found for absent and foreign alike */
export const getRequest = (orm: Orm, who: Principal, requestId: string): Promise<RequestRow> =>
  isTransaction(orm) || (who.places ?? []).length > 0
    ? getWithin(orm, who, requestId)
    : readTogether(orm, { who, requestId, whole: true });

/** The same without the plan, where its answer needs none: `planText` is empty then. */
export const getRequestBrief = (orm: Orm, who: Principal, requestId: string): Promise<RequestRow> =>
  isTransaction(orm) || (who.places ?? []).length > 0
    ? getWithin(orm, who, requestId)
    : readTogether(orm, { who, requestId, whole: false });

type Ask = { who: Principal; requestId: string; whole: boolean };

/** Whoever asks while a read is under way shares the next: each sees what they would see alone. */
const readTogether = async (orm: Orm, ask: Ask): Promise<RequestRow> => {
  const row = await reads(orm)(ask);
  if (!row) throw notFound('account request');
  return row;
};

const reads = perDatabase((orm) =>
  coalesce(async (asks: readonly Ask[]) => readEach(orm as Orm, asks), { lanes: 2 }),
);

/** What breaks a read must not take its neighbours with it. */
async function readEach(orm: Orm, asks: readonly Ask[]): Promise<Outcome<RequestRow | undefined>[]> {
  try {
    return (await readAll(orm, asks)).map((value) => ({ value }));
  } catch (error) {
    if (asks.length === 1) return [{ error }];
    const outcomes: Outcome<RequestRow | undefined>[] = [];
    for (const ask of asks) outcomes.push(...(await readEach(orm, [ask])));
    return outcomes;
  }
}

const READ_REQUESTS: Named = { name: 'read_requests', text: 'select * from read_requests($1::jsonb)' };

type ReadRow = {
  n: number;
  id: string;
  kind: RequestKind;
  team: string;
  requested_by: string;
  idempotency_key: string;
  body_digest: string;
  body: unknown;
  plan_digest: string;
  plan_text: string;
  created_ms: number;
  view: unknown;
  place: number | null;
};

/** What people ask for together is read by the scope of each: the database's own, and ours after it. */
async function readAll(orm: Orm, asks: readonly Ask[]): Promise<(RequestRow | undefined)[]> {
  const groups = new Map<string, { n: number; ids: string[] } & Record<string, unknown>>();
  const groupOf = asks.map(({ who, requestId, whole }) => {
    const [everything, teams, kinds] = readerSettings(scopeOf(who));
    const key = JSON.stringify([everything, teams, kinds, whole]);
    const group = groups.get(key) ?? { n: groups.size, everything, teams, kinds, whole, ids: [] };
    groups.set(key, group);
    group.ids.push(requestId);
    return group.n;
  });
  const rows = await askNamed<ReadRow>(orm, READ_REQUESTS, [JSON.stringify([...groups.values()])]);
  const found = new Map(rows.map((row) => [`${row.n} ${row.id}`, row]));
  return asks.map(({ who, requestId }, i) => {
    const row = found.get(`${groupOf[i]} ${requestId}`);
    return row && seesRequest(who, row) ? rowOf(row) : undefined;
  });
}

const rowOf = (row: ReadRow): RequestRow => ({
  request: {
    id: row.id,
    kind: row.kind,
    team: row.team,
    requestedBy: row.requested_by,
    idempotencyKey: row.idempotency_key,
    bodyDigest: row.body_digest,
    body: row.body,
    planDigest: row.plan_digest,
    planText: row.plan_text,
    createdAt: new Date(row.created_ms),
  },
  state: row.view as RequestState,
  queuePosition: row.place,
});

/** As a part of a transaction, or by what is put to the person for approval. */
const getWithin = (orm: Orm, who: Principal, requestId: string): Promise<RequestRow> =>
  readAs(orm, who, async (reader) => {
    const [row] = await reader
      .select({ request: accountRequests, view: requestViews.view })
      .from(accountRequests)
      .innerJoin(requestViews, eq(requestViews.requestId, accountRequests.id))
      .where(and(eq(accountRequests.id, requestId), ofOwnRequests(who, accountRequests)));
    if (!row) throw notFound('account request');
    return {
      request: row.request,
      state: row.view as RequestState,
      queuePosition: await queuePosition(reader, requestId),
    };
  });

/** Facts of a request after a position, and the request as it is then. @throws Problem not-found */
export const requestTimeline = (
  orm: Orm,
  who: Principal,
  requestId: string,
  after = 0,
): Promise<{ row: RequestRow; facts: Fact[] }> =>
  readAs(orm, who, async (reader) => {
    const row = await getRequest(reader, who, requestId);
    return { row, facts: await factsOfRequests(reader, [row.request.id], after) };
  });

/**
 * The place among the waiting requests of the same team. Slots are shared out between teams, so nobody waits for all who
 * came before, and how many other teams wait is theirs to know.
 */
async function queuePosition(orm: Orm, requestId: string): Promise<number | null> {
  const [row] = await rowsOf<{ ahead: number | string }>(
    orm,
    sql`select (select count(*) from admissions b
          where b.state = 'waiting' and b.team = a.team and b.position < a.position) as ahead
        from admissions a where a.request_id = ${requestId} and a.state = 'waiting'`,
  );
  return row ? Number(row.ahead) + 1 : null;
}

export type ListQuery = {
  status?: string | undefined;
  team?: string | undefined;
  /** Those under way of which nothing was heard since then. */
  quietSince?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Newest first; the cursor is the last row's time and id. */
export function listRequests(orm: Orm, who: Principal, query: ListQuery) {
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
  return readAs(orm, who, async (reader) => {
    const rows = await reader
      .select({ request: accountRequests, view: requestViews.view })
      .from(requestViews)
      .innerJoin(accountRequests, eq(accountRequests.id, requestViews.requestId))
      .where(
        and(
          ofOwnRequests(who, {
            id: requestViews.requestId,
            team: requestViews.team,
            kind: accountRequests.kind,
          }),
          query.status ? eq(requestViews.status, query.status) : undefined,
          query.team ? eq(requestViews.team, query.team) : undefined,
          query.quietSince
            ? sql`not ${requestViews.terminal} and ${requestViews.status} <> 'ACTIVE' and ${requestViews.updatedAt} <= ${query.quietSince}::timestamptz`
            : undefined,
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
  });
}

export const writeCursor = (at: string, id: string): string => cursorText([at, id]);

/** @throws Problem for a cursor that is none of ours */
export function readCursor(cursor: string): { at: string; id: string } {
  const [at, id] = cursorPlace(Place, cursor);
  return { at, id };
}

const Place = z.tuple([
  // Written as we write it: anything else would be another instant to the database.
  z.string().refine((at) => !Number.isNaN(Date.parse(at)) && new Date(at).toISOString() === at),
  z.string().regex(/^[\w.-]{1,80}$/),
]);

import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { type Orm, rowsOf, sqlState, transact } from '../../db/client.ts';
import { accountRequests, requestViews } from '../../db/schema/index.ts';
import { maySeeTeam, type Principal, seesAll } from '../access/principal.ts';
import { canonicalJson, digestOf } from '../kernel/canonical-json.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import { appendFacts, enqueue } from '../ledger/ledger.pg.ts';
import { projectRequests } from '../ledger/projections.pg.ts';
import type { RequestState } from '../ledger/request-view.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import { CidrTaken, takeHolds } from './holds.pg.ts';
import type { AccountRequest } from './request.schema.ts';

/** Makes a plan for this request with what is free now. @throws Problem invalid with pointers */
export type Planner = (requestId: string, request: AccountRequest) => Promise<AccountPlan>;

export type SubmitDeps = { orm: Orm; clock: Clock; ids: Ids; plan: Planner };

/** Requests of one team that wait for people or for a slot; more are refused (the example landing zone's limit). */
const MOST_PENDING = 50;

export type StoredRequest = typeof accountRequests.$inferSelect;

/**
 * Takes a request: plan, holds, facts and the start of the workflow in one transaction.
 * The same key with the same body answers with the first request; with another body it is refused.
 */
export async function submit(
  deps: SubmitDeps,
  who: Principal,
  body: AccountRequest,
  idempotencyKey: string,
): Promise<{ requestId: string; replayed: boolean }> {
  const bodyDigest = digestOf(body);
  // A block may be taken between planning and commit: then plan again with the next free one.
  for (let attempt = 1; ; attempt++) {
    const known = await replay(deps.orm, who, idempotencyKey, bodyDigest);
    if (known) return { requestId: known, replayed: true };
    try {
      await refuseFlood(deps.orm, body.team);
      const requestId = deps.ids.requestId();
      const plan = await deps.plan(requestId, body);
      await store(deps, who, { requestId, body, bodyDigest, idempotencyKey, plan });
      return { requestId, replayed: false };
    } catch (error) {
      // The e-mail that is "taken" may be taken by this very request, sent twice at once.
      const twin =
        error instanceof Problem ? await replay(deps.orm, who, idempotencyKey, bodyDigest) : undefined;
      if (twin) return { requestId: twin, replayed: true };
      const raced = error instanceof CidrTaken || sqlState(error) === '23505';
      if (!raced || attempt >= 30) throw error;
    }
  }
}

async function replay(
  orm: Orm,
  who: Principal,
  key: string,
  bodyDigest: string,
): Promise<string | undefined> {
  const [known] = await orm
    .select({ id: accountRequests.id, bodyDigest: accountRequests.bodyDigest })
    .from(accountRequests)
    .where(and(eq(accountRequests.requestedBy, who.subject), eq(accountRequests.idempotencyKey, key)));
  if (known && known.bodyDigest !== bodyDigest) {
    throw new Problem(
      'invalid',
      'idempotency-key-reused',
      `This Idempotency-Key was used for another body (request ${known.id}). Choose a new key.`,
    );
  }
  return known?.id;
}

async function refuseFlood(orm: Orm, team: string): Promise<void> {
  const [row] = await rowsOf<{ pending: number | string }>(
    orm,
    sql`select count(*) as pending from request_views where team = ${team}
        and status in ('PLANNED', 'AWAITING_APPROVAL', 'QUEUED')`,
  );
  if (Number(row?.pending ?? 0) >= MOST_PENDING) {
    throw new Problem(
      'too-many',
      'pending-cap',
      `The team ${team} has ${MOST_PENDING} requests waiting already. Decide or cancel some first.`,
      { retryAfterSeconds: 60 },
    );
  }
}

type Draft = {
  requestId: string;
  body: AccountRequest;
  bodyDigest: string;
  idempotencyKey: string;
  plan: AccountPlan;
};

async function store(deps: SubmitDeps, who: Principal, draft: Draft): Promise<void> {
  const { requestId, body, plan } = draft;
  await transact(deps.orm, async (tx) => {
    const now = deps.clock.now();
    const { digest, ...digested } = plan;
    await tx.insert(accountRequests).values({
      id: requestId,
      team: body.team,
      requestedBy: who.subject,
      idempotencyKey: draft.idempotencyKey,
      bodyDigest: draft.bodyDigest,
      body,
      planDigest: digest,
      planText: canonicalJson(digested),
      createdAt: now,
    });
    await takeHolds(tx, {
      requestId,
      email: body.account.email,
      accountName: body.account.name,
      organizationalUnitId: body.account.organizationalUnitId,
      vpcCidr: plan.network?.vpcCidr ?? null,
    });
    const fact = (type: 'AccountRequested' | 'AccountPlanned', data: Record<string, unknown>) => ({
      id: `${type}:${requestId}`,
      meaning: `${type}:${requestId}`,
      type,
      source: 'jetway',
      requestId,
      version: 0,
      actor: who.subject,
      occurredAt: now.toISOString(),
      data,
    });
    await appendFacts(
      tx,
      [
        fact('AccountRequested', {
          account: body.account,
          team: body.team,
          owner: body.owner,
          justification: body.justification,
        }),
        fact('AccountPlanned', {
          planDigest: digest,
          vpcCidr: plan.network?.vpcCidr ?? null,
          components: plan.components.map((c) => `${c.name}@${c.version}`),
          guardrails:
            plan.guardrails.preventive.length +
            plan.guardrails.detective.length +
            plan.guardrails.inherited.length,
          snapshotId: plan.snapshot.id,
          warnings: plan.warnings,
        }),
      ],
      now,
    );
    // Counted again now that the ledger's head is locked: nobody else is between here and the commit.
    await refuseFlood(tx, body.team);
    await enqueue(
      tx,
      [{ kind: 'start-execution', key: `start-execution:${requestId}:0`, payload: { requestId } }],
      now,
    );
    await projectRequests(tx, [requestId], now);
  });
}

export type RequestRow = { request: StoredRequest; state: RequestState; queuePosition: number | null };

/** @throws Problem not-found for absent and foreign alike */
export async function getRequest(orm: Orm, who: Principal, requestId: string): Promise<RequestRow> {
  const [row] = await orm
    .select({ request: accountRequests, view: requestViews.view })
    .from(accountRequests)
    .innerJoin(requestViews, eq(requestViews.requestId, accountRequests.id))
    .where(eq(accountRequests.id, requestId));
  if (!row || !maySeeTeam(who, row.request.team)) throw notFound('account request');
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

/** Newest first; the cursor is the last row's time and id. */
export async function listRequests(orm: Orm, who: Principal, query: ListQuery) {
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
  const rows = await orm
    .select({ request: accountRequests, view: requestViews.view })
    .from(requestViews)
    .innerJoin(accountRequests, eq(accountRequests.id, requestViews.requestId))
    .where(
      and(
        seesAll(who) ? undefined : inArray(requestViews.team, [...who.teams, '']),
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

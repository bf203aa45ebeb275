import { and, eq, sql } from 'drizzle-orm';
import { type Orm, rowsOf, sqlState, transact } from '../../db/client.ts';
import { accountRequests } from '../../db/schema/index.ts';
import type { Principal } from '../access/principal.ts';
import { putToFirst } from '../approvals/asked.pg.ts';
import { recordAttempt } from '../approvals/attempts.pg.ts';
import { digestOf } from '../kernel/canonical-json.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts, enqueue } from '../ledger/ledger.pg.ts';
import { projectRequests } from '../ledger/projections.pg.ts';
import { CidrTaken, PlanOutdated, takeHolds } from './holds.pg.ts';
import type { Intake, Prepared } from './intake.ts';
import { WHOLE_ORGANIZATION } from './kinds.ts';
import { outdatedPlan } from './outdated-plan.pg.ts';

export type SubmitDeps = { orm: Orm; clock: Clock; ids: Ids };

/** Requests of one team that wait for people or for a slot; more are refused (the example landing zone's limit). */
const MOST_PENDING = 50;

/**
 * Takes a request: plan, holds, facts and the start of the workflow in one transaction.
 * The same key with the same body answers with the first request; with another body it is refused.
 */
export async function submit(
  deps: SubmitDeps,
  who: Principal,
  intake: Intake,
  idempotencyKey: string,
): Promise<{ requestId: string; replayed: boolean }> {
  const bodyDigest = digestOf(intake.body);
  // A block may be taken, or the account changed, between planning and commit: then plan again.
  for (let attempt = 1; ; attempt++) {
    const known = await replay(deps.orm, who, idempotencyKey, bodyDigest);
    if (known) return { requestId: known, replayed: true };
    try {
      await refuseFlood(deps.orm, intake.team);
      const requestId = deps.ids.requestId();
      const prepared = await intake.prepare(requestId);
      await store(deps, who, { requestId, intake, bodyDigest, idempotencyKey, prepared });
      return { requestId, replayed: false };
    } catch (error) {
      // The e-mail that is "taken" may be taken by this very request, sent twice at once.
      const twin =
        error instanceof Problem ? await replay(deps.orm, who, idempotencyKey, bodyDigest) : undefined;
      if (twin) return { requestId: twin, replayed: true };
      const raced =
        error instanceof CidrTaken || error instanceof PlanOutdated || sqlState(error) === '23505';
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
      `${team === WHOLE_ORGANIZATION ? 'The organization' : `The team ${team}`} has ${MOST_PENDING} requests waiting already. Decide or cancel some first.`,
      { retryAfterSeconds: 60 },
    );
  }
}

type Draft = {
  requestId: string;
  intake: Intake;
  bodyDigest: string;
  idempotencyKey: string;
  prepared: Prepared;
};

async function store(deps: SubmitDeps, who: Principal, draft: Draft): Promise<void> {
  const { requestId, intake, prepared } = draft;
  await transact(deps.orm, async (tx) => {
    const now = deps.clock.now();
    const request = {
      id: requestId,
      kind: intake.kind,
      team: intake.team,
      requestedBy: who.subject,
      idempotencyKey: draft.idempotencyKey,
      bodyDigest: draft.bodyDigest,
      body: intake.body,
      planDigest: prepared.digest,
      planText: prepared.planText,
      createdAt: now,
    };
    await tx.insert(accountRequests).values(request);
    await putToFirst(tx, request);
    if (intake.attempt) {
      const attempt = { act: intake.attempt, who: who.subject, via: 'api', requestId } as const;
      await recordAttempt(tx, { ...attempt, planDigest: prepared.digest }, null, now);
    }
    if (prepared.holds) await takeHolds(tx, requestId, prepared.holds, now);
    const { planText } = prepared;
    const outdated = await outdatedPlan(tx, { kind: intake.kind, body: intake.body, planText }, { now });
    if (outdated !== undefined) throw new PlanOutdated(outdated);
    const facts = prepared.facts.map(({ type, accountId, data }): NewFact => {
      const id = `${type}:${requestId}`;
      const occurredAt = now.toISOString();
      return {
        id,
        meaning: id,
        type,
        source: 'jetway',
        requestId,
        accountId,
        version: 0,
        actor: who.subject,
        occurredAt,
        data,
      };
    });
    await appendFacts(tx, facts, now);
    // Counted again now that the ledger's head is locked: nobody else is between here and the commit.
    await refuseFlood(tx, intake.team);
    await enqueue(
      tx,
      [{ kind: 'start-execution', key: `start-execution:${requestId}:0`, payload: { requestId } }],
      now,
    );
    await projectRequests(tx, [requestId], now);
  });
}

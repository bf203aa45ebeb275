import { sql } from 'drizzle-orm';
import { type Orm, rowsOf, sqlState, transact } from '../../db/client.ts';
import { accountRequests } from '../../db/schema/index.ts';
import type { Principal } from '../access/principal.ts';
import { putToFirst } from '../approvals/asked.pg.ts';
import { recordAttempt } from '../approvals/attempts.pg.ts';
import { digestOf } from '../kernel/canonical-json.ts';
import { coalesce, perDatabase } from '../kernel/coalesce.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import { appendFacts, enqueue } from '../ledger/ledger.pg.ts';
import { projectRequests } from '../ledger/projections.pg.ts';
import { blocksKept, blocksUnderWay, noteDeceived, noteReleased } from './blocks-under-way.ts';
import { factsOf, keep, MOST_PENDING, orderOf } from './group.pg.ts';
import { CidrTaken, PlanOutdated, takeHolds } from './holds.pg.ts';
import type { Intake, Prepared } from './intake.ts';
import { WHOLE_ORGANIZATION } from './kinds.ts';
import { outdatedPlan } from './outdated-plan.pg.ts';
import type { RequestRow, StoredRequest } from './requests.pg.ts';

export type SubmitDeps = { orm: Orm; clock: Clock; ids: Ids };

export type Submitted = {
  requestId: string;
  replayed: boolean;
  /** As it was kept; absent for one that was there already. */
  row?: RequestRow;
};

/**
 * Takes a request: plan, holds, facts and the start of the workflow in one transaction, which it may share with others.
 * The same key with the same body answers with the first request; with another body it is refused.
 */
export async function submit(
  deps: SubmitDeps,
  who: Principal,
  intake: Intake,
  idempotencyKey: string,
): Promise<Submitted> {
  const bodyDigest = digestOf(intake.body);
  const question = { subject: who.subject, key: idempotencyKey, team: intake.team };
  // What it needs may go to another between planning and commit, or the account be changed: then plan again.
  for (let attempt = 1; ; attempt++) {
    const requestId = deps.ids.requestId();
    const mayKeep = attempt === 1 && intake.kind === 'account';
    blocksUnderWay(deps.orm).set(requestId, null);
    try {
      // A request for an account whose key is known or whose team has no room is not kept: it is looked for then.
      const seen = mayKeep ? undefined : await look(deps.orm, question);
      if (seen) {
        if (sameRequest(seen, bodyDigest)) return { requestId: seen.id, replayed: true };
        refuseFlood(seen.pending, intake.team);
      }
      const prepared = await intake.prepare(requestId, mayKeep);
      const request = {
        id: requestId,
        kind: intake.kind,
        team: intake.team,
        requestedBy: who.subject,
        idempotencyKey,
        bodyDigest,
        body: intake.body,
        planDigest: prepared.digest,
        planText: prepared.planText,
        createdAt: deps.clock.now(),
      };
      if (intake.kind !== 'account') {
        await store(deps.orm, request, prepared, intake.attempt);
        return { requestId, replayed: false };
      }
      const kept = await keep(deps.orm, { request, prepared });
      if (kept !== 'raced') {
        noteBlock(deps.orm, prepared);
        return { requestId, replayed: false, row: { request, state: kept.kept, queuePosition: null } };
      }
      noteReleased();
      if (attempt > 1) noteDeceived();
      if (attempt >= 30) throw new Error(`${requestId} was overtaken ${attempt} times`);
    } catch (error) {
      // The e-mail that is "taken" may be taken by this very request, sent twice at once.
      const mayBeTwin = error instanceof Problem && error.kind !== 'forbidden';
      const twin = mayBeTwin ? await look(deps.orm, question) : undefined;
      if (twin && sameRequest(twin, bodyDigest)) return { requestId: twin.id, replayed: true };
      if (twin) refuseFlood(twin.pending, intake.team);
      const raced =
        error instanceof CidrTaken || error instanceof PlanOutdated || sqlState(error) === '23505';
      if (!raced || attempt >= 30) throw error;
      noteReleased();
    } finally {
      blocksUnderWay(deps.orm).delete(requestId);
    }
  }
}

/** A request of another kind: they are few, and what each of them holds is its own matter. */
async function store(
  orm: Orm,
  request: StoredRequest,
  prepared: Prepared,
  act: Intake['attempt'],
): Promise<void> {
  const { id, requestedBy: subject, idempotencyKey: key, team, createdAt: now } = request;
  await transact(orm, async (tx) => {
    await tx.insert(accountRequests).values(request);
    await putToFirst(tx, [request]);
    if (act) {
      const attempt = {
        act,
        who: subject,
        via: 'api',
        requestId: id,
        planDigest: request.planDigest,
      } as const;
      await recordAttempt(tx, attempt, null, now);
    }
    if (prepared.holds) await takeHolds(tx, id, prepared.holds, now);
    const outdated = await outdatedPlan(tx, request, { now });
    if (outdated !== undefined) throw new PlanOutdated(outdated);
    await appendFacts(tx, factsOf({ request, prepared }), now);
    // Counted again now that the ledger's head is locked: nobody else is between here and the commit.
    for (const { pending } of await lookAt(tx, [{ subject, key, team }])) refuseFlood(pending, team);
    await enqueue(tx, [orderOf(request)], now);
    await projectRequests(tx, [id], now);
  });
}

function noteBlock(orm: Orm, { holds }: Prepared): void {
  const kept = blocksKept(orm);
  kept.requests += 1;
  if (!holds || holds.vpcCidr === null) return;
  kept.blocks.push(holds.vpcCidr);
  kept.total += 1;
}

type Question = { subject: string; key: string; team: string };
/** The request of this key, if there is one, and how many of the team wait. */
type Seen = { id: string | null; bodyDigest: string | null; pending: number };

const look = (orm: Orm, question: Question): Promise<Seen> => looks(orm)(question);

const looks = perDatabase((orm) =>
  coalesce(async (questions: readonly Question[]) =>
    (await lookAt(orm as Orm, questions)).map((value) => ({ value })),
  ),
);

async function lookAt(orm: Orm, questions: readonly Question[]): Promise<Seen[]> {
  const rows = await rowsOf<{ id: string | null; digest: string | null; pending: string | number }>(
    orm,
    sql`select r.id, r.body_digest as digest,
        (select count(*) from request_views v where v.team = q.team
          and v.status in ('PLANNED', 'AWAITING_APPROVAL', 'QUEUED')) as pending
      from jsonb_to_recordset(${JSON.stringify(questions.map((q, n) => ({ n, ...q })))}::jsonb)
        as q(n int, subject text, key text, team text)
      left join account_requests r on r.requested_by = q.subject and r.idempotency_key = q.key
      order by q.n`,
  );
  return rows.map(({ id, digest, pending }) => ({ id, bodyDigest: digest, pending: Number(pending) }));
}

/** @throws Problem invalid: the key was used for something else */
function sameRequest(seen: Seen, bodyDigest: string): seen is Seen & { id: string } {
  if (seen.id === null) return false;
  if (seen.bodyDigest === bodyDigest) return true;
  throw new Problem(
    'invalid',
    'idempotency-key-reused',
    `This Idempotency-Key was used for another body (request ${seen.id}). Choose a new key.`,
  );
}

function refuseFlood(pending: number, team: string): void {
  if (pending < MOST_PENDING) return;
  throw new Problem(
    'too-many',
    'pending-cap',
    `${team === WHOLE_ORGANIZATION ? 'The organization' : `The team ${team}`} has ${MOST_PENDING} requests waiting already. Decide or cancel some first.`,
    { retryAfterSeconds: 60 },
  );
}

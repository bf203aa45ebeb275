import { eq } from 'drizzle-orm';
import { type Orm, transact } from '../../db/client.ts';
import {
  accountHolds,
  accountRequests,
  cancellations,
  decisions,
  emailHolds,
  pointOfNoReturn,
  requestViews,
} from '../../db/schema/index.ts';
import { type Asked, mayDecide, maySeeRequest, type Principal, samePerson } from '../access/principal.ts';
import { answerOpenAsk } from '../inbox/asks.pg.ts';
import type { Clock } from '../kernel/context.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts, enqueue } from '../ledger/ledger.pg.ts';
import { projectRequests } from '../ledger/projections.pg.ts';
import { releaseHolds } from '../requests/holds.pg.ts';
import { concernsAll, type RequestKind } from '../requests/kinds.ts';
import { outdatedPlan } from '../requests/outdated-plan.pg.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { type Confirmation, confirmApproval, type Decision, decisionText } from './decision.ts';
import type { DecisionSigner } from './signer.port.ts';

export type ApprovalDeps = {
  orm: Orm;
  clock: Clock;
  secrets: Secrets;
  settings: SettingsStore;
  signer: DecisionSigner;
};

export type DecideCommand = {
  requestId: string;
  decision: 'approve' | 'deny';
  planDigest: string;
  comment?: string | undefined;
  via: Decision['via'];
};

/**
 * Records a decision. One row wins; everybody later is told who decided and when.
 * @throws Problem not-found, forbidden (not an approver, or one's own request), conflict (decided or ended already),
 * invalid (another plan)
 */
export async function decide(deps: ApprovalDeps, who: Principal, command: DecideCommand): Promise<Decision> {
  return transact(deps.orm, async (tx) => {
    const request = await lockRequest(tx, command.requestId);
    if (!request || !maySeeRequest(who, request)) throw notFound('account request');
    if (!mayDecide(who, request)) throw notTheApprover(who, request);
    if (command.planDigest !== request.planDigest) {
      throw new Problem('invalid', 'plan-differs', 'The digest is not that of the plan of this request.', {
        errors: [
          {
            pointer: '/planDigest',
            message: `is not the digest of this request's plan (${request.planDigest})`,
          },
        ],
      });
    }
    await refuseIfSettled(tx, command.requestId);
    const decision: Decision = {
      requestId: command.requestId,
      decision: command.decision,
      decidedBy: who.subject,
      decidedAt: deps.clock.now().toISOString(),
      via: command.via,
      planDigest: command.planDigest,
      comment: command.comment ?? null,
    };
    await record(tx, deps, decision, request.team);
    return decision;
  });
}

function notTheApprover(who: Principal, request: Asked): Problem {
  if (samePerson(who.subject, request.requestedBy))
    return new Problem('forbidden', 'self-approval', 'You asked for it, so somebody else has to decide.');
  const where = concernsAll(request.kind) ? '' : ` in the team ${request.team}`;
  return new Problem('forbidden', 'not-an-approver', `Deciding needs the role approver${where}.`);
}

async function record(tx: Orm, deps: ApprovalDeps, decision: Decision, team: string): Promise<void> {
  const now = deps.clock.now();
  await tx.insert(decisions).values({
    ...decision,
    decidedAt: new Date(decision.decidedAt),
    ...(await deps.signer.sign(decisionText(decision))),
  });
  const fact: NewFact = {
    id: `decision:${decision.requestId}`,
    meaning: `decision:${decision.requestId}`,
    type: 'ApprovalDecided',
    source: 'jetway',
    requestId: decision.requestId,
    version: 0,
    actor: decision.decidedBy,
    occurredAt: decision.decidedAt,
    data: {
      decision: decision.decision,
      planDigest: decision.planDigest,
      via: decision.via,
      team,
      ...(decision.comment ? { comment: decision.comment } : {}),
    },
  };
  await appendFacts(tx, [fact], now);
  const outcome = decision.decision === 'approve' ? 'approved' : 'denied';
  await answerOpenAsk(tx, { requestId: decision.requestId, kind: 'approval', answer: { outcome }, now });
  await enqueue(
    tx,
    [
      {
        kind: 'chat-update',
        key: `chat-update:${decision.requestId}:decided`,
        payload: { requestId: decision.requestId },
      },
    ],
    now,
  );
  if (outcome === 'denied') await releaseHolds(tx, [decision.requestId]);
  await projectRequests(tx, [decision.requestId], now);
}

/** @throws Problem conflict with who and when */
async function refuseIfSettled(tx: Orm, requestId: string): Promise<void> {
  const [decided] = await tx.select().from(decisions).where(eq(decisions.requestId, requestId));
  if (decided) {
    const decidedAt = decided.decidedAt.toISOString();
    throw new Problem(
      'conflict',
      'already-decided',
      `${decided.decidedBy} already chose to ${decided.decision} it at ${decidedAt}.`,
      { decidedBy: decided.decidedBy, decidedAt },
    );
  }
  const [cancelled] = await tx.select().from(cancellations).where(eq(cancellations.requestId, requestId));
  if (cancelled) {
    throw new Problem(
      'conflict',
      'cancelled',
      `${cancelled.cancelledBy} cancelled this request; nothing is left to decide.`,
    );
  }
  const [view] = await tx.select().from(requestViews).where(eq(requestViews.requestId, requestId));
  if (view?.terminal) throw new Problem('conflict', 'ended', `The request has ended: ${view.status}.`);
}

/** The row's lock puts decision, cancel and confirmation of one request in one order. */
export async function lockRequest(tx: Orm, requestId: string) {
  const [request] = await tx
    .select()
    .from(accountRequests)
    .where(eq(accountRequests.id, requestId))
    .for('update');
  return request;
}

/**
 * Answers the workflow's last question. A yes is written down before it is said: from then on a cancel is refused.
 * The caller holds the request's row lock.
 */
export async function confirm(
  tx: Orm,
  deps: Omit<ApprovalDeps, 'orm'>,
  requestId: string,
  askedDigest: string,
): Promise<Confirmation> {
  const request = await lockRequest(tx, requestId);
  if (!request)
    return { outcome: 'refused', code: 'unknown-request', detail: 'The ledger does not know this request.' };
  const [row] = await tx.select().from(decisions).where(eq(decisions.requestId, requestId));
  const [cancelled] = await tx.select().from(cancellations).where(eq(cancellations.requestId, requestId));
  const decision: Decision | undefined = row && {
    ...row,
    decision: row.decision as Decision['decision'],
    via: row.via as Decision['via'],
    decidedAt: row.decidedAt.toISOString(),
  };
  const result = confirmApproval({
    decision,
    signatureValid:
      decision !== undefined &&
      row !== undefined &&
      (await deps.signer.verify(decisionText(decision), row.keyId, row.signature)),
    cancelled: cancelled !== undefined,
    open: await isOpen(tx, request),
    requestedBy: request.requestedBy,
    planDigest: request.planDigest,
    askedDigest,
    outdated: await outdatedPlan(tx, request, deps.settings),
    samePerson,
  });
  if (result.outcome === 'confirmed') {
    await tx.insert(pointOfNoReturn).values({ requestId, crossedAt: deps.clock.now() }).onConflictDoNothing();
  }
  return result;
}

/** A vend that has ended gave its e-mail address back, a change its account, whatever the projection says by now. */
async function isOpen(tx: Orm, { id, kind }: { id: string; kind: RequestKind }): Promise<boolean> {
  switch (kind) {
    case 'account':
      return (await tx.select().from(emailHolds).where(eq(emailHolds.requestId, id))).length > 0;
    case 'account-change':
      return (await tx.select().from(accountHolds).where(eq(accountHolds.requestId, id))).length > 0;
    case 'organizational-unit-change':
    case 'settings-change': {
      const [view] = await tx.select().from(requestViews).where(eq(requestViews.requestId, id));
      return view?.terminal === false;
    }
    default:
      return kind satisfies never;
  }
}

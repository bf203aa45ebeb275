import { eq } from 'drizzle-orm';
import { isDatabaseError, type Orm } from '../../db/client.ts';
import {
  accountHolds,
  cancellations,
  emailHolds,
  exceptions,
  pointOfNoReturn,
  requestViews,
  verdicts,
} from '../../db/schema/index.ts';
import { standingOf } from '../people/people.pg.ts';
import type { RequestKind } from '../requests/kinds.ts';
import { outdatedPlan } from '../requests/outdated-plan.pg.ts';
import { type ApprovalCase, lockRequest, openCase, type SignedDecision } from './approval-case.pg.ts';
import type { ApprovalDeps } from './approvals.pg.ts';
import { recordAttempt } from './attempts.pg.ts';
import { automaticCostOf } from './automatic.pg.ts';
import { type Confirmation, confirmApproval, type FoundDecision } from './confirmation.ts';
import { decisionText } from './decision.ts';
import { type DecisionSigner, KeyUnavailable } from './signer.port.ts';

/**
 * Answers the workflow's last question. A yes is written down before it is said: from then on a cancel is refused.
 * @throws while the database or the key does not answer, so that the question is asked again; never a yes
 */
export async function confirm(
  tx: Orm,
  deps: Omit<ApprovalDeps, 'orm'>,
  requestId: string,
  askedDigest: string,
): Promise<Confirmation> {
  const now = deps.clock.now();
  const answer = await judge(tx, deps, requestId, askedDigest).catch(refuseUnlessAway);
  if (answer.outcome === 'confirmed')
    await tx.insert(pointOfNoReturn).values({ requestId, crossedAt: now }).onConflictDoNothing();
  const attempt = {
    act: 'confirm',
    who: 'workflow',
    via: 'workflow',
    requestId,
    planDigest: askedDigest,
  } as const;
  const reason = answer.outcome === 'refused' ? answer.code : answer.outcome;
  await recordAttempt(tx, attempt, answer.outcome === 'confirmed' ? null : reason, now);
  return answer;
}

/**
 * What cannot be verified is refused for good, as a bad signature is. An outage says nothing of the approval: then nobody
 * answers, and the question comes again.
 */
function refuseUnlessAway(error: unknown): Confirmation {
  if (error instanceof KeyUnavailable || isDatabaseError(error)) throw error;
  return {
    outcome: 'refused',
    code: 'approval-unverifiable',
    detail: 'The recorded approval could not be verified.',
  };
}

async function judge(
  tx: Orm,
  deps: Omit<ApprovalDeps, 'orm'>,
  requestId: string,
  askedDigest: string,
): Promise<Confirmation> {
  const request = await lockRequest(tx, requestId);
  if (!request)
    return { outcome: 'refused', code: 'unknown-request', detail: 'The ledger does not know this request.' };
  const matter = await openCase(tx, deps, request);
  const [verdict] = await tx.select().from(verdicts).where(eq(verdicts.requestId, requestId));
  const [cancelled] = await tx.select().from(cancellations).where(eq(cancellations.requestId, requestId));
  const decisions: FoundDecision[] = [];
  for (const decision of matter.decided) decisions.push(await find(tx, deps.signer, decision));
  return confirmApproval({
    decisions,
    verdict: verdict?.outcome as 'approved' | 'denied' | undefined,
    cancelled: cancelled !== undefined,
    open: await isOpen(tx, request),
    requestedBy: request.requestedBy,
    team: request.team,
    planDigest: request.planDigest,
    askedDigest,
    outdated: await outdatedPlan(tx, request, { now: deps.clock.now(), settings: deps.settings }),
    ...ruledBy(matter),
    automaticCost: await automaticCostOf(tx, request.team),
  });
}

const ruledBy = ({ planned, policy, settings, escalatedAt }: ApprovalCase) => ({
  planned,
  policy,
  settings,
  escalatedAt,
});

async function find(tx: Orm, signer: DecisionSigner, decision: SignedDecision): Promise<FoundDecision> {
  return {
    ...decision,
    signatureValid: await signer.verify(decisionText(decision), decision.keyId, decision.signature),
    standing: await standingOf(tx, decision.decidedBy),
    absent: decision.onBehalfOf === null ? undefined : await standingOf(tx, decision.onBehalfOf),
  };
}

/** A vend that has ended gave its e-mail address back, a change its account, whatever the projection says by now. */
async function isOpen(tx: Orm, { id, kind }: { id: string; kind: RequestKind }): Promise<boolean> {
  switch (kind) {
    case 'account':
      return (await tx.select().from(emailHolds).where(eq(emailHolds.requestId, id))).length > 0;
    case 'account-change':
      return (await tx.select().from(accountHolds).where(eq(accountHolds.requestId, id))).length > 0;
    case 'control-exception':
      return (await tx.select().from(exceptions).where(eq(exceptions.requestId, id))).some(
        ({ state }) => state === 'REQUESTED' || state === 'ACTIVE',
      );
    case 'organizational-unit-change':
    case 'settings-change': {
      const [view] = await tx.select().from(requestViews).where(eq(requestViews.requestId, id));
      return view?.terminal === false;
    }
    default:
      return kind satisfies never;
  }
}

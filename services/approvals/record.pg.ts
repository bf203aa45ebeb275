import type { Orm } from '../../db/client.ts';
import { decisions, verdicts } from '../../db/schema/index.ts';
import { answerOpenAsk } from '../inbox/asks.pg.ts';
import { Problem } from '../kernel/errors.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts, enqueue } from '../ledger/ledger.pg.ts';
import { projectRequests } from '../ledger/projections.pg.ts';
import { canonicalSubject, peopleBehind } from '../people/person.ts';
import { releaseHolds } from '../requests/holds.pg.ts';
import type { ApprovalCase } from './approval-case.pg.ts';
import { putToNext, putToNobody } from './asked.pg.ts';
import { type Decision, decisionText } from './decision.ts';
import { type DecisionSigner, KeyUnavailable } from './signer.port.ts';
import { openStage } from './stages.ts';
import { progressOf, type StageProgress } from './verdict.ts';

/** What a decision came to: it ended the matter, or others still have to say yes. */
export type Recorded = Decision & { outcome: 'approved' | 'denied' | 'open'; stages: StageProgress[] };

/**
 * Writes a decision down, signed, and the verdict when nothing more is missing: the workflow's question is answered, and
 * whoever looks at the message sees it. The caller holds the request's lock and has checked everything.
 * @throws Problem unavailable while the key cannot be asked
 */
export async function record(
  tx: Orm,
  deps: { signer: DecisionSigner },
  matter: ApprovalCase,
  decision: Decision,
  automaticCost: number | null = null,
): Promise<Recorded> {
  const { requestId } = decision;
  const person =
    decision.via === 'policy'
      ? decision.decidedBy
      : (peopleBehind(matter.settings, decision.decidedBy)[0] ?? canonicalSubject(decision.decidedBy));
  const signature = await signed(deps.signer, decision);
  await tx
    .insert(decisions)
    .values({ ...decision, person, decidedAt: new Date(decision.decidedAt), ...signature });
  const decided = [...matter.decided, { ...decision, person, ...signature }];
  const outcome = outcomeOf(matter, decided, decision);
  const stages = progressOf(matter.planned, decided, matter.settings);
  const now = new Date(decision.decidedAt);
  if (outcome === 'open') {
    await putToNext(tx, { ...matter, decided });
    await say(tx, givenFact(matter, decision, person, stages), now);
  } else {
    await putToNobody(tx, [requestId]);
    await tx.insert(verdicts).values({
      requestId,
      outcome,
      decidedBy: decision.decidedBy,
      decidedAt: now,
      automaticCost,
    });
    await answerOpenAsk(tx, { requestId, kind: 'approval', answer: { outcome }, now });
    if (outcome === 'denied') await releaseHolds(tx, [requestId]);
    await say(tx, decidedFact(matter, decided, decision, stages), now);
  }
  const key = `chat-update:${requestId}:${outcome === 'open' ? `given:${person}` : 'decided'}`;
  await enqueue(tx, [{ kind: 'chat-update', key, payload: { requestId } }], now);
  return { ...decision, outcome, stages };
}

async function signed(signer: DecisionSigner, decision: Decision) {
  try {
    return await signer.sign(decisionText(decision));
  } catch (cause) {
    if (!(cause instanceof KeyUnavailable)) throw cause;
    throw new Problem(
      'unavailable',
      'approvals-key',
      'The key that signs decisions does not answer. Nothing was decided; try again.',
      { retryAfterSeconds: 5, cause },
    );
  }
}

function outcomeOf(
  { planned, settings }: ApprovalCase,
  decided: readonly Decision[],
  { decision, via }: Decision,
): Recorded['outcome'] {
  if (decision === 'deny') return 'denied';
  const approvals = decided.filter((d) => d.decision === 'approve');
  const met = via === 'policy' || openStage(planned.stages, approvals, settings) === planned.stages.length;
  return met ? 'approved' : 'open';
}

async function say(tx: Orm, fact: NewFact & { requestId: string }, now: Date): Promise<void> {
  await appendFacts(tx, [fact], now);
  await projectRequests(tx, [fact.requestId], now);
}

const factOf = (id: string, { requestId, decidedBy, decidedAt }: Decision) => ({
  id,
  meaning: id,
  source: 'jetway',
  requestId,
  version: 0,
  actor: decidedBy,
  occurredAt: decidedAt,
});

const saidOf = (d: Decision, team: string) => ({
  planDigest: d.planDigest,
  via: d.via,
  team,
  ...(d.onBehalfOf === null ? {} : { onBehalfOf: d.onBehalfOf }),
  ...(d.comment ? { comment: d.comment } : {}),
});

/** One yes of several. */
function givenFact(
  { request, planned }: ApprovalCase,
  decision: Decision,
  person: string,
  stages: readonly StageProgress[],
) {
  const at = decision.stage ?? 0;
  return {
    ...factOf(`approval:${decision.requestId}:${person}`, decision),
    type: 'ApprovalGiven' as const,
    data: {
      ...saidOf(decision, request.team),
      stage: planned.stages[at]?.name ?? null,
      given: stages[at]?.given ?? 0,
      needed: stages[at]?.needed ?? 0,
    },
  };
}

/** How it ended. */
function decidedFact(
  { request, planned }: ApprovalCase,
  decided: readonly Decision[],
  decision: Decision,
  stages: readonly StageProgress[],
) {
  const same = decided.filter((d) => d.decision === decision.decision);
  return {
    ...factOf(`decision:${decision.requestId}`, decision),
    type: 'ApprovalDecided' as const,
    data: {
      decision: decision.decision,
      ...saidOf(decision, request.team),
      policy: planned.policy,
      decidedBy: same.map((d) => d.decidedBy),
      stages,
    },
  };
}

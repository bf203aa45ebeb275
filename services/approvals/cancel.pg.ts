import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { cancellations, outbox, pointOfNoReturn, requestViews } from '../../db/schema/index.ts';
import { mayCancel, mayGiveUp, maySeeRequest, type Principal } from '../access/principal.ts';
import { endChange } from '../account-changes/end-of-change.pg.ts';
import { grantSlots, releaseSlot } from '../admission/admission.pg.ts';
import { answerAsk, answerOpenAsk, openAsk } from '../inbox/asks.pg.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import { COURSES } from '../ledger/course.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts, enqueue, factsOfRequests } from '../ledger/ledger.pg.ts';
import { projectRequests } from '../ledger/projections.pg.ts';
import { releaseHolds } from '../requests/holds.pg.ts';
import type { RequestKind } from '../requests/kinds.ts';
import { brokenSinceStop, lastStop, notParked, redriveKey } from '../requests/stopped.ts';
import { type ApprovalDeps, lockRequest } from './approvals.pg.ts';
import { putToNobody } from './asked.pg.ts';
import { attempting } from './attempts.pg.ts';

const TOO_LATE: Record<RequestKind, string> = {
  account: 'The account is already being made: it can be closed later, not cancelled now.',
  'organizational-unit-change':
    'The controls are already being changed: what is done can be undone by another change, not cancelled now.',
  'account-change':
    'The account is already being changed: what is done can be undone by another change, not cancelled now.',
  'settings-change':
    'The settings are in force already: they can be undone by another change, not cancelled now.',
  'control-exception': 'The exception is in force already: revoke it instead.',
};

type Locked = NonNullable<Awaited<ReturnType<typeof lockRequest>>>;

/**
 * Takes a request back before the point of no return, or gives up a change of an account that stopped half-way.
 * @throws Problem not-found, forbidden, conflict (ended already, or under way for good)
 */
export async function cancel(deps: ApprovalDeps, who: Principal, requestId: string): Promise<void> {
  const attempt = { act: 'cancel', who: who.subject, via: 'api', requestId } as const;
  await attempting(deps, attempt, async (tx) => {
    const request = await lockRequest(tx, requestId);
    if (!request || !maySeeRequest(who, request)) throw notFound('account request');
    const [view] = await tx.select().from(requestViews).where(eq(requestViews.requestId, requestId));
    const now = deps.clock.now();
    if (view?.status === 'QUARANTINED' && COURSES[request.kind].givenUp !== undefined)
      return giveUp(tx, who, request, now);
    if (!mayCancel(who, request))
      throw notYours('Only the person who asked, or an operator, may cancel a request.');
    const [crossed] = await tx.select().from(pointOfNoReturn).where(eq(pointOfNoReturn.requestId, requestId));
    if (crossed) {
      throw new Problem('conflict', 'too-late', TOO_LATE[request.kind]);
    }
    if (view?.terminal) throw new Problem('conflict', 'ended', `The request has ended: ${view.status}.`);
    await recordCancel(tx, who, requestId, now);
    for (const kind of ['approval', 'admission'] as const) {
      await answerOpenAsk(tx, { requestId, kind, answer: { outcome: 'cancelled' }, now });
    }
    await releaseSlot(tx, requestId, now);
    await releaseHolds(tx, [requestId]);
    await putToNobody(tx, [requestId]);
    await enqueue(
      tx,
      [{ kind: 'chat-update', key: `chat-update:${requestId}:cancelled`, payload: { requestId } }],
      now,
    );
    // The slot that it may have held goes to the next one now: no message would bring that about.
    await projectRequests(tx, [requestId, ...(await grantSlots(tx, now))], now);
  });
}

const notYours = (words: string) => new Problem('forbidden', 'not-yours', words);

async function recordCancel(tx: Orm, who: Principal, requestId: string, now: Date): Promise<void> {
  await tx.insert(cancellations).values({ requestId, cancelledBy: who.subject, cancelledAt: now });
  const fact: NewFact = {
    ...ownFact(`cancel:${requestId}`, requestId, now),
    type: 'RequestCancelled',
    actor: who.subject,
    data: {},
  };
  await appendFacts(tx, [fact], now);
}

const ownFact = (id: string, requestId: string, now: Date) => ({
  id,
  meaning: id,
  source: 'jetway',
  requestId,
  version: 0,
  occurredAt: now.toISOString(),
});

/** Half-way for good: the workflow that waits for a repair is told, and says itself when it is over. */
async function giveUp(tx: Orm, who: Principal, request: Locked, now: Date): Promise<void> {
  const requestId = request.id;
  if (!mayGiveUp(who, request))
    throw notYours(
      'Only the person who asked, the team of the account, or an operator may give a change up.',
    );
  const [given] = await tx.select().from(cancellations).where(eq(cancellations.requestId, requestId));
  if (given)
    throw new Problem('conflict', 'cancelled', `${given.cancelledBy} has given up this change already.`);
  const ask = await openAsk(tx, requestId, 'repair');
  if (!ask && !(await isDead(tx, request))) throw notParked();
  await recordCancel(tx, who, requestId, now);
  if (ask) await answerAsk(tx, ask.id, { outcome: 'cancelled' }, now);
  else await endForTheDead(tx, request, now);
  await projectRequests(tx, [requestId], now);
}

/** Its execution broke and nobody has it redriven. */
async function isDead(tx: Orm, { id, kind }: Locked): Promise<boolean> {
  const broken = brokenSinceStop(await factsOfRequests(tx, [id]), kind);
  if (!broken) return false;
  const redriven = await tx
    .select()
    .from(outbox)
    .where(eq(outbox.key, redriveKey(id, broken)));
  return redriven.length === 0;
}

/** No workflow is left that could say that it is over. */
async function endForTheDead(tx: Orm, { id, kind }: Locked, now: Date): Promise<void> {
  const facts = await factsOfRequests(tx, [id]);
  const accountId = facts.find((f) => f.accountId !== undefined)?.accountId;
  const step = lastStop(facts, kind)?.data.step ?? 'workflow';
  const fact = { ...ownFact(`given-up:${id}`, id, now), accountId, data: { step } };
  await appendFacts(tx, [{ ...fact, type: 'ChangeGivenUp' }], now);
  await endChange(tx, { requestId: id, accountId }, now);
}

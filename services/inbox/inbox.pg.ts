import { eq, inArray, sql } from 'drizzle-orm';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import {
  accountRequests,
  cancellations,
  pendingWakes,
  pointOfNoReturn,
  verdicts,
} from '../../db/schema/index.ts';
import { endChange } from '../account-changes/end-of-change.pg.ts';
import { grantSlots, queueForSlot, releaseSlot } from '../admission/admission.pg.ts';
import { openCase } from '../approvals/approval-case.pg.ts';
import { type ApprovalDeps, lockRequest } from '../approvals/approvals.pg.ts';
import { putToNext, putToNobody } from '../approvals/asked.pg.ts';
import { decideAutomatically } from '../approvals/automatic.pg.ts';
import type { ReminderAct } from '../approvals/channel.port.ts';
import { KeyUnavailable } from '../approvals/signer.port.ts';
import { alertOn } from '../chat/alert-lines.pg.ts';
import { DriftChecked } from '../drift/check.schema.ts';
import { projectDrift } from '../drift/drift.pg.ts';
import { endLook, requestSuspectChecks, suspect } from '../drift/schedule.pg.ts';
import { meetExceptionEnd, settleEnds } from '../exceptions/end.pg.ts';
import type { Ids } from '../kernel/context.ts';
import { type Reading, readEnvelope, type TrustedSource } from '../ledger/envelope.ts';
import type { Fact, NewFact } from '../ledger/fact.ts';
import { appendFacts, enqueue, lockLanes } from '../ledger/ledger.pg.ts';
import { projectCompliance, projectRequests } from '../ledger/projections.pg.ts';
import { endRemovedFindings } from '../ledger/removed-controls.pg.ts';
import { projectMirroring } from '../mirroring/coverage.pg.ts';
import { armFinished } from '../mirroring/schedule.pg.ts';
import { receiveSnapshotFact, requestReconcile } from '../reconciliation/reconciliation.pg.ts';
import { releaseHolds } from '../requests/holds.pg.ts';
import type { ApplyDeps } from '../settings/apply.pg.ts';
import { answerAsk, answerOpenAsk, parkAsk } from './asks.pg.ts';
import { answerConfirmation } from './confirmation.pg.ts';
import { fenceAnswer, releaseFences } from './fence.pg.ts';
import type { Incoming } from './incoming.ts';
import type { Ask, WorkflowFact } from './message.schema.ts';
import type { InboxMetrics } from './metrics.ts';

export type InboxDeps = ApprovalDeps &
  ApplyDeps & { ids: Ids; trusted: TrustedSource; metrics: InboxMetrics };

/**
 * Takes a batch of messages in one transaction: facts are appended, asks are parked and met by what is known already,
 * projections are folded, answers leave through the outbox. All or nothing; a redelivery changes nothing.
 */
export async function receive(deps: InboxDeps, batch: readonly Incoming[]): Promise<void> {
  const appended = await transact(deps.orm, async (tx) => {
    const now = deps.clock.now();
    const asks = batch.flatMap((m) => (m.kind === 'ask' ? [m.ask] : []));
    const workflowFacts = batch.flatMap((m) => (m.kind === 'fact' ? [m.fact] : []));
    const readings = batch.flatMap((m) =>
      m.kind === 'event' ? [readEnvelope(m.envelope, deps.trusted)] : [],
    );
    await lockRequests(tx, [...asks, ...workflowFacts]);
    if (workflowFacts.length + readings.length > 0) await lockLanes(tx);

    const parked: Ask[] = [];
    for (const ask of asks) if (await parkAsk(tx, deps.secrets, ask, now)) parked.push(ask);
    const ledgerFacts = workflowFacts.filter((f) => !f.type.startsWith('Snapshot'));
    const fresh = await appendFacts(
      tx,
      [...parked.flatMap(askFact), ...ledgerFacts.map(workflowFact), ...readings.flatMap((r) => r.facts)],
      now,
    );
    for (const fact of workflowFacts) {
      if (fact.type.startsWith('Snapshot')) await receiveSnapshotFact(tx, fact, now);
    }
    await settleFacts(tx, fresh, now);
    await settleEnds(tx, fresh, now);
    await readAgain(tx, deps.ids, fresh, now);
    await wake(tx, readings, fresh, now);
    // Folded before the asks are met: answers look at the projection.
    await projectRequests(tx, touched(fresh), now);
    for (const ask of parked) await meet(tx, deps, ask, now);
    if (fresh.some(freesSlot) || parked.some((a) => a.ask === 'admission')) {
      await projectRequests(tx, await grantSlots(tx, now), now);
    }
    await projectCompliance(tx, fresh);
    await alertOn(tx, fresh, now);
    await projectDrift(tx, fresh, now);
    await projectMirroring(tx, fresh, now);
    await armFinished(tx, fresh, now);
    await endRemovedFindings(tx, fresh, now);
    await lookForDrift(tx, readings, fresh, now);
    return fresh;
  });
  deps.metrics.appended(appended);
}

/** Requests are locked first and in one order, as decisions and cancels do, so that nobody waits in a circle. */
async function lockRequests(tx: Orm, messages: readonly { requestId?: string | undefined }[]): Promise<void> {
  const ids = [...new Set(messages.flatMap((m) => (m.requestId === undefined ? [] : [m.requestId])))];
  if (ids.length === 0) return;
  await tx
    .select({ id: accountRequests.id })
    .from(accountRequests)
    .where(inArray(accountRequests.id, ids))
    .orderBy(accountRequests.id)
    .for('update');
}

const touched = (fresh: readonly Fact[]) =>
  fresh.flatMap((f) => (f.requestId === undefined ? [] : [f.requestId]));

/** Some asks are news in themselves. One that is asked again is none before it is known to be still open. */
function askFact(ask: Ask): NewFact[] {
  if (ask.ask === 'approval' && reminderAct(ask) !== undefined) return [];
  const type = ({ approval: 'ApprovalRequested', admission: 'AccountQueued' } as const)[
    ask.ask as 'approval' | 'admission'
  ];
  if (!type) return [];
  return [
    {
      id: ask.id,
      meaning: `workflow:${ask.id}`,
      type,
      source: 'workflow',
      requestId: ask.requestId,
      version: ask.order,
      occurredAt: new Date(ask.occurredAt).toISOString(),
      data: { planDigest: ask.planDigest ?? null },
    },
  ];
}

const workflowFact = (fact: WorkflowFact): NewFact => ({
  id: fact.id,
  meaning: `workflow:${fact.id}`,
  type: fact.type as NewFact['type'],
  source: 'workflow',
  requestId: fact.requestId,
  accountId: fact.accountId,
  version: fact.order,
  occurredAt: new Date(fact.occurredAt).toISOString(),
  data: fact.data,
});

const BROKEN = ['FAILED', 'TIMED_OUT', 'ABORTED'];

const endsUnmade = (fact: Fact) => fact.type === 'RequestRejected' || fact.type === 'RequestExpired';
const brokenExecution = (fact: Fact) =>
  fact.type === 'ExecutionStatusChanged' &&
  fact.requestId !== undefined &&
  BROKEN.includes(String(fact.data.status));

/** The account operation is over: made, refused, or stuck where Control Tower is no longer at work. */
const freesSlot = (fact: Fact) =>
  fact.requestId !== undefined &&
  (fact.type === 'AccountProvisioned' ||
    fact.type === 'AccountQuarantined' ||
    endsUnmade(fact) ||
    brokenExecution(fact));

async function settleFacts(tx: Orm, fresh: readonly Fact[], now: Date): Promise<void> {
  for (const fact of fresh) {
    if (fact.requestId === undefined) continue;
    if (freesSlot(fact)) await releaseSlot(tx, fact.requestId, now);
    if (fact.type === 'AccountChanged' || fact.type === 'ChangeGivenUp')
      await endChange(tx, { requestId: fact.requestId, accountId: fact.accountId }, now);
    if (fact.type === 'AccessAssigned') await releaseFences(tx, fact.requestId, now);
    if (endsUnmade(fact) || (brokenExecution(fact) && !(await hasCrossed(tx, fact.requestId)))) {
      await releaseHolds(tx, [fact.requestId]);
      await putToNobody(tx, [fact.requestId]);
      const payload = { requestId: fact.requestId };
      await enqueue(
        tx,
        [{ kind: 'chat-update', key: `chat-update:${fact.requestId}:${fact.type}`, payload }],
        now,
      );
    }
  }
}

/** Planning must know soon what a change did; a reading that is under way may have seen the unit as it was before. */
async function readAgain(tx: Orm, ids: Ids, fresh: readonly Fact[], now: Date): Promise<void> {
  if (!fresh.some((f) => f.type === 'ChangeCompleted' || f.type === 'ChangeStopped')) return;
  await requestReconcile(tx, ids, 'controls were changed', now, 'anew');
}

/** After the confirmation an account may exist, so its name, e-mail and addresses stay reserved. */
async function hasCrossed(tx: Orm, requestId: string): Promise<boolean> {
  const rows = await tx.select().from(pointOfNoReturn).where(eq(pointOfNoReturn.requestId, requestId));
  return rows.length > 0;
}

/** An account event says only "look now": it wakes the ask of the open vend with that name in that OU. */
async function wake(tx: Orm, readings: readonly Reading[], fresh: readonly Fact[], now: Date): Promise<void> {
  const news = new Set(fresh.map((f) => f.id));
  for (const reading of readings) {
    if (!reading.wake || !reading.facts.some((f) => news.has(f.id))) continue;
    const open = await rowsOf<{ request_id: string }>(
      tx,
      sql`select request_id from request_views
          where account_name = ${reading.wake.accountName}
            and organizational_unit_id = ${reading.wake.organizationalUnitId}
            and not terminal and status in ('QUEUED', 'PROVISIONING', 'QUARANTINED')
            and request_id in (select id from account_requests where kind = 'account')`,
    );
    for (const { request_id: requestId } of open) {
      const woken = await answerOpenAsk(tx, {
        requestId,
        kind: 'account-event',
        answer: { outcome: 'woken' },
        now,
      });
      if (!woken) await tx.insert(pendingWakes).values({ requestId, arrivedAt: now }).onConflictDoNothing();
    }
  }
}

/** An event may say that something has drifted; whether it has, is for a look to find out. */
async function lookForDrift(
  tx: Orm,
  readings: readonly Reading[],
  fresh: readonly Fact[],
  now: Date,
): Promise<void> {
  const ended = fresh.filter((f) => f.type === 'DriftChecked');
  for (const { id, accountId, data } of ended) {
    if (accountId !== undefined) await endLook(tx, accountId, id, DriftChecked.parse(data), now);
  }
  const news = new Set(fresh.map((f) => f.id));
  for (const { suspicion, facts } of readings) {
    if (suspicion && facts.some((f) => news.has(f.id))) await suspect(tx, suspicion, now);
  }
  // What happened during a look has waited for its end.
  if (ended.length > 0) await requestSuspectChecks(tx, now);
}

/** Meets an ask with what is known already; what is not known yet will answer it later. */
async function meet(tx: Orm, deps: InboxDeps, ask: Ask, now: Date): Promise<void> {
  if (ask.ask === 'fence') {
    const answer = await fenceAnswer(tx, ask);
    return answer && answerAsk(tx, ask.id, answer, now);
  }
  if (ask.requestId === undefined) return;
  switch (ask.ask) {
    case 'approval':
      return meetApproval(tx, deps, ask, ask.requestId, now);
    case 'admission':
      return meetAdmission(tx, ask, ask.requestId, now);
    case 'confirm-approval':
      return meetConfirmation(tx, deps, ask, now);
    case 'exception-end':
      return meetExceptionEnd(tx, ask, now);
    case 'account-event': {
      const early = await tx
        .delete(pendingWakes)
        .where(eq(pendingWakes.requestId, ask.requestId))
        .returning();
      return early.length > 0 ? answerAsk(tx, ask.id, { outcome: 'woken' }, now) : undefined;
    }
    case 'repair':
      // Asked again although somebody has given up: the word of the end did not get through.
      return (await isCancelled(tx, ask.requestId))
        ? answerAsk(tx, ask.id, { outcome: 'cancelled' }, now)
        : undefined;
    default:
      return ask.ask satisfies never;
  }
}

async function isCancelled(tx: Orm, requestId: string): Promise<boolean> {
  const rows = await tx.select().from(cancellations).where(eq(cancellations.requestId, requestId));
  return rows.length > 0;
}

async function meetApproval(tx: Orm, deps: InboxDeps, ask: Ask, requestId: string, now: Date): Promise<void> {
  if (await isCancelled(tx, requestId)) return answerAsk(tx, ask.id, { outcome: 'cancelled' }, now);
  const [verdict] = await tx.select().from(verdicts).where(eq(verdicts.requestId, requestId));
  if (verdict) return answerAsk(tx, ask.id, { outcome: verdict.outcome }, now);
  const act = reminderAct(ask);
  if (act) return remind(tx, deps, ask, { requestId, act, now });
  if (await decideAutomatically(tx, deps, requestId)) return;
  await enqueue(tx, [{ kind: 'chat-post', key: `chat-post:${requestId}`, payload: { requestId } }], now);
}

/** What the workflow's timer says is due; undefined for the first ask. */
const reminderAct = ({ data: { act } }: Ask): ReminderAct | undefined =>
  act === 'remind' || act === 'escalate' ? act : undefined;

/** Nobody has decided: that is written down, and people are told again. */
async function remind(
  tx: Orm,
  deps: InboxDeps,
  ask: Ask,
  { requestId, act, now }: { requestId: string; act: ReminderAct; now: Date },
): Promise<void> {
  const fact: NewFact = {
    id: ask.id,
    meaning: `workflow:${ask.id}`,
    type: act === 'remind' ? 'ApprovalReminded' : 'ApprovalEscalated',
    source: 'workflow',
    requestId,
    version: ask.order,
    occurredAt: new Date(ask.occurredAt).toISOString(),
    data: { planDigest: ask.planDigest ?? null, nth: Number(ask.data.nth) || 0 },
  };
  await appendFacts(tx, [fact], now);
  await projectRequests(tx, [requestId], now);
  const request = act === 'escalate' ? await lockRequest(tx, requestId) : undefined;
  if (request) await putToNext(tx, await openCase(tx, deps, request));
  const payload = { requestId, act };
  await enqueue(tx, [{ kind: 'chat-remind', key: `chat-remind:${ask.id}`, payload }], now);
}

async function meetAdmission(tx: Orm, ask: Ask, requestId: string, now: Date): Promise<void> {
  if (await isCancelled(tx, requestId)) return answerAsk(tx, ask.id, { outcome: 'cancelled' }, now);
  const request = await lockRequest(tx, requestId);
  if (request) await queueForSlot(tx, { requestId, team: request.team, purpose: 'admission' }, now);
}

/** While the key does not answer, the question waits in the outbox, and nobody else waits for it. */
async function meetConfirmation(tx: Orm, deps: InboxDeps, ask: Ask, now: Date): Promise<void> {
  try {
    await answerConfirmation(tx, deps, ask, now);
  } catch (error) {
    if (!(error instanceof KeyUnavailable)) throw error;
    const { id, requestId, planDigest, order } = ask;
    const payload = { id, requestId, planDigest, order };
    await enqueue(tx, [{ kind: 'confirm', key: `confirm:${id}`, payload }], now);
  }
}

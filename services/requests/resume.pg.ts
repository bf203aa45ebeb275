import { eq } from 'drizzle-orm';
import { requestViews } from '../../db/schema/index.ts';
import { mayResume, maySeeRequest, type Principal } from '../access/principal.ts';
import { grantSlots, queueForSlot } from '../admission/admission.pg.ts';
import { type ApprovalDeps, lockRequest } from '../approvals/approvals.pg.ts';
import { attempting } from '../approvals/attempts.pg.ts';
import { answerAsk, openAsk } from '../inbox/asks.pg.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import { enqueue, factsOfRequests } from '../ledger/ledger.pg.ts';
import { projectRequests } from '../ledger/projections.pg.ts';
import { brokenSinceStop, lastStop, notParked, redriveKey } from './stopped.ts';

/** Steps that put Control Tower to work again, so they wait for a slot like a new vend does. */
const NEEDS_SLOT = ['provision', 'enrol'];

/**
 * Lets a quarantined request go on at the step that failed: by answering its repair ask, or, when the execution itself
 * broke, by a redrive. @throws Problem not-found, forbidden, conflict
 */
export async function resume(deps: ApprovalDeps, who: Principal, requestId: string): Promise<void> {
  const attempt = { act: 'resume', who: who.subject, via: 'api', requestId } as const;
  await attempting(deps, attempt, async (tx) => {
    const request = await lockRequest(tx, requestId);
    if (!request || !maySeeRequest(who, request)) throw notFound('account request');
    if (!mayResume(who))
      throw new Problem('forbidden', 'not-an-operator', 'Resuming a request needs the role operator.');
    const [view] = await tx.select().from(requestViews).where(eq(requestViews.requestId, requestId));
    if (view?.status !== 'QUARANTINED') {
      throw new Problem(
        'conflict',
        'not-quarantined',
        `Only a quarantined request can be resumed; this one is ${view?.status ?? 'unknown'}.`,
      );
    }
    const now = deps.clock.now();
    const facts = await factsOfRequests(tx, [requestId]);
    const ask = await openAsk(tx, requestId, 'repair');
    if (!ask) {
      const broken = brokenSinceStop(facts, request.kind);
      if (!broken) throw notParked();
      const executionArn = String(broken.data.execution);
      await enqueue(
        tx,
        [{ kind: 'redrive', key: redriveKey(requestId, broken), payload: { executionArn } }],
        now,
      );
      return;
    }
    if (request.kind === 'account' && NEEDS_SLOT.includes(String(lastStop(facts, request.kind)?.data.step))) {
      await queueForSlot(tx, { requestId, team: request.team, purpose: 'repair' }, now);
      await grantSlots(tx, now);
    } else {
      await answerAsk(tx, ask.id, { outcome: 'resume', by: who.subject }, now);
    }
    await projectRequests(tx, [requestId], now);
  });
}

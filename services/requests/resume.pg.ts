import { eq } from 'drizzle-orm';
import { transact } from '../../db/client.ts';
import { requestViews } from '../../db/schema/index.ts';
import { mayResume, maySeeRequest, type Principal } from '../access/principal.ts';
import { grantSlots, queueForSlot } from '../admission/admission.pg.ts';
import { type ApprovalDeps, lockRequest } from '../approvals/approvals.pg.ts';
import { answerAsk, openAsk } from '../inbox/asks.pg.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import { COURSES } from '../ledger/course.ts';
import { enqueue, factsOfRequests } from '../ledger/ledger.pg.ts';
import { projectRequests } from '../ledger/projections.pg.ts';

/** Steps that put Control Tower to work again, so they wait for a slot like a new vend does. */
const NEEDS_SLOT = ['provision', 'enrol'];

/**
 * Lets a quarantined request go on at the step that failed: by answering its repair ask, or, when the execution itself
 * broke, by a redrive. @throws Problem not-found, forbidden, conflict
 */
export async function resume(deps: ApprovalDeps, who: Principal, requestId: string): Promise<void> {
  await transact(deps.orm, async (tx) => {
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
    const quarantined = facts
      .filter((f) => f.type === COURSES[request.kind].stopped)
      .sort((a, b) => a.version - b.version)
      .at(-1);
    const ask = await openAsk(tx, requestId, 'repair');
    if (!ask) {
      // An execution that ended before this quarantine was redriven already; its repair ask is on the way.
      const broken = facts
        .filter((f) => f.type === 'ExecutionStatusChanged' && f.data.status !== 'RUNNING')
        .filter((f) => f.version > Date.parse(quarantined?.occurredAt ?? '1970-01-01'))
        .sort((a, b) => a.version - b.version)
        .at(-1);
      if (!broken) {
        throw new Problem(
          'conflict',
          'not-parked',
          'The workflow has not asked for a repair yet. Try again in a moment.',
          { retryAfterSeconds: 5 },
        );
      }
      const executionArn = String(broken.data.execution);
      await enqueue(
        tx,
        [{ kind: 'redrive', key: `redrive:${requestId}:${broken.id}`, payload: { executionArn } }],
        now,
      );
      return;
    }
    if (request.kind === 'account' && NEEDS_SLOT.includes(String(quarantined?.data.step))) {
      await queueForSlot(tx, { requestId, team: request.team, purpose: 'repair' }, now);
      await grantSlots(tx, now);
    } else {
      await answerAsk(tx, ask.id, { outcome: 'resume', by: who.subject }, now);
    }
    await projectRequests(tx, [requestId], now);
  });
}

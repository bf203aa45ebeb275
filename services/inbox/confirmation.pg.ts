import { z } from 'zod';
import { type Orm, transact } from '../../db/client.ts';
import { type ApprovalDeps, lockRequest } from '../approvals/approvals.pg.ts';
import { confirm } from '../approvals/confirm.pg.ts';
import { grantException } from '../exceptions/grant.pg.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts } from '../ledger/ledger.pg.ts';
import { projectRequests } from '../ledger/projections.pg.ts';
import { type ApplyDeps, applySettings } from '../settings/apply.pg.ts';
import { answerAsk } from './asks.pg.ts';

export type ConfirmDeps = Omit<ApprovalDeps, 'orm'> & ApplyDeps;

/** What of the workflow's question decides: its ask, and the plan that it is about to carry out. */
const Question = z.object({
  id: z.string(),
  requestId: z.string().optional(),
  planDigest: z.string().optional(),
  order: z.number(),
});
type Question = z.infer<typeof Question>;

/** @throws while the key or the database does not answer */
export async function answerConfirmation(
  tx: Orm,
  deps: ConfirmDeps,
  { id: askId, requestId, planDigest, order }: Question,
  now: Date,
): Promise<void> {
  if (requestId === undefined) return;
  const answer = await confirm(tx, deps, requestId, planDigest ?? '');
  if (answer.outcome === 'confirmed') {
    const id = `confirmed:${askId}`;
    const fact: NewFact = {
      id,
      meaning: id,
      type: 'ApprovalConfirmed',
      source: 'jetway',
      requestId,
      version: order,
      occurredAt: now.toISOString(),
      data: {},
    };
    await appendFacts(tx, [fact], now);
    const request = await lockRequest(tx, requestId);
    if (request?.kind === 'settings-change') await applySettings(tx, deps, { requestId, order, now });
    if (request?.kind === 'control-exception') await grantException(tx, { requestId, order, now });
    await projectRequests(tx, [requestId], now);
  }
  await answerAsk(tx, askId, answer, now);
}

/** A question that could not be answered when it came. @throws while it still cannot */
export const answerLater = (
  deps: ConfirmDeps & { orm: Orm },
  payload: Record<string, unknown>,
): Promise<void> =>
  transact(deps.orm, (tx) => answerConfirmation(tx, deps, Question.parse(payload), deps.clock.now()));

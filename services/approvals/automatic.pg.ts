import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { verdicts } from '../../db/schema/index.ts';
import { appendFacts, lockHead } from '../ledger/ledger.pg.ts';
import { type ApprovalCase, lockRequest, openCase } from './approval-case.pg.ts';
import type { ApprovalDeps } from './approvals.pg.ts';
import { recordAttempt } from './attempts.pg.ts';
import { policyActor } from './confirmation.ts';
import { isSuspended } from './eligible.ts';
import { record } from './record.pg.ts';

/** Policies decide when the workflow asks, so an approval is never given before anybody could have looked. */
const VIA = 'policy';

/**
 * Lets the policy decide, where the plan says that it may and the settings of now do too, while the team's budget lasts.
 * Otherwise people are asked, and the timeline says why.
 * @returns whether it was decided; the workflow's question is answered then
 */
export async function decideAutomatically(
  tx: Orm,
  deps: Omit<ApprovalDeps, 'orm'>,
  requestId: string,
): Promise<boolean> {
  const request = await lockRequest(tx, requestId);
  if (!request) return false;
  const matter = await openCase(tx, deps, request);
  if (!matter.planned.automatic || matter.decided.length > 0) return false;
  // One budget for many requests: whoever holds the ledger's head reckons alone.
  await lockHead(tx);
  const cost = matter.planned.about.monthlyCost ?? 0;
  const now = deps.clock.now();
  const declined = declinedBecause(matter, await automaticCostOf(tx, request.team), cost);
  const decidedBy = policyActor(matter.planned.policy);
  const attempt = { act: 'decide', who: decidedBy, via: VIA, requestId, decision: 'approve' } as const;
  const planDigest = request.planDigest;
  await recordAttempt(tx, { ...attempt, planDigest }, declined?.code ?? null, now);
  if (declined) {
    await sayDeclined(tx, matter, declined, now);
    return false;
  }
  await record(
    tx,
    deps,
    matter,
    {
      requestId,
      decision: 'approve',
      decidedBy,
      decidedAt: now.toISOString(),
      via: VIA,
      planDigest,
      comment: null,
      stage: null,
      onBehalfOf: null,
    },
    cost,
  );
  return true;
}

type Declined = { code: 'over-budget' | 'approvers-changed' | 'suspended'; words: string };

function declinedBecause(
  { planned, policy, request, settings }: ApprovalCase,
  used: number,
  cost: number,
): Declined | undefined {
  if (!policy.automatic)
    return {
      code: 'approvers-changed',
      words: `The policy ${policy.name} has come into force and asks people.`,
    };
  if (isSuspended(settings, request.requestedBy))
    return { code: 'suspended', words: 'Whoever asked is suspended, so a person decides.' };
  const most = Math.min(
    planned.automatic?.teamMonthlyCostAtMost ?? 0,
    policy.automatic.teamMonthlyCostAtMost,
  );
  if (used + cost <= most) return undefined;
  const words = `The team's budget for automatic approvals does not suffice: ${used.toFixed(2)} of ${most.toFixed(2)} USD a month are used, this would cost ${cost.toFixed(2)}.`;
  return { code: 'over-budget', words };
}

/** Approvers see it in the timeline and over the message. */
async function sayDeclined(tx: Orm, { request, planned }: ApprovalCase, declined: Declined, now: Date) {
  const id = `automatic-declined:${request.id}`;
  await appendFacts(
    tx,
    [
      {
        id,
        meaning: id,
        type: 'AutomaticApprovalDeclined',
        source: 'jetway',
        requestId: request.id,
        version: 0,
        actor: policyActor(planned.policy),
        occurredAt: now.toISOString(),
        data: { policy: planned.policy, reason: declined.code, words: declined.words },
      },
    ],
    now,
  );
}

/** USD a month of what policies have approved by themselves for a team and what has not come to nothing or been closed. */
export async function automaticCostOf(tx: Orm, team: string): Promise<number> {
  const [row] = await rowsOf<{ cost: number | null }>(
    tx,
    sql`select sum(d.automatic_cost) as cost from ${verdicts} d
        join account_requests r on r.id = d.request_id and r.team = ${team}
        join request_views v on v.request_id = d.request_id and not v.terminal
        where d.automatic_cost is not null`,
  );
  return Number(row?.cost ?? 0);
}

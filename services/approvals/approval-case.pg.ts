import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountRequests, decisions } from '../../db/schema/index.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import type { ApprovalPolicy, Settings } from '../settings/settings.schema.ts';
import type { PlannedApprovals, PolicyFacts } from './approvals.schema.ts';
import type { Decision } from './decision.ts';
import { escalatedSince } from './escalation.pg.ts';
import { approvalsOf } from './plan-approvals.ts';
import { policyFor } from './policy.ts';

type StoredRequest = typeof accountRequests.$inferSelect;

export type SignedDecision = Decision & { person: string; keyId: string; signature: string };

/** Everything that is known of who has to say yes to a request and who has. */
export type ApprovalCase = {
  request: StoredRequest;
  /** Frozen with the plan. */
  planned: PlannedApprovals & { about: PolicyFacts };
  /** In force now. */
  settings: Settings;
  /** What the settings of now would ask for. */
  policy: ApprovalPolicy;
  decided: SignedDecision[];
  /** Since when those who are asked at last may decide too; null while they may not. */
  escalatedAt: Date | null;
};

/** The row's lock puts decision, cancel and confirmation of one request in one order. */
export async function lockRequest(tx: Orm, requestId: string): Promise<StoredRequest | undefined> {
  const [request] = await tx
    .select()
    .from(accountRequests)
    .where(eq(accountRequests.id, requestId))
    .for('update');
  return request;
}

export async function openCase(
  tx: Orm,
  deps: { settings: SettingsStore },
  request: StoredRequest,
): Promise<ApprovalCase> {
  const planned = approvalsOf(request);
  const { settings } = await deps.settings.current(tx);
  return {
    request,
    planned,
    settings,
    policy: policyFor(settings, planned.about),
    decided: await decisionsOn(tx, request.id),
    escalatedAt: planned.escalateTo.length > 0 ? await escalatedSince(tx, request.id) : null,
  };
}

/** In the order in which they were made. */
async function decisionsOn(tx: Orm, requestId: string): Promise<SignedDecision[]> {
  const rows = await tx
    .select()
    .from(decisions)
    .where(eq(decisions.requestId, requestId))
    .orderBy(decisions.decidedAt, decisions.person);
  return rows.map((row) => ({
    ...row,
    decision: row.decision as Decision['decision'],
    via: row.via as Decision['via'],
    decidedAt: row.decidedAt.toISOString(),
  }));
}

import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountRequests, settingsVersions } from '../../db/schema/index.ts';
import { digestOf } from '../kernel/canonical-json.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts, factsOfRequests } from '../ledger/ledger.pg.ts';
import { documentAfter } from './document.ts';
import type { OnSettingsApplied } from './on-applied.port.ts';
import { versionOf } from './outdated.pg.ts';
import type { SettingsStore } from './settings.pg.ts';
import { SettingsChange, type SettingsChangePlan } from './settings-change.schema.ts';

export type ApplyDeps = { settings: SettingsStore; onSettingsApplied?: readonly OnSettingsApplied[] };

/**
 * Brings an approved change of the settings into force, in the transaction of its confirmation. Once: the confirmation
 * may be asked for twice. What fits no longer has been refused there.
 *
 * @param order of the ask that confirmed it
 */
export async function applySettings(
  tx: Orm,
  deps: ApplyDeps,
  { requestId, order, now }: { requestId: string; order: number; now: Date },
): Promise<void> {
  if (await versionOf(tx, requestId)) return;
  const [request] = await tx.select().from(accountRequests).where(eq(accountRequests.id, requestId));
  if (!request) throw new Error(`there is no request ${requestId} to apply`);
  const plan = JSON.parse(request.planText) as SettingsChangePlan;
  const change = SettingsChange.parse(request.body);
  const { version: base, settings: before } = await deps.settings.current(tx);
  const after = documentAfter(before, change);
  const version = base + 1;
  // The next number is free only once: of two changes that are confirmed at the same time one begins again, and is refused.
  await tx
    .insert(settingsVersions)
    .values({ version, document: after, digest: digestOf(after), requestId, appliedAt: now });
  const approvedBy = (await factsOfRequests(tx, [requestId]))
    .filter((f) => f.type === 'ApprovalDecided')
    .map((f) => f.actor);
  const id = `settings-changed:${requestId}`;
  const fact: NewFact = {
    id,
    meaning: id,
    type: 'SettingsChanged',
    source: 'jetway',
    requestId,
    version: order,
    actor: request.requestedBy,
    occurredAt: now.toISOString(),
    data: {
      version,
      before: plan.before,
      after: plan.after,
      sections: plan.sections,
      differences: plan.differences,
      reason: change.reason,
      requestedBy: request.requestedBy,
      approvedBy,
    },
  };
  await appendFacts(tx, [fact], now);
  for (const hook of deps.onSettingsApplied ?? []) await hook(tx, before, after, now);
}

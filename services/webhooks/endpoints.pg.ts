import { and, eq, isNotNull, isNull, notInArray, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { webhookDeliveries, webhookEndpoints } from '../../db/schema/index.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts } from '../ledger/ledger.pg.ts';
import type { OnSettingsApplied } from '../settings/on-applied.port.ts';
import type { Settings } from '../settings/settings.schema.ts';
import { WEBHOOK_CHANNEL } from './fan-out.pg.ts';
import { applyKeys, type KeyDeps } from './keys.pg.ts';

/**
 * Brings endpoints and keys in line with the settings that are in force. Called in the transaction that puts them in
 * force, and again when the service starts; the same settings twice change nothing.
 */
export async function applyWebhooks(tx: Orm, deps: KeyDeps, settings: Settings, now: Date): Promise<void> {
  await applyKeys(tx, deps, settings, now);
  const listening = settings.endpoints.flatMap((e) =>
    e.direction === 'out' && e.format === 'standard' ? [{ name: e.name, events: [...e.events] }] : [],
  );
  const names = listening.map((e) => e.name);
  await tx
    .delete(webhookEndpoints)
    .where(names.length === 0 ? undefined : notInArray(webhookEndpoints.name, names));
  if (listening.length > 0) {
    await tx
      .insert(webhookEndpoints)
      .values(listening)
      .onConflictDoUpdate({ target: webhookEndpoints.name, set: { events: sql`excluded.events` } });
  }
  await tx
    .update(webhookDeliveries)
    .set({ status: 'failed', lastReason: 'the settings list the endpoint no more' })
    .where(
      and(
        eq(webhookDeliveries.status, 'pending'),
        names.length === 0 ? undefined : notInArray(webhookDeliveries.endpoint, names),
      ),
    );
}

/** What has to happen together with new settings. */
export const applyWebhooksOf =
  (deps: KeyDeps): OnSettingsApplied =>
  (tx, _before, after, now) =>
    applyWebhooks(tx, deps, after, now);

/** It says that it is gone: nothing is sent until an operator redelivers or tests. */
export async function disableEndpoint(tx: Orm, name: string, now: Date): Promise<void> {
  const changed = await tx
    .update(webhookEndpoints)
    .set({ disabledAt: now })
    .where(and(eq(webhookEndpoints.name, name), isNull(webhookEndpoints.disabledAt)))
    .returning();
  if (changed.length > 0) {
    const answered = { data: { endpoint: name, reason: 'answered 410' } };
    await appendFacts(tx, [endpointFact('WebhookEndpointDisabled', name, now, answered)], now);
  }
}

/** Somebody has looked. */
export async function enableEndpoint(tx: Orm, name: string, actor: string, now: Date): Promise<void> {
  const changed = await tx
    .update(webhookEndpoints)
    .set({ disabledAt: null })
    .where(and(eq(webhookEndpoints.name, name), isNotNull(webhookEndpoints.disabledAt)))
    .returning();
  if (changed.length > 0) {
    const by = { actor, data: { endpoint: name } };
    await appendFacts(tx, [endpointFact('WebhookEndpointEnabled', name, now, by)], now);
  }
  await tx.execute(sql`select pg_notify(${WEBHOOK_CHANNEL}, '')`);
}

export async function disabledEndpoints(orm: Orm): Promise<Map<string, Date>> {
  const rows = await orm.select().from(webhookEndpoints).where(isNotNull(webhookEndpoints.disabledAt));
  return new Map(rows.flatMap((row) => (row.disabledAt ? [[row.name, row.disabledAt] as const] : [])));
}

function endpointFact(
  type: 'WebhookEndpointDisabled' | 'WebhookEndpointEnabled',
  name: string,
  now: Date,
  more: { actor?: string; data: Record<string, unknown> },
): NewFact {
  const id = `${type}:${name}:${now.toISOString()}`;
  return {
    id,
    meaning: id,
    type,
    source: 'jetway',
    version: now.getTime(),
    occurredAt: now.toISOString(),
    ...more,
  };
}

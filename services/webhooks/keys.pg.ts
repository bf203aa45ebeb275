import { randomBytes } from 'node:crypto';
import { and, eq, inArray, isNull, not, or, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { webhookKeys } from '../../db/schema/index.ts';
import type { Ids } from '../kernel/context.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts } from '../ledger/ledger.pg.ts';
import type { Endpoint, Settings } from '../settings/settings.schema.ts';
import type { Key } from './standard.ts';

export type KeyDeps = { ids: Ids; secrets: Secrets };
export type KeyRow = typeof webhookKeys.$inferSelect;

/** What the secret of a key is, and so where it comes from. */
export type KeyUse = 'in:standard' | 'in:teams-outgoing' | 'out:standard' | 'out:teams-workflow';

export const useOf = (endpoint: Endpoint): KeyUse =>
  endpoint.direction === 'in' ? `in:${endpoint.format}` : `out:${endpoint.format}`;

/** Ours to make; the other two come from Teams and are set. */
export const isGenerated = (use: string): boolean => use === 'in:standard' || use === 'out:standard';

/**
 * Brings the keys in line with the settings that are in force: a secret for each new name, the end of every name that is
 * listed no more. An endpoint that changed its direction gets new secrets under the old names, because who may verify
 * with the old ones must not come to sign.
 */
export async function applyKeys(tx: Orm, deps: KeyDeps, settings: Settings, now: Date): Promise<void> {
  const listed = settings.endpoints.flatMap((endpoint) =>
    endpoint.keys.map((name) => ({ endpoint: endpoint.name, name, use: useOf(endpoint) })),
  );
  const stillListed = or(
    ...listed.map((k) =>
      and(eq(webhookKeys.endpoint, k.endpoint), eq(webhookKeys.name, k.name), eq(webhookKeys.use, k.use)),
    ),
  );
  await tx
    .update(webhookKeys)
    .set({ retiredAt: now })
    .where(and(isNull(webhookKeys.retiredAt), stillListed && not(stillListed)));
  if (listed.length === 0) return;
  await tx
    .insert(webhookKeys)
    .values(
      listed.map((k) => ({
        id: deps.ids.uuid(),
        ...k,
        sealed: isGenerated(k.use) ? deps.secrets.seal(`whsec_${randomBytes(32).toString('base64')}`) : null,
        createdAt: now,
      })),
    )
    .onConflictDoNothing();
}

export type ActiveKey = Key & { row: KeyRow; endpoint: Endpoint };

/** The keys of these endpoints that work: listed by the settings, with a secret, not revoked. Older ones first. */
export async function activeKeys(
  orm: Orm,
  secrets: Secrets,
  endpoints: readonly Endpoint[],
): Promise<ActiveKey[]> {
  if (endpoints.length === 0) return [];
  const rows = await orm
    .select()
    .from(webhookKeys)
    .where(
      and(
        inArray(
          webhookKeys.endpoint,
          endpoints.map((e) => e.name),
        ),
        isNull(webhookKeys.retiredAt),
        isNull(webhookKeys.revokedAt),
      ),
    )
    .orderBy(webhookKeys.createdAt, webhookKeys.id);
  return rows.flatMap((row) => {
    const endpoint = endpoints.find(
      (e) => e.name === row.endpoint && e.keys.includes(row.name) && useOf(e) === row.use,
    );
    return endpoint && row.sealed !== null
      ? [{ name: row.name, secret: secrets.open(row.sealed), row, endpoint }]
      : [];
  });
}

/** Everything about the keys that settings list, but no secret. */
export const currentKeys = (orm: Orm): Promise<KeyRow[]> =>
  orm.select().from(webhookKeys).where(isNull(webhookKeys.retiredAt)).orderBy(webhookKeys.createdAt);

/** Locks the key of this name; undefined when no settings list it. */
export async function lockKey(tx: Orm, endpoint: Endpoint, name: string): Promise<KeyRow | undefined> {
  const [row] = await tx
    .select()
    .from(webhookKeys)
    .where(
      and(
        eq(webhookKeys.endpoint, endpoint.name),
        eq(webhookKeys.name, name),
        eq(webhookKeys.use, useOf(endpoint)),
        isNull(webhookKeys.retiredAt),
      ),
    )
    .for('update');
  return row;
}

export const changeKey = (
  tx: Orm,
  row: KeyRow,
  change: Partial<Pick<KeyRow, 'sealed' | 'holder' | 'heldAt' | 'revokedAt'>>,
) => tx.update(webhookKeys).set(change).where(eq(webhookKeys.id, row.id));

/**
 * Notes that a key proved a message. When it is the one that is being replaced, the ledger says so, once a day: somebody
 * has not changed over yet.
 */
export async function noteUse(tx: Orm, used: ActiveKey, all: readonly ActiveKey[], now: Date): Promise<void> {
  await tx
    .update(webhookKeys)
    .set({ lastUsedAt: sql`greatest(${webhookKeys.lastUsedAt}, ${now.toISOString()}::timestamptz)` })
    .where(eq(webhookKeys.id, used.row.id));
  const newest = all.filter((k) => k.row.endpoint === used.row.endpoint).at(-1);
  if (newest === undefined || newest.row.id === used.row.id) return;
  await appendFacts(
    tx,
    [
      keyFact('WebhookOldKeyUsed', used.row, now, {
        id: `webhook-old-key:${used.row.id}:${now.toISOString().slice(0, 10)}`,
        data: { newerKey: newest.name },
      }),
    ],
    now,
  );
}

/** An act on a key, for the ledger. */
export function keyFact(
  type: 'WebhookKeyRevealed' | 'WebhookKeySet' | 'WebhookKeyRevoked' | 'WebhookOldKeyUsed',
  row: KeyRow,
  now: Date,
  more: { id: string; actor?: string; data?: Record<string, unknown> },
): NewFact {
  return {
    id: more.id,
    meaning: more.id,
    type,
    source: 'jetway',
    version: now.getTime(),
    actor: more.actor,
    occurredAt: now.toISOString(),
    data: { endpoint: row.endpoint, key: row.name, ...more.data },
  };
}

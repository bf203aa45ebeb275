import { sql } from 'drizzle-orm';
import { bigint, index, integer, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { service } from './tenancy.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/**
 * The outbound endpoints of the settings that are in force, as far as the ledger needs them to fan out, and what happened
 * to each. Written when settings are applied.
 */
export const webhookEndpoints = pgTable(
  'webhook_endpoints',
  {
    name: text().primaryKey(),
    /** Types of facts; empty: every outbound type. */
    events: text().array().notNull(),
    /** It answered 410: nothing is sent until a person has looked. */
    disabledAt: at('disabled_at'),
  },
  () => [service()],
);

/** One message for one endpoint. The delivery log is this table. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** The `webhook-id`; the same in every attempt. */
    id: text().primaryKey(),
    endpoint: text().notNull(),
    eventType: text('event_type').notNull(),
    /** The fact that is told; null for a ping. */
    factSeq: bigint('fact_seq', { mode: 'number' }),
    /** pending | delivered | failed */
    status: text().notNull().default('pending'),
    /** Altogether. */
    attempts: integer().notNull().default(0),
    /** Since it was made or last redelivered: what the next pause is reckoned from. */
    tries: integer().notNull().default(0),
    nextAt: at('next_at').notNull(),
    lastStatus: integer('last_status'),
    lastReason: text('last_reason'),
    lastAttemptAt: at('last_attempt_at'),
    createdAt: at('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('webhook_deliveries_once').on(t.endpoint, t.factSeq),
    index('webhook_deliveries_due').on(t.endpoint, t.nextAt).where(sql`status = 'pending'`),
    index('webhook_deliveries_newest').on(t.createdAt.desc(), t.id.desc()),
    index('webhook_deliveries_log').on(t.endpoint, t.createdAt.desc(), t.id.desc()),
    service(),
  ],
);

/** Secrets of the key names that approved settings list, sealed. */
export const webhookKeys = pgTable(
  'webhook_keys',
  {
    id: text().primaryKey(),
    endpoint: text().notNull(),
    name: text().notNull(),
    /** Direction and format of the endpoint that it was made for: it serves no other. */
    use: text().notNull(),
    /** Null until somebody sets it: the secrets of Teams come from Teams. */
    sealed: text(),
    createdAt: at('created_at').notNull(),
    /** Who knows the secret from us (revealed) or gave it to us (set). */
    holder: text(),
    heldAt: at('held_at'),
    lastUsedAt: at('last_used_at'),
    revokedAt: at('revoked_at'),
    /** No settings list it any more; the same name later is another key. */
    retiredAt: at('retired_at'),
  },
  (t) => [
    uniqueIndex('webhook_keys_current').on(t.endpoint, t.name).where(sql`retired_at is null`),
    service(),
  ],
);

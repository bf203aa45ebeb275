import { bigint, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Parked task tokens, encrypted. The newest ask of a kind is the open one; older ones are superseded. */
export const asks = pgTable(
  'asks',
  {
    id: text().primaryKey(),
    kind: text().notNull(),
    requestId: text('request_id'),
    tokenCipher: text('token_cipher').notNull(),
    execution: text().notNull(),
    order: bigint('ask_order', { mode: 'number' }).notNull(),
    data: jsonb().notNull(),
    parkedAt: at('parked_at').notNull(),
    answeredAt: at('answered_at'),
    answer: jsonb(),
  },
  (t) => [index('asks_request').on(t.requestId, t.kind)],
);

/** An account event that came before its ask was parked. */
export const pendingWakes = pgTable('pending_wakes', {
  requestId: text('request_id').primaryKey(),
  arrivedAt: at('arrived_at').notNull(),
});

/** Leaves with the transaction that wrote it; delivered at least once. `key` makes enqueueing idempotent. */
export const outbox = pgTable(
  'outbox',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text().notNull(),
    key: text().notNull(),
    payload: jsonb().notNull(),
    attempts: integer().notNull().default(0),
    nextAt: at('next_at').notNull(),
    sentAt: at('sent_at'),
    lastError: text('last_error'),
  },
  (t) => [uniqueIndex('outbox_key').on(t.key)],
);

/** Local mode's chat: what Slack or Teams would show. */
export const chatMessages = pgTable('chat_messages', {
  id: text().primaryKey(),
  requestId: text('request_id').notNull(),
  channel: text().notNull(),
  text: text().notNull(),
  planDigest: text('plan_digest').notNull(),
  /** open | settled; `reminder` for a line that says that one is still open */
  state: text().notNull(),
  createdAt: at('created_at').notNull(),
  updatedAt: at('updated_at').notNull(),
});

/** Replays of a signed callback are refused: stored only after the signature was verified. */
export const webhookNonces = pgTable('webhook_nonces', {
  nonce: text().primaryKey(),
  seenAt: at('seen_at').notNull(),
});

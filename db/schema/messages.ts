import { bigint, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { rowsOfRequest, service } from './tenancy.ts';

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
  (t) => [index('asks_request').on(t.requestId, t.kind), service()],
);

/** An account event that came before its ask was parked. */
export const pendingWakes = pgTable(
  'pending_wakes',
  {
    requestId: text('request_id').primaryKey(),
    arrivedAt: at('arrived_at').notNull(),
  },
  () => [service()],
);

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
  (t) => [uniqueIndex('outbox_key').on(t.key), service()],
);

/** Local mode's chat: what Slack or Teams would show. */
export const chatMessages = pgTable(
  'chat_messages',
  {
    id: text().primaryKey(),
    requestId: text('request_id').notNull(),
    channel: text().notNull(),
    text: text().notNull(),
    planDigest: text('plan_digest').notNull(),
    /** open | settled */
    state: text().notNull(),
    /** What the text was made from (`ApprovalMessage`). */
    message: jsonb(),
    /** Reminders and the like under it: `{ at, text }`. */
    notes: jsonb().notNull().default([]),
    createdAt: at('created_at').notNull(),
    updatedAt: at('updated_at').notNull(),
  },
  () => [...rowsOfRequest('chat_messages')],
);

/**
 * Where a request was put to approvers. Written before the message is posted: a button that was posted twice carries the
 * same id and means the same.
 */
export const approvalPrompts = pgTable(
  'approval_prompts',
  {
    /** Opaque, 192 random bits: what a button carries in place of the request. */
    id: text().primaryKey(),
    requestId: text('request_id').notNull(),
    planDigest: text('plan_digest').notNull(),
    /** The team and the person that ask, by which messages are folded. */
    team: text().notNull(),
    requestedBy: text('requested_by').notNull(),
    /** slack | teams */
    room: text().notNull(),
    channel: text().notNull(),
    /** Empty where the room has one workspace. */
    workspace: text().notNull().default(''),
    /** What finds the message again; null until it is posted, and where it cannot be edited. */
    reference: text(),
    /** open | folded (listed in a digest) | settled | superseded (asked elsewhere) */
    state: text().notNull(),
    /** The digest that lists it. */
    digestId: text('digest_id'),
    /** Digest of what was shown last; null before the first time. */
    shown: text(),
    /** Somebody is posting or editing it until then. */
    leasedUntil: at('leased_until'),
    createdAt: at('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('approval_prompts_place').on(t.requestId, t.room, t.channel, t.workspace),
    index('approval_prompts_recent').on(t.room, t.channel, t.createdAt),
    index('approval_prompts_digest').on(t.digestId),
    service(),
  ],
);

/** One message that stands for many: requests of one team in one place, or reminders of one place. */
export const chatDigests = pgTable(
  'chat_digests',
  {
    id: text().primaryKey(),
    /** requests | reminders */
    kind: text().notNull(),
    room: text().notNull(),
    channel: text().notNull(),
    workspace: text().notNull().default(''),
    /** Whose requests; empty for reminders. */
    about: text().notNull(),
    reference: text(),
    shown: text(),
    /** Reminders that it gathers, by request. */
    lines: jsonb().notNull().default({}),
    leasedUntil: at('leased_until'),
    createdAt: at('created_at').notNull(),
  },
  (t) => [index('chat_digests_place').on(t.room, t.channel, t.kind, t.createdAt), service()],
);

/** A verified click, kept until it has had its effect: written with the nonce, worked off by the relay. */
export const chatClicks = pgTable(
  'chat_clicks',
  {
    id: text().primaryKey(),
    provider: text().notNull(),
    promptId: text('prompt_id').notNull(),
    planDigest: text('plan_digest').notNull(),
    /** approve | deny */
    decision: text().notNull(),
    comment: text(),
    /** Who, as the signed call says: `{ enterprise, team, user }`; and where the answer is told. */
    actor: jsonb().notNull(),
    channel: text(),
    receivedAt: at('received_at').notNull(),
    /** The decision, or the code of the refusal; null until it was worked off. */
    outcome: text(),
    /** What the person is told; null when nothing is to be told, or no more. */
    tell: text(),
  },
  () => [service()],
);

/** Replays of a signed callback are refused: stored only after the signature was verified. */
export const webhookNonces = pgTable(
  'webhook_nonces',
  {
    nonce: text().primaryKey(),
    seenAt: at('seen_at').notNull(),
  },
  () => [service()],
);

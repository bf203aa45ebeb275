import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { rowsOfNamedAccount, service } from './tenancy.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Whether violations of a control may stand for a while. Asked for: a hold; from the grant on, what its facts say. */
export const exceptions = pgTable(
  'exceptions',
  {
    requestId: text('request_id').primaryKey(),
    accountId: text('account_id').notNull(),
    control: text().notNull(),
    /** Null: whatever the control finds in the account. */
    resource: text(),
    /** Who answers for it. */
    owner: text().notNull(),
    reason: text().notNull(),
    requestedBy: text('requested_by').notNull(),
    approvedBy: jsonb('approved_by').$type<string[]>().notNull().default([]),
    expiresAt: at('expires_at').notNull(),
    /** REQUESTED | ACTIVE | EXPIRED | REVOKED | REPLACED */
    state: text().notNull(),
    requestedAt: at('requested_at').notNull(),
    grantedAt: at('granted_at'),
    endedAt: at('ended_at'),
    /** Null where it has run out. */
    endedBy: text('ended_by'),
    endReason: text('end_reason'),
  },
  (t) => [
    // One that is asked for and one in force, so that a renewal can be asked for before the end.
    uniqueIndex('exceptions_asked')
      .on(t.accountId, t.control, sql`coalesce(resource, '')`)
      .where(sql`state = 'REQUESTED'`),
    uniqueIndex('exceptions_in_force')
      .on(t.accountId, t.control, sql`coalesce(resource, '')`)
      .where(sql`state = 'ACTIVE'`),
    index('exceptions_account').on(t.accountId),
    index('exceptions_recent').on(t.requestedAt.desc(), t.requestId.desc()),
    index('exceptions_due').on(t.expiresAt).where(sql`state = 'ACTIVE'`),
    index('exceptions_granted').on(t.expiresAt).where(sql`granted_at is not null`),
    ...rowsOfNamedAccount('exceptions'),
  ],
);

/** New violations of one rule in one account that are to be told, or were told in one message. */
export const alertLines = pgTable(
  'alert_lines',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    accountId: text('account_id').notNull(),
    rule: text().notNull(),
    control: text(),
    /** How many findings have turned. */
    turned: integer().notNull(),
    /** Some of their resources. */
    resources: text().array().notNull(),
    firstAt: at('first_at').notNull(),
    /** The message (`chat_digests`) that tells it; null until it is gathered. */
    digestId: text('digest_id'),
  },
  (t) => [
    // What turns before anybody was told is counted on the line that waits.
    uniqueIndex('alert_lines_waiting').on(t.accountId, t.rule).where(sql`digest_id is null`),
    index('alert_lines_digest').on(t.digestId).where(sql`digest_id is not null`),
    service(),
  ],
);

import { bigint, index, integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { service } from './tenancy.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/**
 * Projection: what AWS was last known to have, one row for each thing, folded from facts (the newest version wins). The
 * reconciler compares it with what it reads; what differs becomes a fact.
 */
export const observations = pgTable(
  'observations',
  {
    /** Who reads it whole: `organization`, or the id of an account. */
    scope: text().notNull(),
    /** See services/reconciliation/observation.ts */
    kind: text().notNull(),
    key: text().notNull(),
    /** Null: it was there and is gone. */
    value: jsonb(),
    /** Valid time in milliseconds, and the fact that said so. */
    version: bigint({ mode: 'number' }).notNull(),
    factId: text('fact_id').notNull(),
    /** A reading of the organization began then that did not find it; one more like it, and it is gone. */
    missedAt: bigint('missed_at', { mode: 'number' }),
  },
  (t) => [
    primaryKey({ columns: [t.scope, t.kind, t.key] }),
    index('observations_kind').on(t.kind, t.key),
    service(),
  ],
);

/** Readings of one account; their parts lie in `snapshot_parts` until the last one is here. */
export const accountSnapshots = pgTable(
  'account_snapshots',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    startedAt: at('started_at').notNull(),
    completedAt: at('completed_at'),
    partsExpected: integer('parts_expected'),
    /** Why it could not be read; null when it was. */
    failure: text(),
  },
  (t) => [index('account_snapshots_account').on(t.accountId, t.startedAt.desc()), service()],
);

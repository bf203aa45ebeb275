import {
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';
import { askedRows, rowsOfRequest, service } from './tenancy.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** What each person said, signed; a person decides a request once. */
export const decisions = pgTable(
  'decisions',
  {
    requestId: text('request_id').notNull(),
    /** Who that is, whichever of their names they used; `policy:<name>` for a policy that decided by itself. */
    person: text().notNull(),
    /** approve | deny */
    decision: text().notNull(),
    /** As the token or the chat named them. */
    decidedBy: text('decided_by').notNull(),
    decidedAt: at('decided_at').notNull(),
    via: text().notNull(),
    planDigest: text('plan_digest').notNull(),
    comment: text(),
    /** Place of the plan's stage; null where it was decided before there were stages, and by a policy. */
    stage: integer(),
    /** The absent approver in whose place they decided. */
    onBehalfOf: text('on_behalf_of'),
    /** Of the key that signed it. */
    keyId: text('key_id').notNull().default('local'),
    signature: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.requestId, t.person] }), ...rowsOfRequest('decisions')],
);

/** How a request was decided: the first row wins, by primary key. */
export const verdicts = pgTable(
  'verdicts',
  {
    requestId: text('request_id').primaryKey(),
    /** approved | denied */
    outcome: text().notNull(),
    /** Whose decision was the last that it took. */
    decidedBy: text('decided_by').notNull(),
    decidedAt: at('decided_at').notNull(),
    /** USD a month that a policy approved by itself; null where people did. */
    automaticCost: doublePrecision('automatic_cost'),
  },
  () => [...rowsOfRequest('verdicts')],
);

/**
 * Whom a request is put to while it waits for approval: who may decide at its open stage by the frozen policy, and those
 * who are asked at last once it has come to that. What approvers of other teams see of it hangs on these rows.
 */
export const askedApprovers = pgTable(
  'asked_approvers',
  {
    requestId: text('request_id').notNull(),
    /** `anyone`, `team:<name>` or `person:<subject>`; approvers each. */
    asked: text().notNull(),
    /** Trimmed, lower case: whoever shares a person with them is not asked. */
    requestedBy: text('requested_by').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.requestId, t.asked] }),
    index('asked_approvers_asked').on(t.asked),
    ...askedRows(),
  ],
);

/** Callbacks with a bad signature, counted: an attacker must not be able to fill the ledger. */
export const refusedHooks = pgTable(
  'refused_hooks',
  {
    endpoint: text().notNull(),
    minute: at('minute').notNull(),
    count: integer().notNull(),
    /** Count by reason. */
    reasons: jsonb().$type<Record<string, number>>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.endpoint, t.minute] }), service()],
);

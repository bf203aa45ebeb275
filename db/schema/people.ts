import { index, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { service } from './tenancy.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Who may ask, who may say yes and where they are asked; append-only, the newest is in force. */
export const settingsVersions = pgTable(
  'settings_versions',
  {
    version: integer().primaryKey(),
    document: jsonb().notNull(),
    digest: text().notNull(),
    /** The approved request that made it. */
    requestId: text('request_id').notNull(),
    appliedAt: at('applied_at').notNull(),
  },
  () => [service()],
);

/** What the newest token of each subject said: chat knows people only by this. */
export const people = pgTable(
  'people',
  {
    /** Trimmed, lower case. */
    subject: text().primaryKey(),
    teams: jsonb().$type<string[]>().notNull(),
    roles: jsonb().$type<string[]>().notNull(),
    email: text(),
    name: text(),
    /** When the token that said so was issued. */
    vouchedAt: at('vouched_at').notNull(),
  },
  (t) => [index('people_email').on(t.email), service()],
);

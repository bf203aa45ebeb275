import { index, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { service } from './tenancy.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Who is signed in to the dashboard. */
export const sessions = pgTable(
  'sessions',
  {
    /** SHA-256 of the cookie: whoever reads this table can sign in as nobody. */
    id: text().primaryKey(),
    subject: text().notNull(),
    teams: jsonb().$type<string[]>().notNull(),
    roles: jsonb().$type<string[]>().notNull(),
    /** When the identity provider said so; null in local mode. */
    vouchedAt: at('vouched_at'),
    createdAt: at('created_at').notNull(),
    /** To the minute. */
    seenAt: at('seen_at').notNull(),
  },
  (t) => [index('sessions_created').on(t.createdAt), service()],
);

/** How many calls were counted for a key since its window began. Unlogged: a crash forgives a minute. */
export const rateWindows = pgTable(
  'rate_windows',
  { key: text().primaryKey(), startedAt: at('started_at').notNull(), hits: integer().notNull() },
  (t) => [index('rate_windows_started').on(t.startedAt), service()],
);

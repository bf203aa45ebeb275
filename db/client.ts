import { DrizzleQueryError, type SQL } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

/** What both drivers give: the query builder. `relations()` and `db.query` stay unused (they change in drizzle 1.0). */
export type Orm = PgDatabase<PgQueryResultHKT, Record<string, never>>;

export interface Database {
  readonly orm: Orm;
  /** Calls back for every NOTIFY on the channel, from this process and others. */
  listen(channel: string, hear: (payload: string) => void): Promise<void>;
  /** Answers when the database does; throws otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Rows of a hand-written statement, the same on both drivers. Timestamps arrive as each driver parses them. */
export async function rowsOf<T>(orm: Orm, statement: SQL): Promise<T[]> {
  return ((await orm.execute(statement)) as unknown as { rows: T[] }).rows;
}

/** The SQLSTATE of a driver error, through drizzle's wrapper; undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
  for (let e = error as { code?: unknown; cause?: unknown } | undefined; e; e = e.cause as typeof e) {
    if (typeof e.code === 'string' && /^[0-9A-Z]{5}$/.test(e.code)) return e.code;
  }
  return undefined;
}

const AWAY = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH'];

/** Did the database say so, or not answer? Whatever else was thrown is our own doing. */
export function isDatabaseError(error: unknown): boolean {
  for (let e = error as { code?: unknown; cause?: unknown } | undefined; e; e = e.cause as typeof e) {
    if (e instanceof DrizzleQueryError) return true;
    if (typeof e.code === 'string' && (/^[0-9A-Z]{5}$/.test(e.code) || AWAY.includes(e.code))) return true;
  }
  return false;
}

/**
 * Runs `work` in one transaction, again from the start when Postgres says that another one was in the way
 * (serialization failure, deadlock), at most five times. `work` must have no effect outside the transaction.
 */
export async function transact<T>(orm: Orm, work: (tx: Orm) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await orm.transaction((tx) => work(tx as unknown as Orm));
    } catch (error) {
      const state = sqlState(error);
      if (attempt >= 5 || (state !== '40001' && state !== '40P01')) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 25 * 2 ** attempt));
    }
  }
}

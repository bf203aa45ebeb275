import { DrizzleQueryError, type SQL, sql } from 'drizzle-orm';
import { type PgDatabase, type PgQueryResultHKT, PgTransaction } from 'drizzle-orm/pg-core';

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

/** Is this a transaction of the caller's, rather than the database? */
export const isTransaction = (orm: Orm): boolean => orm instanceof PgTransaction;

/** A statement that is asked often: by its name it is parsed and planned once on each connection. */
export type Named = { name: string; text: string };
type Asking = (statement: Named, values: readonly unknown[]) => Promise<unknown[]>;

const asking = new WeakMap<Orm, Asking>();
/** Each driver says how it is asked by name. */
export const askBy = (orm: Orm, ask: Asking): void => void asking.set(orm, ask);

/**
 * Rows of a named statement, straight from the driver: have it answer with text, numbers and JSON, which both drivers read
 * alike (`bigint` as text or number). Within a transaction it is a part of that one, and planned each time.
 */
export async function askNamed<T>(orm: Orm, statement: Named, values: readonly unknown[]): Promise<T[]> {
  const ask = asking.get(orm);
  if (ask) return (await ask(statement, values)) as T[];
  const parts = statement.text.split(/\$(\d+)/);
  return rowsOf<T>(
    orm,
    sql.join(parts.map((part, i) => (i % 2 === 0 ? sql.raw(part) : sql`${values[Number(part) - 1]}`))),
  );
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
export const transact = <T>(orm: Orm, work: (tx: Orm) => Promise<T>): Promise<T> =>
  untilNoneIsInTheWay(() => orm.transaction((tx) => work(tx as unknown as Orm)));

/** The same for a statement that is a transaction by itself. */
export async function untilNoneIsInTheWay<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const state = sqlState(error);
      if (attempt >= 5 || (state !== '40001' && state !== '40P01')) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 25 * 2 ** attempt));
    }
  }
}

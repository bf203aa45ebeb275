import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Orm } from './client.ts';

const dialect = new PgDialect();

type Session = Orm['_']['session'];
type Prepared = { execute(values: Record<string, unknown>): Promise<unknown> };
/** By session: that of the pool, or of one transaction. */
const known = new WeakMap<Session, Map<string, Prepared>>();

/**
 * Rows of a function, as a statement that is put together once and that each connection parses once.
 * @param name of the function: only what stands in this repository
 */
export async function rowsOfFunction<T>(orm: Orm, name: string, args: readonly unknown[]): Promise<T[]> {
  const prepared = preparedFor(orm._.session, name, args.length);
  const values = Object.fromEntries(args.map((value, i) => [`p${i}`, value]));
  return ((await prepared.execute(values)) as { rows: T[] }).rows;
}

function preparedFor(session: Session, name: string, size: number): Prepared {
  const ofIts = known.get(session) ?? new Map<string, Prepared>();
  known.set(session, ofIts);
  const before = ofIts.get(name);
  if (before) return before;
  const places = Array.from({ length: size }, (_, i) => sql.placeholder(`p${i}`));
  const statement: SQL = sql`select ${sql.raw(name)}(${sql.join(places, sql`, `)}) as answer`;
  const prepared = session.prepareQuery(dialect.sqlToQuery(statement), undefined, name, false);
  ofIts.set(name, prepared as Prepared);
  return prepared as Prepared;
}

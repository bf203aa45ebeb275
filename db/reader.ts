import { sql } from 'drizzle-orm';
import { PgTransaction } from 'drizzle-orm/pg-core';
import type { Orm } from './client.ts';
import { rowsOfFunction } from './prepared.ts';
import { APP_ROLE, READER_ROLE } from './roles.ts';

/** What somebody may approve by: their own standing, or the place of an absent approver. */
export type Place = {
  /** `anyone`, `team:<name>`, `person:<subject>`: how the table of those who are asked may name it. */
  asked: readonly string[];
  /** Whose requests are not theirs to approve: every name of the people behind it. */
  not: readonly string[];
};

/** Whose rows are read. */
export type ReaderScope = {
  /** Of these teams, or of everybody. */
  teams: readonly string[] | 'all';
  /** Kinds of requests that belong to no team and may be seen. */
  kinds: readonly string[];
  /** By which requests of other teams are put to the person for approval; none given: by none. */
  places?: readonly Place[];
};

/** Transactions that are a reader's already, with the scope. */
const readers = new WeakMap<Orm, string>();

/**
 * Reads as somebody whom row-level security lets see no more than `scope`: one read-only transaction, as another role,
 * for its own length only. Inside another transaction it is a part of that one, which goes on as before afterwards.
 * A read within such a read is the same read.
 * @throws Error for a read within a read of somebody else
 */
export async function asReader<T>(
  orm: Orm,
  scope: ReaderScope,
  work: (reader: Orm) => Promise<T>,
): Promise<T> {
  const settings = readerSettings(scope);
  const within = readers.get(orm);
  if (within === settings.join()) return work(orm);
  if (within !== undefined) throw new Error('a read of one person may not read for another');
  return orm.transaction(async (tx) => {
    const reader = tx as unknown as Orm;
    await become(reader, READER_ROLE, settings);
    readers.set(reader, settings.join());
    const result = await work(reader);
    // Local settings outlive a savepoint; the end of a whole transaction takes them away by itself.
    if (orm instanceof PgTransaction) await become(reader, APP_ROLE, ['', '', '', '']);
    return result;
  });
}

/**
 * Asks a function of the database that reads as `scope` for its own length (migration 0023): one statement, which the
 * connection keeps, so one round trip.
 * @param question the function; it gets the scope first, and these arguments after it
 * @throws Error for a question within a read of somebody else
 */
export async function askReader<T>(
  orm: Orm,
  scope: ReaderScope,
  question: string,
  args: readonly unknown[],
): Promise<T | null> {
  const settings = readerSettings(scope);
  const within = readers.get(orm);
  if (within !== undefined && within !== settings.join())
    throw new Error('a read of one person may not read for another');
  const [row] = await rowsOfFunction<{ answer: T | null }>(orm, question, [settings, ...args]);
  return row?.answer ?? null;
}

type Settings = readonly [everything: string, teams: string, kinds: string, places: string];

/** How the settings of the database say it; they are what row-level security goes by. */
export const readerSettings = ({ teams, kinds, places = [] }: ReaderScope): Settings => [
  teams === 'all' ? 'yes' : 'no',
  JSON.stringify(teams === 'all' ? [] : teams),
  JSON.stringify(kinds),
  JSON.stringify(places),
];

/** One statement: each costs a round trip. */
const become = (tx: Orm, role: string, [everything, teams, kinds, places]: Settings) =>
  tx.execute(
    sql`select set_config('jetway.everything', ${everything}, true), set_config('jetway.teams', ${teams}, true),
      set_config('jetway.kinds', ${kinds}, true), set_config('jetway.places', ${places}, true), set_config('role', ${role}, true)`,
  );

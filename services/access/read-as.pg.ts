import type { Orm } from '../../db/client.ts';
import { askReader, asReader } from '../../db/reader.ts';
import type { Principal } from './principal.ts';
import { scopeOf } from './scope.ts';

/**
 * Reads what this person may see: row-level security is under every condition of `work`. What the service needs for
 * itself (the snapshot, settings, holds) it reads outside of this.
 */
export const readAs = <T>(orm: Orm, who: Principal, work: (reader: Orm) => Promise<T>): Promise<T> =>
  asReader(orm, scopeOf(who), work);

/** The same for a question that the database answers in one round trip. @returns null where it has no answer */
export const askAs = <T>(orm: Orm, who: Principal, question: string, ...args: unknown[]): Promise<T | null> =>
  askReader<T>(orm, scopeOf(who), question, args);

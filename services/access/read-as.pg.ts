import type { Orm } from '../../db/client.ts';
import { asReader } from '../../db/reader.ts';
import type { Principal } from './principal.ts';
import { scopeOf } from './scope.ts';

/**
 * Reads what this person may see: row-level security is under every condition of `work`. What the service needs for
 * itself (the snapshot, settings, holds) it reads outside of this.
 */
export const readAs = <T>(orm: Orm, who: Principal, work: (reader: Orm) => Promise<T>): Promise<T> =>
  asReader(orm, scopeOf(who), work);

import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';

/**
 * Acts with the rights of whoever owns the tables, which the service itself never has: to tamper with what is written
 * once, or to prepare what only a migration could. One transaction.
 */
export const asOwner = <T>(orm: Orm, work: (owner: Orm) => Promise<T>): Promise<T> =>
  orm.transaction(async (tx) => {
    const owner = tx as unknown as Orm;
    await owner.execute(sql`set local role none`);
    return work(owner);
  });

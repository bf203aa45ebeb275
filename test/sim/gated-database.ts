import type { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { askBy, type Database, type Orm } from '../../db/client.ts';
import type { Kind, Owner, Turns } from './turns.ts';

/** Drizzle over a client, as `openEmbedded` makes it. */
export function ormOf(client: PGlite): Orm {
  const orm = drizzle(client) as unknown as Orm;
  askBy(orm, async ({ text }, values) => (await client.query(text, [...values])).rows);
  return orm;
}

const brief = (sql: string): string => sql.replace(/\s+/g, ' ').trim().slice(0, 60);

/**
 * The database as one process has it: each statement and each transaction waits for its turn. A transaction is one turn, because
 * the embedded Postgres runs one at a time.
 */
export function gatedDatabase(client: PGlite, turns: Turns, owner: Owner): Database {
  const gated = (kind: Kind, what: string, run: () => Promise<unknown>) => turns.take(owner, kind, what, run);
  const proxy = new Proxy(client, {
    get(target, name) {
      if (name === 'query')
        return (text: string, ...rest: []) => gated('sql', brief(text), () => target.query(text, ...rest));
      if (name === 'transaction')
        return (work: Parameters<PGlite['transaction']>[0]) =>
          gated('transaction', 'transaction', () => target.transaction(work));
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    orm: ormOf(proxy),
    listen: async () => {},
    ping: async () => void (await proxy.query('select 1')),
    close: async () => {},
  };
}

import { AsyncResource } from 'node:async_hooks';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import type pg from 'pg';
import { askedBy, type Observe } from './observe.ts';

type Query = (...given: unknown[]) => unknown;

/** A statement's text, and its name where it is kept by one; undefined for what is no statement (a cursor). */
function statementOf(first: unknown): { text: string; name?: string } | undefined {
  if (typeof first === 'string') return { text: first };
  if (typeof first !== 'object' || first === null || 'submit' in first) return undefined;
  const { text, name } = first as { text?: unknown; name?: unknown };
  if (typeof text !== 'string') return undefined;
  return typeof name === 'string' ? { text, name } : { text };
}

/** The same calls as before, with and without a callback. */
function observed(query: Query, observe: Observe): Query {
  return (...given) => {
    const statement = statementOf(given[0]);
    const ended = statement && observe(askedBy(statement.text, statement.name));
    if (!ended) return query(...given);
    const last = given.at(-1);
    if (typeof last === 'function') {
      const answered = (error: unknown, result: unknown) => {
        ended(error ?? undefined);
        last(error, result);
      };
      return query(...given.slice(0, -1), answered);
    }
    const answer = query(...given) as Promise<unknown>;
    answer.then(
      () => ended(),
      (error: unknown) => ended(error ?? new Error('failed')),
    );
    return answer;
  };
}

/** Tells of every statement of every connection; what waits for a connection stays with whoever asked for it. */
export function observePool(pool: pg.Pool, observe: Observe): void {
  pool.on('connect', (client) => {
    client.query = observed(client.query.bind(client) as Query, observe) as typeof client.query;
  });
  const connect = pool.connect.bind(pool) as Query;
  pool.connect = ((given?: (...answer: unknown[]) => void) =>
    given === undefined ? connect() : connect(AsyncResource.bind(given))) as typeof pool.connect;
}

/** The same for the embedded database. */
export function observeEmbedded(client: PGlite, observe: Observe): void {
  client.query = observed(client.query.bind(client) as Query, observe) as typeof client.query;
  const transaction = client.transaction.bind(client);
  client.transaction = ((work: (tx: Transaction) => Promise<unknown>) =>
    transaction((tx) => {
      const query = observed(tx.query.bind(tx) as Query, observe) as typeof tx.query;
      return work({ ...tx, query });
    })) as typeof client.transaction;
}

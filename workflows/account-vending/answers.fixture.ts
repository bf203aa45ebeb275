import { TaskError } from '../../infra/local/engine/engine.ts';

/** Arguments of a call; each answer takes from them what it needs. */
export type Args = { [key: string]: unknown };

export const raise = (error: string, cause: string): never => {
  throw new TaskError(error, cause);
};

/** Lists come in pages of two, so that every paging loop turns. */
export function page<T>(items: readonly T[], token: unknown): { items: T[]; next: { NextToken?: string } } {
  const from = token === undefined ? 0 : Number(token);
  const next = from + 2 < items.length ? { NextToken: String(from + 2) } : {};
  return { items: items.slice(from, from + 2), next };
}

export const ACCOUNT_ID = '444455556666';

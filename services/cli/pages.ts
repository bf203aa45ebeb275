import type { z } from 'zod';
import type { Client } from './client.ts';

type Query = Record<string, string | number | boolean | undefined>;

export function withQuery(path: string, query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? path : `${path}?${given}`;
}

type Page<T> = { items: T[]; nextCursor: string | null };

/** One page, or with `all` every page to the last. */
export async function pageOf<T>(
  client: Client,
  schema: z.ZodType<Page<T>>,
  path: string,
  query: Query,
  all: boolean,
): Promise<Page<T>> {
  const items: T[] = [];
  let cursor = query.cursor;
  for (;;) {
    const page: Page<T> = await client.read(schema, withQuery(path, { ...query, cursor }));
    items.push(...page.items);
    if (!all || page.nextCursor === null) return { items, nextCursor: page.nextCursor };
    cursor = page.nextCursor;
  }
}

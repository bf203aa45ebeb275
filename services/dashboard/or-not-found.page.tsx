/** @jsxImportSource hono/jsx */
import type { Context } from 'hono';
import type { AppEnv } from '../http/env.ts';
import { Problem } from '../kernel/errors.ts';
import { NotFoundPage } from './layout.page.tsx';

/** What is not there and what one may not see are one and the same page. */
export async function orNotFound(c: Context<AppEnv>, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem && error.kind === 'not-found') return c.html(<NotFoundPage />, 404);
    throw error;
  }
}

/** A file to be saved; cells are safe (`csv`). */
export const csvAnswer = (c: Context<AppEnv>, name: string, text: string): Response =>
  c.body(text, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
  });

/** @jsxImportSource hono/jsx */
import type { Context } from 'hono';
import { ErrorPage } from './error.page.tsx';

/** A browser that opens a page, and nothing that calls the API: those say that they take HTML. */
const wantsPage = (c: Context): boolean =>
  (c.req.header('accept') ?? '').includes('text/html') && !/^\/(v1|hooks|dev)\//.test(c.req.path);

/** The answer that a program would get, as a page for a person: the same status, the same words. */
export const asPage =
  <A extends unknown[]>(answer: (...args: [...A, Context]) => Response | Promise<Response>) =>
  async (...args: [...A, Context]): Promise<Response> => {
    const response = await answer(...args);
    const c = args.at(-1) as Context;
    const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
    if (!isProblem || !wantsPage(c)) return response;
    const { status, title, detail, code } = (await response.json()) as {
      status: number;
      title: string;
      detail: string;
      code: string;
    };
    return c.html(<ErrorPage status={status} title={title} detail={detail} code={code} />, status as 400);
  };

import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from '../kernel/errors.ts';
import type { AppEnv } from './env.ts';
import { problemResponse } from './problem.ts';

/**
 * Refuses a body of more bytes. One whose length is told is not looked at: the server reads no more than that, and to ask
 * for the body of a request makes it a web stream, which costs more than to read it.
 * @param words the limit as the answer says it
 */
export function limitBody(maxSize: number, words: string): MiddlewareHandler<AppEnv> {
  const onError = (c: Context) =>
    problemResponse(c, new Problem('too-large', 'too-large', `The body is larger than ${words}.`));
  const counted = bodyLimit({ maxSize, onError });
  return async (c, next) => {
    // These have no body, whatever they say.
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    const length = c.req.header('content-length');
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return counted(c, next);
    return Number(length) > maxSize ? onError(c) : next();
  };
}

import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { Principal } from '../access/principal.ts';
import { verifyLocalToken } from '../access/token.ts';
import type { Clock } from '../kernel/context.ts';
import { invalid, Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import { fieldErrors } from './problem.ts';

export type AppEnv = { Variables: { who: Principal } };

/** A router whose validation failures are problems with JSON pointers. */
export const router = () =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(fieldErrors(result.error.issues as never));
      const bad = unstorable(result.data);
      if (bad) throw invalid([bad]);
    },
  });

/** Bearer tokens only; `scheme` is compared exactly, so `Basic x` or a bare token is no token. */
export function authenticate(key: Uint8Array, clock: Clock): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const [scheme, token, ...rest] = (c.req.header('authorization') ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
      throw new Problem('unauthenticated', 'no-token', 'Send a bearer token in the Authorization header.');
    }
    c.set('who', await verifyLocalToken(key, token, clock.now().getTime()));
    await next();
  };
}

import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Principal } from '../access/principal.ts';
import { admit, policyKey, ROUTE_POLICIES, type RoutePolicy } from '../access/route-policies.ts';
import { Problem } from '../kernel/errors.ts';
import type { AppEnv } from './env.ts';

export type GuardDeps = {
  /** @throws Problem unauthenticated for a token that is not good here */
  verify: (token: string) => Promise<Principal>;
  /** Who is signed in to the dashboard in this browser. */
  session: (c: Context) => Promise<Principal | undefined>;
};

/** The row of the route that is going to answer; undefined where there is no route. */
function policyOf(c: Context): RoutePolicy | undefined {
  const route = matchedRoutes(c).find((r) => r.method !== 'ALL');
  if (!route) return undefined;
  const policy = ROUTE_POLICIES[policyKey(route.method, route.path)];
  // createApp has compared them all; a route that slipped through answers nobody.
  if (!policy) throw new Problem('forbidden', 'role-needed', 'Nobody has been given access to this route.');
  return policy;
}

/** Runs before every route and does what the table says of it. */
export function guard(deps: GuardDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const policy = policyOf(c);
    if (policy === undefined) {
      // What is not there under /v1 is told only to who is signed in.
      if (c.req.path.startsWith('/v1/')) await bearer(c, deps);
      return next();
    }
    switch (policy.who) {
      case 'public':
      case 'local':
      case 'signature':
        return next();
      case 'session': {
        const who = await deps.session(c);
        if (!who) return c.redirect('/sign-in');
        c.set('who', who);
        break;
      }
      default:
        c.set('who', await bearer(c, deps));
    }
    admit(policy, c.get('who'));
    return next();
  };
}

/** Bearer tokens only; `scheme` is compared exactly, so `Basic x` or a bare token is no token. */
async function bearer(c: Context, deps: GuardDeps): Promise<Principal> {
  const [scheme, token, ...rest] = (c.req.header('authorization') ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
    throw new Problem('unauthenticated', 'no-token', 'Send a bearer token in the Authorization header.');
  }
  return deps.verify(token);
}

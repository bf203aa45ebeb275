import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { matchedRoutes } from 'hono/route';
import { pathWithin } from '../access/path-within.ts';
import type { Principal } from '../access/principal.ts';
import { admit, policyKey, ROUTE_POLICIES, type RoutePolicy } from '../access/route-policies.ts';
import type { Session } from '../access/sessions.pg.ts';
import { standIn } from '../access/standing.ts';
import type { Vouched } from '../access/token-verifier.port.ts';
import { Problem } from '../kernel/errors.ts';
import { doubledMember } from '../kernel/json-keys.ts';
import type { Directory } from '../people/person.ts';
import type { AppEnv } from './env.ts';
import { sentByOurPage } from './same-site.ts';

export type GuardDeps = {
  /** @throws Problem unauthenticated for a token that is not good here */
  verify: (token: string) => Promise<Vouched>;
  session: (c: Context) => Promise<Session | undefined>;
  /** The settings that are in force. */
  directory: () => Promise<Directory>;
  /** Those that were in force a moment ago, for routes that look again; undefined where nobody has looked lately. */
  lately: () => Promise<Directory | undefined>;
  /** Keeps what the identity provider says of a person. */
  remember: (vouched: Vouched) => Promise<void>;
  /** Counts a token that was not good, and refuses the last of too many. */
  failures: MiddlewareHandler<AppEnv>;
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

/** Runs before every route: finds out who calls, as the table wants it. */
export function authenticate(deps: GuardDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const policy = policyOf(c);
    c.set('policy', policy);
    // What is not there under /v1 is told only to who is signed in.
    const who = policy ? policy.who : c.req.path.startsWith('/v1/') ? 'signed-in' : 'public';
    switch (who) {
      case 'public':
      case 'local':
      case 'signature':
        return next();
      case 'session': {
        const session = await deps.session(c);
        if (!session) return signInFirst(c);
        c.set('session', session);
        c.set('caller', session.who.subject);
        c.set('who', standIn(session.who, await deps.directory(), policy?.act));
        return next();
      }
      default: {
        const caller = await bearer(c, deps, policy).catch((error: unknown) => {
          if (error instanceof Problem && error.kind === 'unauthenticated') return error;
          throw error;
        });
        if (caller instanceof Problem)
          return deps.failures(c, () => {
            throw caller;
          });
        c.set('who', caller);
        return next();
      }
    }
  };
}

/** What the table says of roles; after the call was counted. */
export const admitted: MiddlewareHandler<AppEnv> = async (c, next) => {
  const policy = c.get('policy');
  if (policy && c.get('who')) admit(policy, c.get('who'));
  await next();
};

/** Bearer tokens only; `scheme` is compared exactly, so `Basic x` or a bare token is no token. */
async function bearer(
  c: Context<AppEnv>,
  deps: GuardDeps,
  policy: RoutePolicy | undefined,
): Promise<Principal> {
  const [scheme, token, ...rest] = (c.req.header('authorization') ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
    throw new Problem('unauthenticated', 'no-token', 'Send a bearer token in the Authorization header.');
  }
  const vouched = await deps.verify(token);
  c.set('caller', vouched.who.subject);
  const under = (directory: Directory) => standIn(vouched.who, directory, policy?.act);
  c.set('mayStill', under);
  const lately = policy?.looksAgain ? await deps.lately() : undefined;
  // What was so a moment ago refuses nobody.
  const who = (lately && unlessRefused(() => under(lately))) ?? under(await deps.directory());
  if (!who.program) await deps.remember(vouched);
  return who;
}

function unlessRefused<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

function signInFirst(c: Context): Response {
  if (c.req.method !== 'GET')
    throw new Problem('unauthenticated', 'no-session', 'Sign in to the dashboard first.');
  const { pathname, search } = new URL(c.req.url);
  const next = pathWithin(`${pathname}${search}`);
  return c.redirect(next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`);
}

/** What changes something by a cookie was sent by a form of ours, for this very session. */
export function refuseForgery(
  csrf: (session: Session) => string,
  ours: (c: Context) => string,
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const session = c.get('session');
    if (session && !['GET', 'HEAD'].includes(c.req.method)) {
      const from = { site: c.req.header('sec-fetch-site'), origin: c.req.header('origin') };
      const form: Record<string, unknown> = await c.req.parseBody().catch(() => ({}));
      if (!sentByOurPage(from, ours(c)) || form.csrf !== csrf(session))
        throw new Problem(
          'forbidden',
          'forged-form',
          'The form is not one of this session. Open the page again.',
        );
    }
    await next();
  };
}

/** Refuses JSON that two readers may understand differently, and notes the team that it names. */
export const singleMembers: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (['POST', 'PUT', 'PATCH', 'DELETE'].includes(c.req.method) && /^\/(v1|hooks|dev)\//.test(c.req.path)) {
    const text = await c.req.text();
    if (/^\s*[{[]/.test(text)) {
      const doubled = doubledMember(text);
      if (doubled !== undefined)
        throw new Problem(
          'malformed',
          'doubled-member',
          'A member of a JSON object is there twice; see errors.',
          {
            errors: [{ pointer: doubled, message: 'is there more than once' }],
          },
        );
      c.set('bodyTeam', namedTeam(text));
    }
  }
  await next();
};

/** Only a body of a usual size: what-if batches name no team. */
function namedTeam(text: string): string | undefined {
  if (text.length > 65_536) return undefined;
  try {
    const { team } = JSON.parse(text) as { team?: unknown };
    return typeof team === 'string' ? team : undefined;
  } catch {
    return undefined;
  }
}

/** The cookie of that name, which must be there once: two are somebody else's doing. */
export const onlyCookie = (c: Context, name: string): string | undefined => {
  const sent = (c.req.header('cookie') ?? '').split(';').filter((part) => part.trim().startsWith(`${name}=`));
  return sent.length === 1 ? getCookie(c, name) : undefined;
};

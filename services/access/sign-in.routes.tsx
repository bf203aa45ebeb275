/** @jsxImportSource hono/jsx */
import type { Context } from 'hono';
import { Hono } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import type { Orm } from '../../db/client.ts';
import { SignInPage } from '../dashboard/sign-in.page.tsx';
import type { AppEnv } from '../http/env.ts';
import { onlyCookie } from '../http/guard.ts';
import type { SessionCookies } from '../http/session-cookie.ts';
import type { Clock } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import type { Directory } from '../people/person.ts';
import type { OidcSignIn } from './oidc-sign-in.node.ts';
import { pathWithin } from './path-within.ts';
import type { Principal } from './principal.ts';
import { beginSession, endSession } from './sessions.pg.ts';
import { standIn } from './standing.ts';
import type { Vouched } from './token-verifier.port.ts';

export type SignInDeps = {
  orm: Orm;
  clock: Clock;
  cookies: SessionCookies;
  /** null in local mode */
  oidc: OidcSignIn | null;
  directory: () => Promise<Directory>;
  remember: (vouched: Vouched) => Promise<void>;
};

/** Signs the browser in under a new value; the session that it may have had before ends. */
export async function startSession(
  c: Context,
  { orm, clock, cookies }: Pick<SignInDeps, 'orm' | 'clock' | 'cookies'>,
  who: Principal,
): Promise<void> {
  const { name, options } = cookies.session;
  await endSession(orm, onlyCookie(c, name));
  setCookie(c, name, await beginSession(orm, who, clock.now()), options);
}

/** Into the dashboard and out of it. */
export function signInRoutes(deps: SignInDeps) {
  const app = new Hono<AppEnv>();
  const { session, signIn } = deps.cookies;

  app.get('/sign-in', (c) =>
    c.html(<SignInPage local={deps.oidc === null} next={pathWithin(c.req.query('next'))} />),
  );

  app.post('/sign-out', async (c) => {
    await endSession(deps.orm, onlyCookie(c, session.name));
    deleteCookie(c, session.name, session.options);
    return c.redirect('/sign-in', 303);
  });

  const { oidc } = deps;
  if (oidc) {
    app.get('/auth/start', async (c) => {
      const { url, sealed } = await oidc.begin(c.req.query('next'), deps.clock.now());
      setCookie(c, signIn.name, sealed, signIn.options);
      return c.redirect(url);
    });
    app.get('/auth/callback', async (c) => {
      const sealed = onlyCookie(c, signIn.name);
      // It was good for this one answer.
      deleteCookie(c, signIn.name, signIn.options);
      try {
        if (!sealed)
          throw new Problem('unauthenticated', 'sign-in', 'This browser has not begun to sign in.');
        const { vouched, next } = await oidc.finish(new URL(c.req.url).search, sealed, deps.clock.now());
        const who = standIn(vouched.who, await deps.directory(), undefined);
        if (who.program)
          throw new Problem(
            'forbidden',
            'program-decides',
            'Programs use the API; the dashboard is for people.',
          );
        await deps.remember(vouched);
        await startSession(c, deps, who);
        return c.redirect(next, 303);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const status =
          { unauthenticated: 401, forbidden: 403, unavailable: 503 }[error.kind as string] ?? 400;
        return c.html(<SignInPage local={false} next="/" problem={error.detail} />, status as 401);
      }
    });
  }
  return app;
}

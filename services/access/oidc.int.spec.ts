import { createHmac } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { exportSPKI, importJWK, type JWK } from 'jose';
import { OAuth2Server } from 'oauth2-mock-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { people, sessions, settingsVersions } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type Answer, type App, expectProblem, HOST, newBody, openApp } from '../../test/support/http.ts';
import { unique } from '../../test/support/service.ts';
import { Settings } from '../settings/settings.schema.ts';
import type { OidcConfig } from './oidc-config.ts';

type Claims = Record<string, unknown>;
const PUBLIC = 'https://jetway.example.com';
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);

describe.each(databases)('signing in by OIDC on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let idp: OAuth2Server;
  let app: App;
  let config: OidcConfig;
  let versions = 0;
  const started: OAuth2Server[] = [];

  async function provider(): Promise<OAuth2Server> {
    const server = new OAuth2Server();
    await server.issuer.keys.generate('RS256');
    await server.start(0, '127.0.0.1');
    started.push(server);
    return server;
  }
  beforeAll(async () => {
    [opened, idp] = await Promise.all([open(), provider()]);
    config = {
      issuer: idp.issuer.url!,
      audience: 'jetway-api',
      clientId: 'jetway-dashboard',
      clientSecret: 'secret',
      scopes: 'openid profile email',
      algorithms: ['RS256', 'ES256'],
      claims: { subject: 'sub', teams: 'teams', roles: 'realm_access.roles' },
    };
    app = openApp(opened.database, { oidc: config, publicUrl: PUBLIC });
    await app.service.setSnapshot();
  });
  afterAll(async () => {
    await Promise.all(started.map((server) => (server.listening ? server.stop() : undefined)));
    await opened.close();
  });
  beforeEach(() => idp.service.removeAllListeners());

  const tokenOf = (claims: Claims, options: { server?: OAuth2Server; header?: Claims } = {}) =>
    (options.server ?? idp).issuer.buildToken({
      scopesOrTransform: (header, payload) => {
        Object.assign(header, options.header);
        Object.assign(payload, { aud: 'jetway-api', sub: 'ana@example.com', teams: ['payments'], ...claims });
        for (const [name, value] of Object.entries(payload)) if (value === undefined) delete payload[name];
      },
    });
  const roles = (...names: string[]) => ({ realm_access: { roles: names } });
  const call = (token: string, path = '/v1/account-requests', to = app, method = 'GET', body?: unknown) =>
    to.call(method, path, { headers: { authorization: `Bearer ${token}` }, body });
  const standing = async (subject: string) =>
    (await opened.database.orm.select().from(people).where(eq(people.subject, subject)))[0];
  /** Settings in force from now on, as an approved request would have put them there. */
  async function setSettings(changes: object) {
    versions += 1;
    await opened.database.orm.insert(settingsVersions).values({
      version: versions,
      document: Settings.parse(changes),
      digest: `sha256:${versions}`,
      requestId: `req-${versions}`,
      appliedAt: new Date(),
    });
  }

  describe('a bearer token', () => {
    it('says who calls, by the claims that the settings name', async () => {
      expect(
        (await call(await tokenOf(roles('auditor', 'some-other-role')), '/v1/ledger/verify')).status,
      ).toBe(200);
      expectProblem(await call(await tokenOf(roles('approver')), '/v1/ledger/verify'), 403, 'not-an-auditor');
    });

    it('is refused for every other fault', async () => {
      const other = await provider();
      const good = await tokenOf(roles('auditor'));
      const [head, body, signature] = good.split('.') as [string, string, string];
      const jwk = idp.issuer.keys.toJSON()[0] as JWK;
      const pem = await exportSPKI((await importJWK(jwk, 'RS256')) as never);
      const hmac = (text: string) => createHmac('sha256', pem).update(text).digest('base64url');
      const confused = `${encode({ alg: 'HS256', typ: 'JWT', kid: jwk.kid })}.${body}`;
      const payload = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
      const tokens: Record<string, string> = {
        'the public key as a shared secret': `${confused}.${hmac(confused)}`,
        'the algorithm none': `${encode({ alg: 'none' })}.${body}.`,
        'none with a signature': `${encode({ alg: 'none', kid: jwk.kid })}.${body}.${signature}`,
        'other claims': `${head}.${encode({ ...payload, ...roles('operator') })}.${signature}`,
        'no signature': `${head}.${body}.`,
        'another issuer': await tokenOf({ iss: 'https://evil.example' }),
        'another key': await tokenOf({ iss: config.issuer }, { server: other }),
        'another audience': await tokenOf({ aud: 'else' }),
        'the audience of the dashboard': await tokenOf({ aud: 'jetway-dashboard' }),
        'no audience': await tokenOf({ aud: undefined }),
        'an end in the past': await tokenOf({ exp: seconds() - 60 }),
        'no end': await tokenOf({ exp: undefined }),
        'a begin in the future': await tokenOf({ nbf: seconds() + 300 }),
        'an issue in the future': await tokenOf({ iat: seconds() + 300 }),
        'no issue': await tokenOf({ iat: undefined }),
        'no subject': await tokenOf({ sub: undefined }),
        'an empty subject': await tokenOf({ sub: '  ' }),
        'another type': await tokenOf({}, { header: { typ: 'logout+jwt' } }),
        'more than 8 KiB': await tokenOf({ filler: 'x'.repeat(9_000) }),
        'an unknown key': await tokenOf({}, { header: { kid: 'unknown' } }),
      };
      for (const [what, token] of Object.entries(tokens)) {
        const answer = await call(token);
        expect([what, answer.status, answer.body.code]).toEqual([what, 401, 'bad-token']);
      }
      expect((await call(good)).status).toBe(200);
      expect((await call(await tokenOf({}, { header: { typ: 'at+jwt' } }))).status).toBe(200);
    });

    it('of a local mode is nothing here, and there is no local sign-in', async () => {
      expectProblem(
        await call(await app.tokenOf({ subject: 'x', teams: [], roles: ['operator'] })),
        401,
        'bad-token',
      );
      for (const path of ['/dev/tokens', '/dev/sessions'])
        expectProblem(await app.call('POST', path, { body: { subject: 'x' } }), 404, 'no-route');
    });

    it('is good with a new key, and for as long as the keys are known while the provider is away', async () => {
      const server = await provider();
      const own = openApp(opened.database, {
        oidc: { ...config, issuer: server.issuer.url! },
        keyCache: { maxAge: 1_500, cooldown: 50, timeout: 500 },
      });
      expect((await call(await tokenOf({}, { server }), undefined, own)).status).toBe(200);
      const { kid } = await server.issuer.keys.generate('ES256');
      await new Promise((resolve) => setTimeout(resolve, 80));
      const rotated = await server.issuer.buildToken({
        kid,
        scopesOrTransform: (_, payload) =>
          Object.assign(payload, { aud: 'jetway-api', sub: 'eva@example.com' }),
      });
      expect((await call(rotated, undefined, own)).status).toBe(200);
      await server.stop();
      expect((await call(rotated, undefined, own)).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 1_600));
      const away = await call(rotated, undefined, own);
      expectProblem(away, 503, 'identity-provider');
      expect(away.headers.get('retry-after')).toBe('10');
    });

    it('of a provider that is not there or says that it is another is refused as unavailable', async () => {
      const server = await provider();
      for (const issuer of ['http://127.0.0.1:1', `${server.issuer.url!}/`]) {
        const own = openApp(opened.database, { oidc: { ...config, issuer } });
        expectProblem(
          await call(await tokenOf({ iss: issuer }, { server }), undefined, own),
          503,
          'identity-provider',
        );
      }
    });
  });

  describe('what is kept of a person', () => {
    it('is what the newest token says', async () => {
      const sub = `${unique('Ana')}@Example.com`;
      const name = sub.toLowerCase();
      const say = (claims: Claims) => tokenOf({ sub, ...claims }).then((token) => call(token));
      await say({ ...roles('approver'), iat: seconds() - 300, email: 'a@example.com', name: 'Ana' });
      expect(await standing(name)).toMatchObject({
        teams: ['payments'],
        roles: ['approver'],
        email: null,
        name: 'Ana',
      });
      await say({
        ...roles('requester'),
        iat: seconds() - 200,
        email: 'a@example.com',
        email_verified: true,
      });
      expect(await standing(name)).toMatchObject({
        roles: ['requester'],
        email: 'a@example.com',
        name: 'Ana',
      });
      await say({ ...roles('operator'), iat: seconds() - 250, teams: ['data'] });
      expect(await standing(name)).toMatchObject({ roles: ['requester'], teams: ['payments'] });
      // Another process that has not seen the newer one neither.
      await call(
        await tokenOf({ sub, ...roles('operator'), iat: seconds() - 250 }),
        undefined,
        openApp(opened.database, { oidc: config }),
      );
      expect(await standing(name)).toMatchObject({ roles: ['requester'] });
      const before = (await standing(name))?.vouchedAt;
      await say({
        ...roles('requester'),
        iat: seconds() - 180,
        email: 'a@example.com',
        email_verified: true,
      });
      expect((await standing(name))?.vouchedAt).toEqual(before);
      await say({
        ...roles('requester'),
        iat: seconds() - 100,
        email: 'a@example.com',
        email_verified: true,
      });
      expect((await standing(name))?.vouchedAt).not.toEqual(before);
    });

    it('holds no team that nobody can be in', async () => {
      const sub = unique('t');
      await call(await tokenOf({ sub, teams: ['*', '', 'Payments', 'data', 'a b', 7] }));
      expect((await standing(sub))?.teams).toEqual(['data']);
    });
  });

  describe('programs and suspended people', () => {
    it('ask where somebody answers for them, and never decide', async () => {
      const robot = unique('robot');
      const token = await tokenOf({ sub: robot, azp: robot, ...roles('requester', 'approver') });
      const ask = () => call(token, '/v1/account-requests', app, 'POST', newBody('payments'));
      expectProblem(await ask(), 403, 'program-unregistered');
      await setSettings({ serviceUsers: [{ subject: robot, owners: ['olga@example.com'] }] });
      const asked = await ask();
      expect(asked.status).toBe(202);
      const decide = (bearer: string) =>
        call(bearer, `/v1/account-requests/${asked.body.id}/decisions`, app, 'POST', {
          decision: 'approve',
          planDigest: asked.body.plan.digest,
        });
      expectProblem(await decide(token), 403, 'program-decides');
      // By name too, whatever the token looks like.
      expectProblem(
        await decide(await tokenOf({ sub: ` ${robot.toUpperCase()} `, ...roles('approver') })),
        403,
        'program-decides',
      );
      expect(await standing(robot)).toBeUndefined();
    });

    it('are refused everywhere from the moment the settings say so', async () => {
      const sub = unique('sam');
      const token = await tokenOf({ sub, ...roles('operator') });
      expect((await call(token)).status).toBe(200);
      const { cookie } = await signIn({ sub, ...roles('operator') });
      await setSettings({
        people: [{ subject: sub, suspended: true, identities: [{ provider: 'token', subject: `${sub}-2` }] }],
      });
      for (const path of ['/v1/account-requests', '/v1/blueprints', '/v1/ledger/verify'])
        expectProblem(await call(token, path), 403, 'suspended');
      expectProblem(await call(await tokenOf({ sub: `${sub}-2` })), 403, 'suspended');
      expectProblem(await app.call('GET', '/', { headers: { cookie } }), 403, 'suspended');
      expect((await signIn({ sub })).callback.status).toBe(403);
    });
  });

  const cookieOf = (answer: Answer, name: string) =>
    answer.headers.getSetCookie().find((cookie) => cookie.startsWith(`${name}=`)) ?? '';
  const pairOf = (cookie: string) => cookie.split(';')[0] ?? '';

  /** The browser's way through it; each step can be looked at. */
  async function signIn(claims: Claims, next = '/', before = '') {
    idp.service.on('beforeTokenSigning', (token: { payload: Claims }) => {
      // The provider does not know who asks when the secret comes in a header.
      Object.assign(token.payload, { aud: 'jetway-dashboard', ...claims });
    });
    const start = await app.call('GET', `/auth/start?next=${encodeURIComponent(next)}`);
    const begun = cookieOf(start, '__Host-jetway-sign-in');
    const asked = new URL(start.headers.get('location') ?? '');
    const answer = await fetch(asked, { redirect: 'manual' });
    const back = new URL(answer.headers.get('location') ?? '');
    const arrive = (search = back.search, cookies = `${pairOf(begun)}; ${before}`) =>
      app.call('GET', `/auth/callback${search}`, { headers: { cookie: cookies } });
    const callback = await arrive();
    idp.service.removeAllListeners();
    const session = cookieOf(callback, '__Host-jetway-session');
    return { asked, begun, back, arrive, callback, session, cookie: pairOf(session) };
  }

  describe('the dashboard', () => {
    it('asks the provider with PKCE, state and nonce, and comes back to where one wanted to go', async () => {
      const { asked, begun, back, callback, session, cookie } = await signIn(
        { sub: 'ana@example.com', teams: ['payments'], ...roles('operator') },
        '/approvals/req-1?x=1',
      );
      const parameters = Object.fromEntries(asked.searchParams);
      expect(parameters).toMatchObject({
        response_type: 'code',
        code_challenge_method: 'S256',
        client_id: 'jetway-dashboard',
        redirect_uri: `${PUBLIC}/auth/callback`,
      });
      for (const secret of ['state', 'nonce', 'code_challenge'])
        expect(parameters[secret]?.length).toBeGreaterThanOrEqual(43);
      expect(back.origin + back.pathname).toBe(`${PUBLIC}/auth/callback`);
      expect([callback.status, callback.headers.get('location')]).toEqual([303, '/approvals/req-1?x=1']);
      for (const text of [begun, session])
        expect(text).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/i);
      expect(session).not.toMatch(/Domain/i);
      const home = await app.call('GET', '/', { headers: { cookie } });
      expect(home.status).toBe(200);
      expect(home.text).toContain('ana@example.com');
      // The chat room of the local mode is not there, so nothing leads to it.
      expect(home.text).not.toContain('/dev/chat');
      expect(await standing('ana@example.com')).toMatchObject({ roles: ['operator'] });
      // The value is in no table.
      const rows = await opened.database.orm.select().from(sessions);
      expect(JSON.stringify(rows)).not.toContain(cookie.split('=')[1]);
      expectProblem(await app.call('GET', '/v1/account-requests', { headers: { cookie } }), 401, 'no-token');
    });

    it('takes no answer that this browser did not ask for, nor one twice', async () => {
      const { back, arrive, begun } = await signIn({ sub: 'ana@example.com' });
      const other = await signIn({ sub: 'eva@example.com' });
      const changed = new URLSearchParams(back.search);
      changed.set('state', 'x'.repeat(43));
      for (const answer of [
        await arrive(),
        await arrive(back.search, ''),
        await arrive(back.search, pairOf(other.begun)),
        await arrive(`?${changed}`),
        await arrive('?error=access_denied'),
        await arrive('', pairOf(begun)),
        await arrive(back.search, `${pairOf(begun).slice(0, -4)}AAAA`),
      ]) {
        expect(answer.status).toBe(401);
        expect(cookieOf(answer, '__Host-jetway-session')).toBe('');
      }
    });

    it('wants the nonce of this sign-in, and an ID token that is for the dashboard', async () => {
      for (const claims of [
        { nonce: 'other' },
        { aud: 'else' },
        { iss: 'https://evil.example' },
        { exp: seconds() - 60 },
      ])
        expect((await signIn({ sub: 'ana@example.com', ...claims })).callback.status).toBe(401);
    });

    it('gives a session a value of its own, whatever the browser had before', async () => {
      const fixed = `__Host-jetway-session=${'A'.repeat(43)}`;
      const first = await signIn({ sub: 'ana@example.com' }, '/', fixed);
      expect(first.cookie).not.toBe(fixed);
      expect((await app.call('GET', '/', { headers: { cookie: fixed } })).status).toBe(302);
      const second = await signIn({ sub: 'ana@example.com' }, '/', first.cookie);
      expect(second.cookie).not.toBe(first.cookie);
      expect((await app.call('GET', '/', { headers: { cookie: first.cookie } })).status).toBe(302);
      // Two of them in one request are somebody else's doing.
      const both = { cookie: `${second.cookie}; ${fixed}` };
      expect((await app.call('GET', '/', { headers: both })).status).toBe(302);
      expect((await app.call('GET', '/', { headers: { cookie: second.cookie } })).status).toBe(200);
    });

    it.each([
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/%09/evil.example',
      'javascript:alert(1)',
      '/\t/evil.example',
      'evil',
    ])('leads to no other site: %s', async (next) => {
      const { callback } = await signIn({ sub: 'ana@example.com' }, next);
      const place = new URL(callback.headers.get('location') ?? '', PUBLIC);
      expect(place.origin).toBe(PUBLIC);
    });

    it('signs out for good, by a form of its own only', async () => {
      const { cookie } = await signIn({ sub: 'ana@example.com' });
      expect((await app.call('GET', '/sign-out', { headers: { cookie } })).status).toBe(404);
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-fetch-site': 'none' },
        { origin: 'https://evil.example' },
        { origin: `http://${HOST}` },
      ] as Record<string, string>[])
        expectProblem(await app.submitForm('/sign-out', cookie, {}, headers), 403, 'forged-form');
      expectProblem(await app.submitForm('/sign-out', cookie, { csrf: '' }), 403, 'forged-form');
      expect((await app.call('GET', '/', { headers: { cookie } })).status).toBe(200);
      const out = await app.submitForm('/sign-out', cookie, {}, { origin: PUBLIC });
      expect([out.status, out.headers.get('location')]).toEqual([303, '/sign-in']);
      expect(cookieOf(out, '__Host-jetway-session')).toMatch(/Max-Age=0/);
      expect((await app.call('GET', '/', { headers: { cookie } })).status).toBe(302);
    });

    it('says so when the provider does not answer', async () => {
      const own = openApp(opened.database, {
        oidc: { ...config, issuer: 'http://127.0.0.1:1' },
        publicUrl: PUBLIC,
      });
      expectProblem(await own.call('GET', '/auth/start'), 503, 'identity-provider');
    });
  });
});

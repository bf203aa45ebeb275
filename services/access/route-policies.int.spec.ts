import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exceptions, webhookDeliveries } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type Answer, type App, expectProblem, newBody, openApp } from '../../test/support/http.ts';
import { factOf, unique } from '../../test/support/service.ts';
import { putSettings } from '../../test/support/settings.ts';
import { vendedAccount } from '../../test/support/vended.ts';
import { type Principal, ROLES, type Role, seesAll } from './principal.ts';
import { ROUTE_POLICIES, type RoutePolicy, rolesOf } from './route-policies.ts';

/** A team with an account, and one with another. */
type World = Record<
  'own' | 'foreign',
  { team: string; requestId: string; accountId: string; planDigest: string; exceptionId: string }
>;
type Things = World['own'];

/**
 * What a call of a route needs to get as far as the question who may. A new route with a parameter or a body is added here;
 * the test says so.
 */
const PATHS: Record<string, (of: Things) => string> = {
  requestId: (of) => of.requestId,
  accountId: (of) => of.accountId,
  exceptionId: (of) => of.exceptionId,
  endpoint: () => 'siem',
  deliveryId: () => 'msg_matrix',
  key: () => 'k1',
  name: () => 'standard',
  asset: () => 'swagger-ui.css',
  'GET /assets/{asset}': () => 'jetway.css',
  'POST /hooks/webhooks/{endpoint}': () => 'local-chat',
  'GET /v1/guardrails/{id}': () => 'AWS-GR_RESTRICTED_SSH',
  'GET /guardrails/{id}': () => 'AWS-GR_RESTRICTED_SSH',
  'GET /units/{id}/change': () => 'ou-ab12-workloads',
  'POST /units/{id}/change': () => 'ou-ab12-workloads',
  'POST /v1/organizational-units/{id}/changes': () => 'ou-ab12-workloads',
};

/** What the forms of the dashboard send besides what every one does. */
const FORMS: Record<string, (of: Things) => Record<string, string>> = {
  'POST /approvals/{requestId}': (of) => ({ decision: 'approve', planDigest: of.planDigest, comment: '' }),
  'POST /requests/new': ({ team }) => {
    const { account, owner, justification } = newBody(team);
    return {
      ...{ intent: 'submit', key: unique('form-key'), team, justification },
      ...{ name: account.name, email: account.email, ou: account.organizationalUnitId },
      ...{ ownerEmail: owner.email, ownerFirstName: owner.firstName, ownerLastName: owner.lastName },
    };
  },
  'POST /accounts/{accountId}/change': () => ({
    ...{ intent: 'submit', key: unique('form-key'), reason: 'No SSH' },
    ...{ blueprint: 'standard', guardrail: 'AWS-GR_RESTRICTED_SSH' },
  }),
  'POST /accounts/{accountId}/exception': () => ({
    ...{ intent: 'submit', key: unique('form-key'), reason: 'Not yet', control: 'AWS-GR_ENCRYPTED_VOLUMES' },
    expires: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
  }),
  'POST /accounts/{accountId}/exceptions/{exceptionId}/end': () => ({ reason: 'Mended' }),
  'POST /units/{id}/change': () => ({
    ...{ intent: 'submit', key: unique('form-key'), reason: 'No back doors' },
    enable: 'AWS-GR_DISALLOW_VPN_CONNECTIONS',
  }),
  'POST /deliveries/{endpoint}/{deliveryId}/redeliver': () => ({}),
  'POST /requests/{requestId}/cancel': () => ({}),
  'POST /requests/{requestId}/resume': () => ({}),
  'POST /sign-out': () => ({}),
};

const BODIES: Record<string, (of: Things) => unknown> = {
  'POST /dev/chat/callbacks': (of) => ({
    requestId: of.requestId,
    planDigest: of.planDigest,
    decision: 'deny',
  }),
  'POST /dev/sessions': () => ({ subject: 'ana@example.com' }),
  'POST /dev/sign-in': () => new URLSearchParams({ subject: 'ana@example.com' }),
  'POST /dev/tokens': () => ({ subject: 'ana@example.com' }),
  'POST /hooks/slack': () => ({}),
  'POST /hooks/teams': () => ({ type: 'message' }),
  'POST /hooks/webhooks/{endpoint}': (of) => ({ requestId: of.requestId }),
  'POST /v1/account-requests': (of) => newBody(of.team),
  'POST /v1/account-requests/{requestId}/cancel': () => undefined,
  'POST /v1/account-requests/{requestId}/decisions': (of) => ({
    decision: 'approve',
    planDigest: of.planDigest,
  }),
  'POST /v1/account-requests/{requestId}/resume': () => undefined,
  'POST /v1/accounts/{accountId}/changes': () => ({ guardrails: ['AWS-GR_RESTRICTED_SSH'] }),
  'POST /v1/accounts/{accountId}/drift-checks': () => undefined,
  'POST /v1/accounts/{accountId}/exceptions': () => ({
    control: 'AWS-GR_ENCRYPTED_VOLUMES',
    reason: 'Not yet',
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
  }),
  'POST /v1/accounts/{accountId}/exceptions/{exceptionId}/revocation': () => ({ reason: 'Mended' }),
  'POST /v1/guardrails/simulate': () => ({
    guardrails: ['AWS-GR_RESTRICT_ROOT_USER'],
    requests: [
      { action: 's3:GetObject', resource: '*', principalArn: 'arn:aws:iam::444455556666:role/engineer' },
    ],
  }),
  'POST /v1/organizational-units/{id}/changes': () => ({
    enable: ['AWS-GR_DISALLOW_VPN_CONNECTIONS'],
    reason: 'No back doors',
  }),
  'POST /v1/reconciliations': () => undefined,
  'POST /v1/settings/changes': () => ({ set: {}, reason: 'A second approver' }),
  'POST /v1/delegations': () => ({
    to: 'ben@example.com',
    startsAt: '2030-01-01T00:00:00Z',
    endsAt: '2030-01-02T00:00:00Z',
    reason: 'Away',
  }),
  'POST /v1/delegations/retractions': () => ({
    to: 'ben@example.com',
    startsAt: '2030-01-01T00:00:00Z',
    endsAt: '2030-01-02T00:00:00Z',
    reason: 'Back early',
  }),
  'POST /v1/traffic-mirroring/evaluate': () => ({
    sessions: [],
    packet: { direction: 'ingress', protocol: 6, sourceIp: '10.0.0.1', destinationIp: '10.0.0.2' },
  }),
  'POST /v1/traffic-mirroring/samples': () => ({
    items: [
      {
        from: '10.0.0.9',
        vni: 7,
        packet: {
          ...{ family: 'IPv4', protocol: 6, sourceIp: '10.0.0.9', destinationIp: '10.0.1.9' },
          ...{ length: 60, copied: 60 },
        },
      },
    ],
  }),
  'POST /v1/webhooks/{endpoint}/deliveries/{deliveryId}/redeliver': () => undefined,
  'POST /v1/webhooks/{endpoint}/test': () => undefined,
  'POST /v1/webhooks/{endpoint}/keys/{key}/reveal': () => undefined,
  'POST /v1/webhooks/{endpoint}/keys/{key}/revoke': () => undefined,
  'POST /v1/webhooks/{endpoint}/keys/{key}/set': () => ({ secret: 'x' }),
};

const ABSENT: Partial<Things> = {
  requestId: 'req-00000000',
  accountId: '999999999999',
  exceptionId: 'req-1',
};

const TENANCIES = ['own', 'foreign', 'none'] as const;
type Tenancy = (typeof TENANCIES)[number];

/** What the table and the contract say of a signed-in caller; `yes` is anything but a refusal of who one is. */
function expected(policy: RoutePolicy, who: Principal, tenancy: Tenancy): 'yes' | 403 | 404 {
  const mayAct = rolesOf(policy)?.some((role) => who.roles.includes(role)) ?? true;
  switch (policy.tenancy) {
    case 'row':
      if (tenancy !== 'own' && !seesAll(who)) return 404;
      return mayAct ? 'yes' : 403;
    case 'body':
      return mayAct && tenancy === 'own' ? 'yes' : 403;
    case 'rows':
    case 'none':
    case 'organization':
      return mayAct ? 'yes' : 403;
    default:
      return policy.tenancy satisfies never;
  }
}

const routes = Object.entries(ROUTE_POLICIES).filter(([, policy]) => policy.mode !== 'oidc');
const withToken = routes.filter(([, { who }]) => who === 'signed-in' || Array.isArray(who));
const without = (...kinds: RoutePolicy['who'][]) => routes.filter(([, { who }]) => kinds.includes(who));
const roleSets: readonly (readonly Role[])[] = [[], ...ROLES.map((role) => [role])];

describe.each(databases)('every route × role × tenancy on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let world: World;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
    const siem = { name: 'siem', direction: 'out', url: 'https://siem.example.com/in', keys: ['k1'] };
    await putSettings(app.service, { endpoints: [siem] });
    const now = new Date();
    const ping = { id: 'msg_matrix', endpoint: 'siem', eventType: 'Ping', nextAt: now, createdAt: now };
    await app.service.orm.insert(webhookDeliveries).values(ping);
    const team = async () => {
      const vend = await vendedAccount(app.service, { team: unique('team') });
      const { accountId } = vend;
      await app.service.receive(factOf(vend, 'AccountVended', 100, { accountId, data: { verified: [] } }));
      const exceptionId = `exception-of-${accountId}`;
      await app.service.orm.insert(exceptions).values({
        requestId: exceptionId,
        accountId,
        control: 'AWS-GR_RESTRICTED_SSH',
        owner: 'ana@example.com',
        reason: 'x',
        requestedBy: 'ana@example.com',
        expiresAt: new Date(Date.now() + 86_400_000),
        state: 'ACTIVE',
        requestedAt: now,
        grantedAt: now,
      });
      return { ...vend, exceptionId };
    };
    world = { own: await team(), foreign: await team() };
  });
  afterAll(() => opened.close());
  beforeEach(() => app.comeFrom('127.0.0.1'));

  const pathOf = (key: string, of: Things) =>
    (key.split(' ')[1] ?? '').replace(/\{(\w+)\}/g, (_, name: string) => {
      const sample = PATHS[key] ?? PATHS[name];
      if (!sample) throw new Error(`PATHS of this spec lacks {${name}} for ${key}`);
      return sample(of);
    });
  const send = (key: string, of: Things, headers: Record<string, string> = {}, who?: Principal) => {
    const method = key.split(' ')[0] ?? '';
    if (method !== 'GET' && !BODIES[key]) throw new Error(`BODIES of this spec lacks ${key}`);
    const body = BODIES[key]?.(of);
    if (!(body instanceof URLSearchParams)) return app.call(method, pathOf(key, of), { who, headers, body });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    return app.call(method, pathOf(key, of), { headers: { ...headers, ...form }, raw: body.toString() });
  };
  const people = (roles: readonly Role[]) =>
    TENANCIES.map((tenancy) => {
      const teams = { own: [world.own.team], foreign: [unique('other')], none: [] }[tenancy];
      return { tenancy, who: { subject: unique('p'), teams, roles } as Principal };
    });
  const withoutPlace = (answer: Answer) => ({ ...answer.body, instance: '' });

  describe.each(withToken)('%s', (key, policy) => {
    it.each(roleSets.map((roles) => [roles[0] ?? 'no role', roles] as const))('%s', async (_role, roles) => {
      for (const { tenancy, who } of people(roles)) {
        const want = expected(policy, who, tenancy);
        const answer = await send(key, world.own, {}, who);
        const cell = { key, roles: who.roles, tenancy };
        if (want === 'yes')
          expect({ ...cell, refused: [401, 403, 404].includes(answer.status) && answer }).toEqual({
            ...cell,
            refused: false,
          });
        else expectProblem(answer, want);
        if (answer.status >= 500) expect({ ...cell, answer }).toBeUndefined();
        if (want === 404) {
          const absent = await send(key, { ...world.own, ...ABSENT }, {}, who);
          expect(withoutPlace(absent)).toEqual(withoutPlace(answer));
        }
        if (policy.tenancy === 'rows' && !seesAll(who)) {
          expect(answer.text).not.toContain(world.foreign.accountId);
          expect(answer.text).not.toContain(world.foreign.requestId);
        }
        if (policy.tenancy === 'row' && !seesAll(who))
          expectProblem(await send(key, world.foreign, {}, who), 404);
      }
    });

    it('refuses no token, a bad one and the cookie of the dashboard', async () => {
      const cookie = await app.signIn({ subject: 'x', teams: [world.own.team], roles: [...ROLES] });
      for (const headers of [
        {},
        { authorization: 'Bearer a.b.c' },
        { authorization: 'Basic eDp4' },
        { cookie },
      ])
        expectProblem(await send(key, world.own, headers as Record<string, string>), 401);
    });
  });

  it.each(without('session'))('%s wants a session, and takes no token for one', async (key, policy) => {
    const isForm = key.startsWith('POST ');
    const sendAs = (cookie: string, of: Things) =>
      isForm
        ? app.submitForm(pathOf(key, of), cookie, FORMS[key]?.(of) ?? {})
        : app.call('GET', pathOf(key, of), { headers: { cookie } });
    if (isForm && !FORMS[key]) throw new Error(`FORMS of this spec lacks ${key}`);
    for (const roles of roleSets) {
      for (const { who, tenancy } of people(roles)) {
        const cookie = await app.signIn(who);
        const answer = await sendAs(cookie, world.own);
        const want = expected(policy, who, tenancy);
        const cell = { key, roles, tenancy, status: answer.status };
        // Decided long ago: 409 is an answer to somebody who may.
        if (want === 'yes') expect([200, 303, 409], JSON.stringify(cell)).toContain(answer.status);
        else expect(cell).toEqual({ ...cell, status: want });
        if (want === 404) expect((await sendAs(cookie, { ...world.own, ...ABSENT })).text).toBe(answer.text);
        if (!seesAll(who)) expect(answer.text).not.toContain(world.foreign.accountId);
        // A token is no session.
        const token = `Bearer ${await app.tokenOf(who)}`;
        const anonymous = await app.call(key.split(' ')[0] ?? '', pathOf(key, world.own), {
          headers: { authorization: token },
        });
        expect(anonymous.status).toBe(isForm ? 401 : 302);
        if (!isForm) expect(anonymous.headers.get('location')).toMatch(/^\/sign-in/);
        // Nor is a form one that a page of ours did not send.
        if (isForm && want === 'yes') {
          const again = await app.signIn(who);
          const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
          const path = pathOf(key, world.own);
          expectProblem(
            await app.submitForm(path, again, FORMS[key]?.(world.own) ?? {}, foreign),
            403,
            'forged-form',
          );
          expectProblem(await app.submitForm(path, again, { csrf: 'x' }), 403, 'forged-form');
        }
      }
    }
  });

  it.each(without('signature'))('%s takes neither token nor cookie for a signature', async (key) => {
    for (const roles of roleSets) {
      for (const { who } of people(roles)) {
        const headers = { cookie: await app.signIn(who), 'content-type': 'application/json' };
        expect([401, 404]).toContain((await send(key, world.own, headers, who)).status);
      }
    }
  });

  it.each(without('public'))('%s is open', async (key) => {
    expect([401, 403]).not.toContain((await send(key, world.own)).status);
  });

  it.each(without('local'))('%s answers this machine only', async (key) => {
    expect((await send(key, world.own)).status).toBeLessThan(400);
    app.comeFrom('203.0.113.9');
    expectProblem(await send(key, world.own), 403, 'loopback-only');
  });

  it('answers nobody on a route that was mounted after the comparison', async () => {
    const late = app.withoutLocalMode();
    late.get('/v1/surprise', (c) => c.json({}));
    const authorization = `Bearer ${await app.tokenOf({ subject: 'x', teams: [], roles: [...ROLES] })}`;
    expect((await late.request('/v1/surprise', { headers: { authorization } })).status).toBe(403);
  });
});

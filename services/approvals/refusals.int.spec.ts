import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, openApp } from '../../test/support/http.ts';
import { person, type Vend } from '../../test/support/service.ts';
import type { Principal } from '../access/principal.ts';
import { factsAfter } from '../ledger/ledger.pg.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe.each(databases)('calls that are refused before anything is begun, on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let vend: Vend;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database, { clock: { now: () => app.service.clock.now() } });
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await app.service.reset();
    vend = await app.service.submit();
    known = (await attempts()).length;
  });

  let known = 0;
  const attempts = async () =>
    (await factsAfter(app.service.orm, {}, 10_000)).filter((f) => f.type === 'ApprovalAttempted');
  const news = async () =>
    (await attempts())
      .slice(known)
      .map(({ actor, data }) => [
        actor,
        data.act,
        data.via,
        data.outcome,
        data.reason,
        data.requestId ?? null,
      ]);

  const adam = person('platform', ['admin'], 'adam@example.com');
  const ben = (of: Vend) => person(of.team, ['approver'], 'ben@example.com');
  const change = (who: Principal, body: unknown, headers: Record<string, string> = { 'if-match': '"0"' }) =>
    app.call('POST', '/v1/settings/changes', { who, body, headers });

  it.each<[string, () => Promise<unknown>, [string, string]]>([
    [
      'without the role',
      () => change(person('platform', ['operator'], 'olga@example.com'), { set: {}, reason: 'x' }),
      ['olga@example.com', 'role-needed'],
    ],
    [
      'from a version that is not in force',
      () => change(adam, { set: {}, reason: 'x' }, { 'if-match': '"7"' }),
      ['adam@example.com', 'stale'],
    ],
    [
      'without saying from which version',
      () => change(adam, { set: {}, reason: 'x' }, {}),
      ['adam@example.com', 'if-match'],
    ],
    [
      'of a document that is none',
      () => change(adam, { set: { nonsense: 1 }, reason: 'x' }),
      ['adam@example.com', 'validation'],
    ],
    [
      'that does not fit together',
      () => change(adam, { set: { policies: [] }, reason: 'x' }),
      ['adam@example.com', 'validation'],
    ],
    [
      'with a body that is no JSON',
      () =>
        app.call('POST', '/v1/settings/changes', {
          who: adam,
          raw: '{"a":1,"a":2}',
          headers: { 'content-type': 'application/json', 'if-match': '"0"' },
        }),
      ['adam@example.com', 'doubled-member'],
    ],
    [
      'by a delegation to oneself',
      () =>
        app.call('POST', '/v1/delegations', {
          who: ben(vend),
          body: {
            to: 'BEN@example.com',
            startsAt: '2026-03-05T00:00:00Z',
            endsAt: '2026-03-06T00:00:00Z',
            reason: 'x',
          },
        }),
      ['ben@example.com', 'validation'],
    ],
    [
      'by a delegation of who is no approver',
      () =>
        app.call('POST', '/v1/delegations', {
          who: adam,
          body: {
            to: 'ben@example.com',
            startsAt: '2026-03-05T00:00:00Z',
            endsAt: '2026-03-06T00:00:00Z',
            reason: 'x',
          },
        }),
      ['adam@example.com', 'role-needed'],
    ],
  ])('a change of the settings %s is in the audit', async (_what, send, [who, reason]) => {
    await send();
    expect(await news()).toEqual([[who, 'change-settings', 'api', 'refused', reason, null]]);
  });

  it('one that is taken is in the audit too, a dry run and whoever is nobody is not', async () => {
    const set = { people: [{ subject: 'eve@example.com', suspended: true }] };
    await app.call('POST', '/v1/settings/changes?dryRun=true', {
      who: adam,
      body: { set: {}, reason: 'x' },
      headers: { 'if-match': '"0"' },
    });
    await app.call('POST', '/v1/settings/changes', {
      body: { set, reason: 'x' },
      headers: { authorization: 'Bearer a.b.c' },
    });
    expect(await news()).toEqual([]);
    const answer = await change(adam, { set, reason: 'x' });
    expect(answer.status).toBe(202);
    expect(await news()).toEqual([
      ['adam@example.com', 'change-settings', 'api', 'allowed', null, answer.body.id],
    ]);
  });

  it('a decision is, once, whoever refused it: the form, the body, the settings or the rule', async () => {
    const path = `/v1/account-requests/${vend.requestId}/decisions`;
    const decide = (who: Principal, planDigest: string) =>
      app.call('POST', path, { who, body: { decision: 'approve', planDigest } });
    await decide(ben(vend), 'nonsense');
    await decide(ben(vend), DIGEST);
    await app.submitForm(`/approvals/${vend.requestId}`, await app.signIn(ben(vend)), { csrf: 'x' });
    await app.service.setSettings({ people: [{ subject: 'ben@example.com', suspended: true }] });
    await decide(ben(vend), vend.planDigest);
    expect(await news()).toEqual([
      ['ben@example.com', 'decide', 'api', 'refused', 'validation', vend.requestId],
      ['ben@example.com', 'decide', 'api', 'refused', 'plan-differs', vend.requestId],
      ['ben@example.com', 'decide', 'dashboard', 'refused', 'forged-form', vend.requestId],
      ['ben@example.com', 'decide', 'api', 'refused', 'suspended', vend.requestId],
    ]);
  });

  it('the secret of an endpoint is', async () => {
    await app.call('POST', '/v1/webhooks/siem/keys/k1/reveal', { who: ben(vend) });
    await app.call('POST', '/v1/webhooks/siem/keys/k1/reveal', { who: adam });
    expect(await news()).toEqual([
      ['ben@example.com', 'webhook-key', 'api', 'refused', 'role-needed', null],
      ['adam@example.com', 'webhook-key', 'api', 'refused', 'not-found', null],
    ]);
  });

  it.each([
    ['/hooks/webhooks/local-chat', 'local-chat'],
    ['/hooks/webhooks/itsm', 'itsm'],
    ['/hooks/webhooks/nobody-knows-it', 'unknown'],
    ['/hooks/slack', 'slack'],
    ['/hooks/teams', 'teams'],
  ])('a callback to %s is counted for %s', async (path, endpoint) => {
    await app.service.setSettings({
      endpoints: [{ name: 'itsm', direction: 'in', format: 'standard', keys: ['k1'] }],
    });
    for (let i = 0; i < 3; i++)
      expect((await app.call('POST', path, { body: { type: 'message' } })).status).toBeGreaterThanOrEqual(
        400,
      );
    app.service.clock.advance(60_000);
    const auditor = person('audit', ['auditor'], 'audra@example.com');
    await app.call('GET', '/v1/approvals/attempts', { who: auditor });
    const [counted] = (await attempts()).slice(known);
    expect(counted?.data).toMatchObject({ act: 'callback', via: endpoint, outcome: 'refused', count: 3 });
  });
});

import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { people } from '../../db/schema/index.ts';
import { systemClock, systemIds } from '../../services/kernel/ids.node.ts';
import { localRootSecret, openSecrets } from '../../services/kernel/secrets.node.ts';
import { EXAMPLE_SETTINGS } from '../../services/settings/defaults.ts';
import { openSettings } from '../../services/settings/settings.pg.ts';
import { applyWebhooksOf } from '../../services/webhooks/endpoints.pg.ts';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { putSettings } from '../support/settings.ts';

const BO = 'bo.teams@example.com';

let receiver: Receiver;
let jetway: TestService;
beforeAll(async () => {
  receiver = await startReceiver();
  jetway = await startService({ outbound: receiver.outbound() });
  const secrets = openSecrets(localRootSecret(join(jetway.dataDir, 'root-secret')));
  const { orm } = jetway.database;
  const deps = {
    orm,
    clock: systemClock,
    settings: openSettings(EXAMPLE_SETTINGS),
    onSettingsApplied: [applyWebhooksOf({ ids: systemIds, secrets })],
  };
  await putSettings(deps, {
    endpoints: [
      { name: 'siem', direction: 'out', url: receiver.url, keys: ['k1'] },
      { name: 'itsm', direction: 'in', keys: ['k1'] },
      {
        name: 'approvals',
        direction: 'out',
        format: 'teams-workflow',
        url: receiver.url.replace('/in', '/flow'),
        keys: ['address'],
      },
    ],
    channels: [{ name: 'approvals', provider: 'teams', channel: 'approvals', for: { teams: ['payments'] } }],
    people: [{ subject: BO, identities: [{ provider: 'webhook', endpoint: 'itsm', user: 'bo' }] }],
  });
  await orm
    .insert(people)
    .values({ subject: BO, teams: ['payments'], roles: ['approver'], vouchedAt: new Date() });
});
afterAll(async () => {
  await jetway?.close();
  await receiver?.close();
});

const admin = () => jetway.as({ subject: 'adam@example.com', teams: [], roles: ['admin'] });
const heard = () => receiver.received.filter((r) => r.path === '/in');

describe('webhooks', () => {
  it('tell a receiver everything about a vend, are asked in Teams and decided by a signed message', async () => {
    const { secret } = (await admin().post('/v1/webhooks/siem/keys/k1/reveal')).body;
    const { secret: inward } = (await admin().post('/v1/webhooks/itsm/keys/k1/reveal')).body;
    const address = receiver.url.replace('/in', '/flow?sig=very-secret');
    expect((await admin().post('/v1/webhooks/approvals/keys/address/set', { secret: address })).status).toBe(
      200,
    );

    const asked = await jetway.submit(requestBody('hooked'));
    await until('Teams is asked', () => receiver.received.some((r) => r.path === '/flow?sig=very-secret'));
    const card = receiver.received.find((r) => r.path.startsWith('/flow'))?.body ?? '';
    expect(card).toContain('"version":"1.5"');
    expect(card).toContain(asked.account?.name);
    expect(card).toContain(asked.plan.digest.slice(7, 19));
    expect(card).not.toMatch(/token/i);

    const body = JSON.stringify({
      requestId: asked.id,
      decision: 'approve',
      planDigest: asked.plan.digest,
      person: 'bo',
    });
    const now = new Date();
    const answer = await jetway.send('POST', '/hooks/webhooks/itsm', {
      body,
      headers: {
        'webhook-id': 'evt_1',
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(inward).sign('evt_1', now, body),
      },
    });
    expect(answer).toMatchObject({ status: 200, body: { decision: 'approve' } });
    await jetway.reachesActive(asked.id);

    const events = () =>
      heard().map((r) => ({ ...r, event: JSON.parse(r.body) as { type: string; requestId?: string } }));
    await until('the receiver knows of the account', () =>
      events().some((e) => e.event.type === 'AccountVended'),
    );
    const own = events().filter((e) => e.event.requestId === asked.id);
    expect(new Set(own.map((e) => e.event.type))).toEqual(
      new Set([
        'AccountRequested',
        'AccountPlanned',
        'ApprovalRequested',
        'ApprovalDecided',
        'AccountQueued',
        'AccountProvisioned',
        'BlueprintApplied',
        'GuardrailsAttached',
        'AccountVended',
      ]),
    );
    expect(new Set(own.map((e) => e.headers['webhook-id'])).size).toBe(own.length);
    for (const { body: text, headers } of own)
      expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toMatchObject({
        requestId: asked.id,
      });
    await until('Teams is told how it ended', () =>
      receiver.received.some((r) => r.path.startsWith('/flow') && /Approved/.test(r.body)),
    );

    const log = (await jetway.as('operator').get('/v1/webhooks/siem/deliveries?limit=100')).body;
    expect(log.items.length).toBeGreaterThanOrEqual(own.length);
    expect(log.items.every((d: { status: string }) => d.status === 'delivered')).toBe(true);
    const decided = (await jetway.timeline(asked.id)).find((f) => f.type === 'ApprovalDecided');
    expect(decided).toMatchObject({ actor: BO, data: { via: 'webhook' } });
    const everything = JSON.stringify([log, (await admin().get('/v1/webhooks')).body]);
    for (const hidden of ['very-secret', secret, inward]) expect(everything).not.toContain(hidden);
  });
});

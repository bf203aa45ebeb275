import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { and, eq, like } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decisions, facts, people, webhookDeliveries, webhookKeys } from '../../db/schema/index.ts';
import { counted } from '../../test/support/counts.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { type Receiver, startReceiver } from '../../test/support/receiver.ts';
import { person, silent, unique, type Vend } from '../../test/support/service.ts';
import { putSettings } from '../../test/support/settings.ts';
import { verifyLedger } from '../ledger/verify.pg.ts';
import { Endpoint } from '../settings/settings.schema.ts';
import { type DeliveryDeps, deliverOnce, startDeliveries } from './deliver.task.ts';
import { claimDeliveries, nextDelivery, tidy } from './deliveries.pg.ts';
import { WEBHOOK_CHANNEL } from './fan-out.pg.ts';
import { activeKeys } from './keys.pg.ts';
import { MOST_ATTEMPTS } from './retry.ts';

const TEAM = 'webhooks';
const BO = 'bo@example.com';
const admin = person('x', ['admin'], 'adam@example.com');
const operator = person('x', ['operator'], 'olga@example.com');

describe.each(databases)('webhooks on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let receiver: Receiver;
  let ahead = 0;
  const clock = { now: () => new Date(Date.now() + ahead) };
  beforeAll(async () => {
    [opened, receiver] = await Promise.all([open(), startReceiver()]);
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(async () => {
    await opened.close();
    await receiver.close();
  });
  beforeEach(async () => {
    await app.service.reset();
    await app.service.orm
      .insert(people)
      .values({ subject: BO, teams: [TEAM], roles: ['approver'], vouchedAt: new Date() });
    await app.service.orm.delete(webhookDeliveries);
    await app.service.orm.delete(webhookKeys);
    receiver.received.length = 0;
    receiver.state.answer = (_request, response) => {
      response.writeHead(204).end();
    };
    ahead = 0;
  });
  afterEach(() => settings({}));

  const settings = (changes: object) => putSettings(app.service, changes);
  const out = (changes: object = {}) => ({
    name: 'siem',
    direction: 'out',
    url: receiver.url,
    keys: ['k1'],
    ...changes,
  });
  const inward = (keys = ['k1'], changes: object = {}) => ({
    name: 'itsm',
    direction: 'in',
    keys,
    ...changes,
  });
  const post = (path: string, who = operator, body?: unknown) =>
    app.call('POST', `/v1/webhooks/${path}`, { who, ...(body === undefined ? {} : { body }) });
  const reveal = async (endpoint: string, key = 'k1'): Promise<string> => {
    const answer = await post(`${endpoint}/keys/${key}/reveal`, admin);
    expect(answer.status).toBe(200);
    return answer.body.secret;
  };
  const auditOf = async (type: string) =>
    (await app.service.orm.select().from(facts).where(eq(facts.type, type)).orderBy(facts.seq)).map((f) => ({
      actor: f.actor,
      data: f.data,
      text: JSON.stringify(f.data),
    }));
  const decided = (vend: Vend) =>
    app.service.orm.select().from(decisions).where(eq(decisions.requestId, vend.requestId));

  describe('out', () => {
    const deliveryDeps = (more: Partial<DeliveryDeps> = {}): DeliveryDeps => ({
      ...app.service.deps,
      clock,
      outbound: receiver.outbound(),
      random: () => 0,
      log: silent,
      ...more,
    });
    const round = () => deliverOnce(deliveryDeps());
    const drain = async () => {
      while ((await round()) > 0);
    };
    const log = async (query = '') =>
      (await app.call('GET', `/v1/webhooks/siem/deliveries${query}`, { who: operator })).body;

    it('every outbound event reaches each endpoint that listens for it, signed and in the shape of the bus', async () => {
      await settings({
        endpoints: [out(), out({ name: 'cmdb', events: ['AccountPlanned'] }), inward()],
      });
      const vend = await app.service.submit({ team: TEAM });
      const secrets = { siem: await reveal('siem'), cmdb: await reveal('cmdb') };
      await drain();
      const heard = receiver.received.map((r) => ({ ...r, event: JSON.parse(r.body) }));
      expect(heard.map((h) => h.event.type).sort()).toEqual([
        'AccountPlanned',
        'AccountPlanned',
        'AccountRequested',
      ]);
      for (const { event, headers, body } of heard) {
        expect(event).toMatchObject({ version: 1, requestId: vend.requestId, correlationId: vend.requestId });
        expect(Object.keys(event).sort()).toEqual(
          ['correlationId', 'data', 'id', 'occurredAt', 'requestId', 'type', 'version'].sort(),
        );
        const by = [secrets.siem, secrets.cmdb].filter((secret) => {
          try {
            return new Webhook(secret).verify(body, headers as Record<string, string>) !== undefined;
          } catch {
            return false;
          }
        });
        expect(by).toHaveLength(1);
      }
      expect((await log()).items).toMatchObject([
        { status: 'delivered', attempts: 1, lastStatus: 204, factSeq: expect.any(Number) },
        { status: 'delivered', attempts: 1, lastStatus: 204 },
      ]);
      expect(await nextDelivery(app.service.orm)).toBeUndefined();
    });

    it('nothing is written for nobody', async () => {
      await settings({ endpoints: [inward(), out({ events: ['AccountClosed'] })] });
      await app.service.submit({ team: TEAM });
      expect(await app.service.orm.select().from(webhookDeliveries)).toEqual([]);
    });

    it('during an overlap both keys sign, and a revoked one does not', async () => {
      await settings({ endpoints: [out()] });
      const old = await reveal('siem');
      await settings({ endpoints: [out({ keys: ['k1', 'k2'] })] });
      const fresh = await reveal('siem', 'k2');
      expect(fresh).not.toBe(old);
      const accepts = (secret: string) => {
        const { body, headers } = receiver.received.at(-1)!;
        try {
          new Webhook(secret).verify(body, headers as Record<string, string>);
          return true;
        } catch {
          return false;
        }
      };
      const ping = async () => {
        expect((await post('siem/test')).status).toBe(202);
        await drain();
      };
      await ping();
      expect(receiver.received.at(-1)?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
      expect([accepts(old), accepts(fresh)]).toEqual([true, true]);
      expect((await post('siem/keys/k1/revoke', admin)).body).toMatchObject({ state: 'revoked' });
      await ping();
      expect([accepts(old), accepts(fresh)]).toEqual([false, true]);
      // The name of a key that was dropped stands for another secret when it comes back.
      await settings({ endpoints: [out({ keys: ['k2'] })] });
      await settings({ endpoints: [out({ keys: ['k2', 'k1'] })] });
      expect(await reveal('siem', 'k1')).not.toBe(old);
      await ping();
      expect([accepts(old), accepts(fresh)]).toEqual([false, true]);
    });

    it('what fails is tried again with growing pauses for about three days, then given up; a redelivery starts anew', async () => {
      await settings({ endpoints: [out()] });
      receiver.state.answer = (_request, response) => {
        response.writeHead(503).end('secret words of the receiver');
      };
      expect((await post('siem/test')).status).toBe(202);
      const started = clock.now().getTime();
      const pauses: number[] = [];
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        expect(await round()).toBe(1);
        expect(await round()).toBe(0);
        const [row] = await app.service.orm.select().from(webhookDeliveries);
        const last = attempt === MOST_ATTEMPTS;
        expect(row).toMatchObject({
          attempts: attempt,
          status: last ? 'failed' : 'pending',
          lastStatus: 503,
          lastReason: 'answered 503',
        });
        if (last) break;
        const pause = row!.nextAt.getTime() - clock.now().getTime();
        pauses.push(pause);
        ahead += pause + 10;
      }
      const seconds = pauses.map((ms) => Math.round(ms / 1000));
      expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
      const days = (clock.now().getTime() - started) / 86_400_000;
      expect(days).toBeGreaterThan(2.5);
      expect(days).toBeLessThan(3.1);
      const ids = new Set(receiver.received.map((r) => r.headers['webhook-id']));
      expect(ids.size).toBe(1);
      const answer = await log();
      expect(JSON.stringify(answer)).not.toContain('secret words');
      const [failed] = answer.items;
      receiver.state.answer = (_request, response) => {
        response.writeHead(200).end();
      };
      ahead = 0;
      const again = await post(`siem/deliveries/${failed.id}/redeliver`);
      expect(again).toMatchObject({ status: 202, body: { id: failed.id, status: 'pending' } });
      await drain();
      expect(await log()).toMatchObject({
        items: [{ id: failed.id, status: 'delivered', attempts: MOST_ATTEMPTS + 1 }],
      });
      expect(receiver.received.at(-1)?.headers['webhook-id']).toBe(failed.id);
      expectProblem(await post('siem/deliveries/msg_none/redeliver'), 404, 'not-found');
      expectProblem(await post(`itsm/deliveries/${failed.id}/redeliver`), 404, 'not-found');
    });

    it('410 stops everything until somebody looks; nothing is lost meanwhile', async () => {
      await settings({ endpoints: [out()] });
      receiver.state.answer = (_request, response) => {
        response.writeHead(410).end();
      };
      await app.service.submit({ team: TEAM });
      await drain();
      expect(await auditOf('WebhookEndpointDisabled')).toMatchObject([{ data: { endpoint: 'siem' } }]);
      const seen = receiver.received.length;
      ahead = 86_400_000;
      await app.service.submit({ team: TEAM });
      expect(await round()).toBe(0);
      expect(receiver.received).toHaveLength(seen);
      const list = await app.call('GET', '/v1/webhooks', { who: operator });
      expect(list.body.items[0]).toMatchObject({ name: 'siem', disabledAt: expect.any(String) });
      receiver.state.answer = (_request, response) => {
        response.writeHead(204).end();
      };
      await post('siem/test');
      expect(await auditOf('WebhookEndpointEnabled')).toMatchObject([{ actor: operator.subject }]);
      await drain();
      expect((await log()).items.map((d: { status: string }) => d.status)).toEqual(
        Array(5).fill('delivered'),
      );
    });

    it('and gives up after three days of that', async () => {
      await settings({ endpoints: [out()] });
      receiver.state.answer = (_request, response) => {
        response.writeHead(410).end();
      };
      await post('siem/test');
      await round();
      await tidy(app.service.orm, new Date(Date.now() + 2 * 86_400_000));
      expect((await log()).items).toMatchObject([{ status: 'pending' }]);
      await tidy(app.service.orm, new Date(Date.now() + 3.1 * 86_400_000));
      expect((await log()).items).toMatchObject([
        { status: 'failed', lastReason: expect.stringContaining('410') },
      ]);
      await tidy(app.service.orm, new Date(Date.now() + 31 * 86_400_000));
      expect((await log()).items).toEqual([]);
    });

    it('is not sent without a key that works, or to an endpoint that was taken away', async () => {
      await settings({ endpoints: [out()] });
      await post('siem/keys/k1/revoke', admin);
      await post('siem/test');
      await round();
      expect((await log()).items).toMatchObject([
        { status: 'pending', lastReason: 'not sent: the endpoint has no key that works' },
      ]);
      await settings({ endpoints: [out({ name: 'else' })] });
      expect(await app.service.orm.select().from(webhookDeliveries)).toMatchObject([{ status: 'failed' }]);
      ahead = 86_400_000;
      expect(await round()).toBe(0);
      expect(receiver.received).toEqual([]);
    });

    it('many deliverers send each message once, and a slow endpoint holds up no other', async () => {
      await settings({ endpoints: [out(), out({ name: 'cmdb' })] });
      for (let n = 0; n < 10; n++) await post('siem/test');
      await post('cmdb/test');
      const first = await claimDeliveries(app.service.orm, clock.now());
      expect(first.filter((d) => d.endpoint === 'cmdb')).toHaveLength(1);
      expect(first.filter((d) => d.endpoint === 'siem')).toHaveLength(4);
      await Promise.all([drain(), drain(), drain()]);
      expect(receiver.received).toHaveLength(6);
      // Their claimer died: they come again after the lease.
      ahead = 61_000;
      await Promise.all([drain(), drain(), drain()]);
      const ids = receiver.received.map((r) => r.headers['webhook-id']);
      expect(new Set(ids).size).toBe(11);
      expect(ids).toHaveLength(11);
    });

    it('the log has pages, newest first, for operators and auditors', async () => {
      await settings({ endpoints: [out()] });
      for (let n = 0; n < 5; n++) await post('siem/test');
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await log(`?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
        seen.push(...page.items.map((d: { id: string }) => d.id));
        cursor = page.nextCursor;
      } while (cursor);
      expect(new Set(seen).size).toBe(5);
      expect((await log('?status=failed')).items).toEqual([]);
      expectProblem(await app.call('GET', '/v1/webhooks/siem/deliveries?cursor=x', { who: operator }), 422);
      expectProblem(await app.call('GET', '/v1/webhooks/none/deliveries', { who: operator }), 404);
    });

    it('a commit wakes the deliverer', async () => {
      await settings({ endpoints: [out()] });
      const task = startDeliveries(deliveryDeps({ clock: { now: () => new Date() } }), (hear) =>
        opened.database.listen(WEBHOOK_CHANNEL, hear),
      );
      await app.service.submit({ team: TEAM });
      await expect.poll(() => receiver.received.length, { timeout: 5_000 }).toBe(2);
      await task.stop();
    });
  });

  describe('keys', () => {
    it('are shown once, to an admin, and the ledger says to whom but not what', async () => {
      await settings({ endpoints: [out(), inward()] });
      const before = (await auditOf('WebhookKeyRevealed')).length;
      for (const who of [operator, person('x', ['auditor', 'approver', 'requester', 'operator'])]) {
        expectProblem(await post('siem/keys/k1/reveal', who), 403);
        expectProblem(await post('siem/keys/k1/revoke', who), 403);
        expectProblem(await post('siem/keys/k1/set', who, { secret: 'x' }), 403);
      }
      const secret = await reveal('siem');
      expect(Buffer.from(secret.replace('whsec_', ''), 'base64')).toHaveLength(32);
      expectProblem(await post('siem/keys/k1/reveal', admin), 409, 'key-taken');
      const race = await Promise.all(Array.from({ length: 4 }, () => post('itsm/keys/k1/reveal', admin)));
      expect(race.map((a) => a.status).sort()).toEqual([200, 409, 409, 409]);
      const audit = (await auditOf('WebhookKeyRevealed')).slice(before);
      expect(audit).toMatchObject([
        { actor: admin.subject, data: { endpoint: 'siem', key: 'k1' } },
        { actor: admin.subject, data: { endpoint: 'itsm', key: 'k1' } },
      ]);
      expect(JSON.stringify(audit)).not.toContain(secret.slice(6));
      const [row] = await app.service.orm.select().from(webhookKeys).where(eq(webhookKeys.endpoint, 'siem'));
      expect(JSON.stringify(row)).not.toContain(secret.slice(6));
      const list = await app.call('GET', '/v1/webhooks', { who: admin });
      expect(list.body.items).toMatchObject([
        { name: 'siem', host: expect.any(String), keys: [{ name: 'k1', state: 'active' }] },
        { name: 'itsm', keys: [{ name: 'k1', state: 'active' }] },
      ]);
      expect(list.text).not.toContain('whsec_');
      expect(list.text).not.toContain('/in"');
      expect(await verifyLedger(app.service.orm)).toMatchObject({ ok: true });
    });

    it('that no approved settings list are not there', async () => {
      await settings({ endpoints: [out()] });
      for (const path of ['siem/keys/k2', 'none/keys/k1', 'itsm/keys/k1']) {
        expectProblem(await post(`${path}/reveal`, admin), 404, 'not-found');
        expectProblem(await post(`${path}/revoke`, admin), 404, 'not-found');
        expectProblem(await post(`${path}/set`, admin, { secret: 'x' }), 404, 'not-found');
      }
    });

    it('come into being at first use, when nobody was told of the settings', async () => {
      await settings({ endpoints: [out()] });
      await app.service.orm.delete(webhookKeys);
      expect(await reveal('siem')).toMatch(/^whsec_/);
    });

    it('do not survive a change of direction: who verified must not come to sign', async () => {
      await settings({ endpoints: [out()] });
      const secret = await reveal('siem');
      const turned = Endpoint.parse({ name: 'siem', direction: 'in', keys: ['k1'] });
      await settings({ endpoints: [turned] });
      const [key] = await activeKeys(app.service.orm, app.service.secrets, [turned]);
      expect(key?.secret).toMatch(/^whsec_/);
      expect(key?.secret).not.toBe(secret);
    });

    it('of Teams are set once, and never shown', async () => {
      const flow = 'https://prod-1.westus.logic.azure.com/workflows/1/triggers/manual/paths/invoke';
      await settings({
        endpoints: [
          { name: 'teams-in', direction: 'in', format: 'teams-outgoing', keys: ['k1'] },
          { ...out(), name: 'teams-out', format: 'teams-workflow', url: flow },
        ],
      });
      const token = randomBytes(32).toString('base64');
      expectProblem(await post('teams-in/keys/k1/reveal', admin), 409, 'key-source');
      for (const secret of ['', 'short', `${token}x`, `${token} `]) {
        expectProblem(await post('teams-in/keys/k1/set', admin, { secret }), 422, 'validation');
      }
      expect((await post('teams-in/keys/k1/set', admin, { secret: token })).body).toMatchObject({
        state: 'active',
      });
      expectProblem(await post('teams-in/keys/k1/set', admin, { secret: token }), 409, 'key-taken');
      for (const secret of [flow, 'https://evil.example/x?sig=1', `${flow}/else?sig=1`, `${flow}?sig=1#x`]) {
        expectProblem(await post('teams-out/keys/k1/set', admin, { secret }), 422, 'validation');
      }
      const whole = `${flow}?api-version=1&sig=very-secret`;
      const set = await post('teams-out/keys/k1/set', admin, { secret: whole });
      expect(set.status).toBe(200);
      const shown = [set, await app.call('GET', '/v1/webhooks', { who: admin })].map((a) => a.text).join();
      expect(shown).not.toContain('very-secret');
      expect(JSON.stringify(await auditOf('WebhookKeySet'))).not.toContain('very-secret');
      await settings({ endpoints: [out()] });
      expectProblem(await post('siem/keys/k1/set', admin, { secret: token }), 409, 'key-source');
    });
  });

  describe('in', () => {
    const identity = (user: string, endpoint = 'itsm') => ({ provider: 'webhook', endpoint, user });
    const withPeople = (keys: string[], more: object[] = []) => ({
      endpoints: [inward(keys), ...more],
      people: [{ subject: BO, identities: [identity('bo.itsm')] }],
    });
    const bodyOf = (vend: Vend, changes: object = {}) =>
      JSON.stringify({
        requestId: vend.requestId,
        decision: 'approve',
        planDigest: vend.planDigest,
        person: 'bo.itsm',
        ...changes,
      });
    const signed = (secret: string, body: string, id = `evt_${randomUUID()}`, at = new Date()) => ({
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    });
    const call = (raw: string, headers: Record<string, string>, endpoint = 'itsm') =>
      app.call('POST', `/hooks/webhooks/${endpoint}`, { raw, headers });

    it('a signed message decides for the person whom the settings map its words to, once', async () => {
      await settings(withPeople(['k1']));
      const secret = await reveal('itsm');
      const vend = await app.service.submit({ team: TEAM });
      const body = bodyOf(vend, { comment: 'CHG-4711' });
      const headers = signed(secret, body);
      expect(await call(body, headers)).toMatchObject({
        status: 200,
        body: { requestId: vend.requestId, decision: 'approve' },
      });
      expect(await decided(vend)).toMatchObject([{ decidedBy: BO, via: 'webhook', comment: 'CHG-4711' }]);
      expectProblem(await call(body, headers), 409, 'replayed');
      expectProblem(await call(body, signed(secret, body)), 409, 'already-decided');
    });

    it(`a message that comes ${counted(10_000)} times has one effect`, async () => {
      await settings(withPeople(['k1']));
      const secret = await reveal('itsm');
      const vend = await app.service.submit({ team: TEAM });
      const body = bodyOf(vend);
      const headers = signed(secret, body);
      const statuses = new Map<number, number>();
      for (let left = counted(10_000); left > 0; left -= 8) {
        const answers = await Promise.all(
          Array.from({ length: Math.min(8, left) }, () => call(body, headers)),
        );
        for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      expect(Object.fromEntries(statuses)).toEqual({ 200: 1, 409: counted(10_000) - 1 });
      expect(await decided(vend)).toHaveLength(1);
    });

    it('the endpoint proves nobody whom the settings do not name', async () => {
      await settings(withPeople(['k1'], [{ name: 'other', direction: 'in', keys: ['k1'] }]));
      const [secret, others] = [await reveal('itsm'), await reveal('other')];
      const vend = await app.service.submit({ team: TEAM });
      for (const name of [BO, 'eve', 'bo', 'bo.itsm.else']) {
        const body = bodyOf(vend, { person: name });
        expectProblem(await call(body, signed(secret, body)), 403, 'unknown-person');
      }
      // The same words from another endpoint are another person's.
      const body = bodyOf(vend);
      expectProblem(await call(body, signed(others, body), 'other'), 403, 'unknown-person');
      expectProblem(await call(body, signed(secret, body), 'other'), 401, 'bad-signature');
      await settings({
        ...withPeople(['k1']),
        people: [{ subject: BO, identities: [identity('bo.itsm')], suspended: true }],
      });
      expectProblem(await call(body, signed(secret, body)), 403, 'suspended');
      expect(await decided(vend)).toEqual([]);
    });

    it('not for one\u2019s own request, nor with a key that the person who asked was shown', async () => {
      await settings({
        ...withPeople(['k1']),
        people: [
          { subject: BO, identities: [identity('bo.itsm')] },
          { subject: 'ana@example.com', identities: [{ provider: 'token', subject: admin.subject }] },
        ],
      });
      const vend = await app.service.submit({ team: TEAM });
      // The admin who is shown the key is Ana by another name, and Ana asked.
      const secret = await reveal('itsm');
      const body = bodyOf(vend);
      expectProblem(await call(body, signed(secret, body)), 403, 'self-approval');
      expect(await decided(vend)).toEqual([]);
    });

    it('both keys serve while one replaces the other; use of the old one is noted, a revoked one is none', async () => {
      await settings(withPeople(['k1']));
      const old = await reveal('itsm');
      await settings(withPeople(['k1', 'k2']));
      const fresh = await reveal('itsm', 'k2');
      const notes = (await auditOf('WebhookOldKeyUsed')).length;
      const use = async (secret: string) => {
        const vend = await app.service.submit({ team: TEAM });
        const body = bodyOf(vend);
        return (await call(body, signed(secret, body))).status;
      };
      expect(await use(fresh)).toBe(200);
      expect(await auditOf('WebhookOldKeyUsed')).toHaveLength(notes);
      expect([await use(old), await use(old)]).toEqual([200, 200]);
      expect((await auditOf('WebhookOldKeyUsed')).slice(notes)).toMatchObject([
        { data: { endpoint: 'itsm', key: 'k1', newerKey: 'k2' } },
      ]);
      await post('itsm/keys/k1/revoke', admin);
      expect([await use(old), await use(fresh)]).toEqual([401, 200]);
      await settings(withPeople(['k2']));
      expect([await use(old), await use(fresh)]).toEqual([401, 200]);
    });

    it('some hundreds of forged messages decide nothing and use up nothing', async () => {
      await settings(withPeople(['k1']));
      const secret = await reveal('itsm');
      const vend = await app.service.submit({ team: TEAM });
      const body = bodyOf(vend);
      const id = `evt_${randomUUID()}`;
      const headers = signed(secret, body, id);
      for (let n = 0; n < 200; n++) {
        const at = (n * 7) % body.length;
        const changed = `${body.slice(0, at)}${String.fromCharCode(body.charCodeAt(at) ^ (1 << (n % 5)))}${body.slice(at + 1)}`;
        expectProblem(await call(changed, headers), 401, 'bad-signature');
      }
      const late = (minutes: number) => signed(secret, body, id, new Date(Date.now() + minutes * 60_000));
      for (const forged of [
        {},
        { ...headers, 'webhook-signature': '' },
        { ...headers, 'webhook-timestamp': `${headers['webhook-timestamp']}x` },
        late(-6),
        late(6),
        signed(`whsec_${randomBytes(32).toString('base64')}`, body, id),
      ])
        expectProblem(await call(body, forged), 401, 'bad-signature');
      expect(await decided(vend)).toEqual([]);
      expect((await call(body, headers)).status).toBe(200);
    });

    it('a body that says something else, or nothing, is refused', async () => {
      await settings(withPeople(['k1']));
      const secret = await reveal('itsm');
      const vend = await app.service.submit({ team: TEAM });
      const sendSigned = (body: string) => call(body, signed(secret, body));
      expectProblem(await sendSigned('hello'), 400, 'malformed');
      for (const changes of [{ admin: true }, { planDigest: 'x' }, { person: '' }, { comment: 'a\u0000' }])
        expectProblem(await sendSigned(bodyOf(vend, changes)), 422, 'validation');
      const other = { planDigest: `sha256:${'0'.repeat(64)}` };
      expectProblem(await sendSigned(bodyOf(vend, other)), 422, 'plan-differs');
      expectProblem(await sendSigned(bodyOf(vend, { requestId: `req-${randomUUID()}` })), 404, 'not-found');
      expect(await decided(vend)).toEqual([]);
    });

    it('an endpoint that goes out, is of Teams, or is none, is not there; the local chat only in local mode', async () => {
      await settings({
        endpoints: [out(), { name: 'teams-in', direction: 'in', format: 'teams-outgoing', keys: ['k1'] }],
      });
      for (const name of ['siem', 'teams-in', 'none'])
        expectProblem(await call('{}', {}, name), 404, 'not-found');
      expectProblem(await call('{}', {}, 'local-chat'), 401, 'bad-signature');
      const real = await app
        .withoutLocalMode()
        .request('http://127.0.0.1:8080/hooks/webhooks/local-chat', { method: 'POST', body: '{}' });
      expect(real.status).toBe(404);
    });
  });

  describe('Teams', () => {
    const TENANT = 'tenant-1';
    const token = randomBytes(32).toString('base64');
    const activity = (vend: Vend, words = 'approve', changes: object = {}) =>
      JSON.stringify({
        type: 'message',
        id: randomUUID(),
        timestamp: new Date().toISOString(),
        text: `<at>Jetway</at>&nbsp;${words} ${vend.requestId} ${vend.planDigest.slice(7, 19)}\n`,
        from: { id: '29:x', name: 'Adam Admin', aadObjectId: 'bo-object' },
        channelData: { tenant: { id: TENANT } },
        ...changes,
      });
    const hmac = (raw: string, key = token) =>
      `HMAC ${createHmac('sha256', Buffer.from(key, 'base64')).update(raw, 'utf8').digest('base64')}`;
    const say = (raw: string, authorization = hmac(raw)) =>
      app.call('POST', '/hooks/teams', {
        raw,
        headers: { authorization, 'content-type': 'application/json' },
      });
    const setUp = async (
      identities: object[] = [{ provider: 'teams', tenant: TENANT, user: 'bo-object' }],
    ) => {
      await settings({
        endpoints: [{ name: 'teams-in', direction: 'in', format: 'teams-outgoing', keys: ['k1'] }],
        people: [{ subject: BO, identities }],
      });
      expect((await post('teams-in/keys/k1/set', admin, { secret: token })).status).toBe(200);
    };

    it('a person decides in the conversation and is told so there', async () => {
      await setUp();
      const [one, other] = [
        await app.service.submit({ team: TEAM }),
        await app.service.submit({ team: TEAM }),
      ];
      const answer = await say(activity(one));
      expect(answer).toMatchObject({
        status: 200,
        body: {
          type: 'message',
          textFormat: 'plain',
          text: expect.stringContaining(`${BO} approved ${one.requestId}`),
        },
      });
      expect(await decided(one)).toMatchObject([{ decidedBy: BO, via: 'teams', decision: 'approve' }]);
      const reason = { text: `deny ${other.requestId} ${other.planDigest.slice(7)} no budget &amp; no need` };
      expect((await say(activity(other, '', reason))).body.text).toContain('denied');
      expect(await decided(other)).toMatchObject([{ decision: 'deny', comment: 'no budget & no need' }]);
    });

    it('the same message has one effect', async () => {
      await setUp();
      const vend = await app.service.submit({ team: TEAM });
      const raw = activity(vend);
      const answers = await Promise.all(Array.from({ length: 8 }, () => say(raw)));
      const texts = answers.map((a) => a.body.text as string);
      expect(texts.filter((t) => t.includes('approved'))).toHaveLength(1);
      expect(texts.filter((t) => t.includes('received before'))).toHaveLength(7);
      expect(await decided(vend)).toHaveLength(1);
    });

    it('nobody else decides: not by name, not from another tenant, not with another plan', async () => {
      await setUp();
      const vend = await app.service.submit({ team: TEAM });
      const text = async (raw: string) => (await say(raw)).body.text as string;
      for (const changes of [
        { from: { aadObjectId: 'eve', name: 'Bo' } },
        { channelData: { tenant: { id: 'tenant-2' } } },
      ])
        expect(await text(activity(vend, 'approve', changes))).toMatch(/not mapped to a person/);
      const digits = { text: `approve ${vend.requestId} 000000000000` };
      expect(await text(activity(vend, '', digits))).toMatch(/not that of the plan/);
      const foreign = await app.service.submit({ team: unique('team') });
      const wrong = { text: `approve ${foreign.requestId} 000000000000` };
      const absent = { text: `approve req-${randomUUID()} 000000000000` };
      expect(await text(activity(vend, '', wrong))).toBe(await text(activity(vend, '', absent)));
      expect(await text(activity(vend, 'please approve'))).toMatch(/^Write: approve/);
      expect(await decided(vend)).toEqual([]);
    });

    it('some hundreds of forged messages decide nothing', async () => {
      await setUp();
      const vend = await app.service.submit({ team: TEAM });
      const raw = activity(vend);
      const authorization = hmac(raw);
      for (let n = 0; n < 100; n++) {
        const at = (n * 11) % raw.length;
        const changed = `${raw.slice(0, at)}${String.fromCharCode(raw.charCodeAt(at) ^ (1 << (n % 5)))}${raw.slice(at + 1)}`;
        expectProblem(await say(changed, authorization), 401, 'bad-signature');
      }
      for (const forged of [
        '',
        'HMAC x',
        hmac(raw, randomBytes(32).toString('base64')),
        authorization.slice(5),
      ])
        expectProblem(await say(raw, forged), 401, 'bad-signature');
      for (const minutes of [-6, 6]) {
        const at = { timestamp: new Date(Date.now() + minutes * 60_000).toISOString() };
        expectProblem(await say(activity(vend, 'approve', at)), 401, 'bad-signature');
      }
      await post('teams-in/keys/k1/revoke', admin);
      expectProblem(await say(raw, authorization), 401, 'bad-signature');
      expect(await decided(vend)).toEqual([]);
    });

    it('whoever set the key does not decide what they asked for', async () => {
      await setUp();
      const vend = await app.service.submit({ team: TEAM });
      await app.service.orm
        .update(webhookKeys)
        .set({ holder: 'ana@example.com' })
        .where(and(eq(webhookKeys.endpoint, 'teams-in'), like(webhookKeys.use, 'in:%')));
      expect((await say(activity(vend))).body.text).toMatch(/holds the key/);
      expect(await decided(vend)).toEqual([]);
    });
  });
});

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decisions, webhookNonces } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, newBody, openApp } from '../../test/support/http.ts';
import { person, unique, type Vend } from '../../test/support/service.ts';
import { chatKey, EXAMPLE_APPROVER, LOCAL_CHAT, signClick } from './hooks.routes.ts';

describe.each(databases)('chat callbacks on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    app.comeFrom('127.0.0.1');
    await app.service.reset();
  });

  describe('a click in chat', () => {
    const MINUTE = 60_000;
    const clickOf = (vend: Vend, changes: object = {}) =>
      JSON.stringify({
        requestId: vend.requestId,
        decision: 'approve',
        planDigest: vend.planDigest,
        person: EXAMPLE_APPROVER,
        ...changes,
      });
    const signed = (
      body: string,
      at = Date.now(),
      id = `click-${randomUUID()}`,
      withKey = chatKey(app.service),
    ) => signClick(withKey, id, new Date(at), body);
    const click = (body: string, headers: Record<string, string>, endpoint = LOCAL_CHAT) =>
      app.call('POST', `/hooks/webhooks/${endpoint}`, { raw: body, headers });
    const undecided = async (vend: Vend) =>
      (await app.service.orm.select().from(decisions).where(eq(decisions.requestId, vend.requestId)))
        .length === 0;

    it('with a good signature decides, once', async () => {
      const vend = await app.service.submit();
      const body = clickOf(vend);
      const headers = signed(body);
      expect(await click(body, headers)).toMatchObject({
        status: 200,
        body: { requestId: vend.requestId, decision: 'approve' },
      });
      expectProblem(await click(body, headers), 409, 'replayed');
      expectProblem(await click(body, signed(body)), 409, 'already-decided');
    });

    it('within five minutes on both sides of our clock is good', async () => {
      for (const minutes of [-4, 4]) {
        const body = clickOf(await app.service.submit());
        expect((await click(body, signed(body, Date.now() + minutes * MINUTE))).status).toBe(200);
      }
    });

    it.each<[string, (vend: Vend) => [string, Record<string, string>]]>([
      ['a body that was changed', (v) => [clickOf(v, { comment: 'x' }), signed(clickOf(v))]],
      ['a body with one space more', (v) => [`${clickOf(v)} `, signed(clickOf(v))]],
      ['another id', (v) => [clickOf(v), { ...signed(clickOf(v)), 'webhook-id': 'else' }]],
      [
        'another time',
        (v) => [
          clickOf(v),
          { ...signed(clickOf(v)), 'webhook-timestamp': String(Math.floor(Date.now() / 1000) + 7) },
        ],
      ],
      ['six minutes ago', (v) => [clickOf(v), signed(clickOf(v), Date.now() - 6 * MINUTE)]],
      ['six minutes ahead', (v) => [clickOf(v), signed(clickOf(v), Date.now() + 6 * MINUTE)]],
      [
        'another key',
        (v) => [clickOf(v), signed(clickOf(v), Date.now(), 'x', Buffer.alloc(32).toString('base64'))],
      ],
      ['no signature', (v) => [clickOf(v), { 'content-type': 'application/json' }]],
      ['an empty signature', (v) => [clickOf(v), { ...signed(clickOf(v)), 'webhook-signature': '' }]],
      ['a time that is none', (v) => [clickOf(v), { ...signed(clickOf(v)), 'webhook-timestamp': 'NaN' }]],
    ])('with %s is refused and leaves nothing', async (_what, forge) => {
      const vend = await app.service.submit();
      const before = (await app.service.orm.select().from(webhookNonces)).length;
      expectProblem(await click(...forge(vend)), 401, 'bad-signature');
      expect(await undecided(vend)).toBe(true);
      expect((await app.service.orm.select().from(webhookNonces)).length).toBe(before);
      // A failed one never locks out the real one.
      const body = clickOf(vend);
      expect((await click(body, signed(body))).status).toBe(200);
    });

    it('of a person whom nobody knows, or of nobody, decides nothing', async () => {
      const vend = await app.service.submit();
      for (const who of ['eve@example.com', 'APPROVER@example.com', `${EXAMPLE_APPROVER} `]) {
        const body = clickOf(vend, { person: who });
        expectProblem(await click(body, signed(body)), 403, 'unknown-person');
      }
      for (const body of [
        clickOf(vend, { person: '' }),
        clickOf(vend, { admin: true }),
        clickOf(vend, { planDigest: 'x' }),
        clickOf(vend, { comment: 'a\u0000' }),
      ]) {
        expectProblem(await click(body, signed(body)), 422, 'validation');
      }
      expectProblem(await click('hello', signed('hello')), 400, 'malformed');
      expect(await undecided(vend)).toBe(true);
    });

    it('on a plan that is another, a request that is none, an endpoint that is none', async () => {
      const vend = await app.service.submit();
      const other = clickOf(vend, { planDigest: `sha256:${'0'.repeat(64)}` });
      expectProblem(await click(other, signed(other)), 422, 'plan-differs');
      const none = clickOf(vend, { requestId: `req-${randomUUID()}` });
      expectProblem(await click(none, signed(none)), 404, 'not-found');
      const body = clickOf(vend);
      expectProblem(await click(body, signed(body), 'else'), 404, 'not-found');
    });

    it('of the example approver on her own request is a self-approval', async () => {
      const team = unique('team');
      const own = await app.call('POST', '/v1/account-requests', {
        who: person(team, ['requester'], EXAMPLE_APPROVER),
        body: newBody(team),
      });
      const body = clickOf({ requestId: own.body.id, planDigest: own.body.plan.digest } as Vend);
      expectProblem(await click(body, signed(body)), 403, 'self-approval');
    });

    it('that is sent eight times at once has one effect', async () => {
      const vend = await app.service.submit();
      const body = clickOf(vend);
      const headers = signed(body);
      const statuses = (await Promise.all(Array.from({ length: 8 }, () => click(body, headers)))).map(
        (a) => a.status,
      );
      expect(statuses.sort()).toEqual([200, 409, 409, 409, 409, 409, 409, 409]);
    });
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, HOST, openApp } from '../../test/support/http.ts';
import { localChat } from './local-chat.pg.ts';

describe.each(databases)('the local mode on $name', ({ open }) => {
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

  describe('the routes of the local mode', () => {
    it('give a token that works', async () => {
      const { body, status } = await app.call('POST', '/dev/tokens', {
        body: { subject: 'ana@example.com', teams: ['x'], roles: ['auditor'] },
      });
      expect(status).toBe(200);
      expect(
        (await app.call('GET', '/v1/ledger/verify', { headers: { authorization: `Bearer ${body.token}` } }))
          .status,
      ).toBe(200);
      for (const wrong of [
        {},
        { subject: '' },
        { subject: 'x', roles: ['root'] },
        { subject: 'x', admin: true },
      ]) {
        expectProblem(await app.call('POST', '/dev/tokens', { body: wrong }), 422);
      }
      expectProblem(await app.call('POST', '/dev/tokens', { raw: '{' }), 400);
    });

    it('set a cookie that scripts cannot read and other sites do not send', async () => {
      const answer = await app.call('POST', '/dev/sessions', {
        body: { subject: 'ana@example.com', teams: ['x'], roles: ['auditor'] },
      });
      expect(answer.status).toBe(201);
      const cookie = answer.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/HttpOnly/);
      expect(cookie).toMatch(/SameSite=Strict/);
      const home = await app.call('GET', '/', { headers: { cookie: cookie.split(';')[0] ?? '' } });
      expect(home.status).toBe(200);
      expect(home.text).toContain('<main');
      expect(home.text).toContain('href="/dev/chat"');
      // The cookie is for the dashboard: the API takes tokens only.
      expectProblem(
        await app.call('GET', '/v1/account-requests', { headers: { cookie: cookie.split(';')[0] ?? '' } }),
        401,
      );
    });

    it.each(['10.0.0.5', '203.0.113.9', '::ffff:10.0.0.5', '2001:db8::1', '127.evil', '', undefined])(
      'refuse the peer %s',
      async (address) => {
        app.comeFrom(address);
        for (const [method, path] of [
          ['POST', '/dev/tokens'],
          ['POST', '/dev/sessions'],
          ['GET', '/dev/chat/messages'],
          ['GET', '/dev/chat'],
        ] as const) {
          expectProblem(
            await app.call(method, path, method === 'POST' ? { body: { subject: 'x' } } : {}),
            403,
            'loopback-only',
          );
        }
      },
    );

    it.each([
      'evil.example',
      'evil.example:8080',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '10.0.0.5:8080',
      '',
    ])('refuse the host %s', async (host) => {
      expectProblem(
        await app.call('POST', '/dev/tokens', { body: { subject: 'x' }, headers: { host } }),
        403,
        'loopback-only',
      );
    });

    it.each(['::1', '127.0.0.1', '127.8.9.1', '::ffff:127.0.0.1'])('answer the peer %s', async (address) => {
      app.comeFrom(address);
      for (const host of ['localhost:8080', '127.0.0.1', '[::1]:8080']) {
        expect((await app.call('GET', '/dev/chat/messages', { headers: { host } })).status).toBe(200);
      }
    });

    it.each(['https://evil.example', 'null', 'http://127.0.0.1:9999'])(
      'refuse a page of %s',
      async (origin) => {
        expectProblem(
          await app.call('POST', '/dev/sessions', { body: { subject: 'x' }, headers: { origin } }),
          403,
          'foreign-origin',
        );
      },
    );

    it('show messages whose ready clicks are good', async () => {
      const vend = await app.service.submit();
      await localChat(app.service.orm, app.service.assets.catalogue).show(vend.requestId, new Date());
      const { body } = await app.call('GET', '/dev/chat/messages');
      const message = body.items.find((m: { requestId: string }) => m.requestId === vend.requestId);
      expect(message).toMatchObject({ planDigest: vend.planDigest, channel: `#approvals-${vend.team}` });
      const deny = message.actions.find((a: { decision: string }) => a.decision === 'deny');
      const answer = await app.call('POST', new URL(deny.url).pathname, {
        raw: deny.body,
        headers: deny.headers,
      });
      expect(answer).toMatchObject({ status: 200, body: { decision: 'deny' } });
    });

    it('sign what was typed in the page, for the example approver alone', async () => {
      const { requestId, planDigest } = await app.service.submit();
      const asked = { requestId, planDigest, decision: 'deny', comment: 'no budget' };
      const signed = await app.call('POST', '/dev/chat/callbacks', { body: asked });
      expect(JSON.parse(signed.body.body)).toEqual({ ...asked, person: 'approver@example.com' });
      const { url, body, headers } = signed.body;
      expect(await app.call('POST', url, { raw: body, headers })).toMatchObject({ status: 200 });
      for (const wrong of [{ ...asked, person: 'eve' }, { ...asked, decision: 'maybe' }, {}])
        expectProblem(await app.call('POST', '/dev/chat/callbacks', { body: wrong }), 422);
      app.comeFrom('10.0.0.5');
      expectProblem(await app.call('POST', '/dev/chat/callbacks', { body: asked }), 403, 'loopback-only');
    });

    it('are not there when AWS is real', async () => {
      const real = app.withoutLocalMode();
      for (const path of ['/dev/tokens', '/dev/sessions']) {
        const response = await real.request(`http://${HOST}${path}`, {
          method: 'POST',
          body: '{"subject":"x"}',
          headers: { host: HOST },
        });
        expect(response.status).toBe(404);
      }
    });
  });
});

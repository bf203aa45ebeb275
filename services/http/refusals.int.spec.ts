import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, HOST, newBody, openApp } from '../../test/support/http.ts';
import { person, unique } from '../../test/support/service.ts';
import { issueLocalToken } from '../access/token.ts';
import { LOCAL_CHAT } from '../chat/hooks.routes.ts';

describe.each(databases)('refusals over HTTP on $name', ({ open }) => {
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
  const requester = (team: string) => person(team, ['requester']);

  describe('a refusal', () => {
    it('401 for no token, a bad one, and any other scheme', async () => {
      const token = await issueLocalToken(app.key, requester('x'), Date.now());
      const foreign = await issueLocalToken(new Uint8Array(32), requester('x'), Date.now());
      const expired = await issueLocalToken(app.key, requester('x'), Date.now() - 13 * 3_600_000);
      for (const authorization of [
        '',
        'Bearer',
        'Bearer ',
        `Basic ${token}`,
        token,
        `Bearer ${token} x`,
        `Bearer ${foreign}`,
        `Bearer ${expired}`,
        'Bearer a.b.c',
      ]) {
        const answer = await app.call('GET', '/v1/account-requests', { headers: { authorization } });
        expectProblem(answer, 401);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
    });

    it('403 for another team and for acts that the role does not have', async () => {
      const team = unique('team');
      const body = newBody(team);
      expectProblem(
        await app.call('POST', '/v1/account-requests', { who: person('other', ['requester']), body }),
        403,
        'not-your-team',
      );
      expectProblem(
        await app.call('POST', '/v1/account-requests', { who: person(team, ['operator', 'admin']), body }),
        403,
        'not-your-team',
      );
      for (const path of ['/v1/ledger/facts', '/v1/ledger/verify']) {
        expectProblem(
          await app.call('GET', path, { who: person(team, ['requester', 'approver', 'admin']) }),
          403,
          'not-an-auditor',
        );
      }
      expectProblem(
        await app.call('POST', '/v1/reconciliations', { who: person(team, ['auditor']) }),
        403,
        'not-an-operator',
      );
    });

    it('404 the same for what is absent and what is foreign, on every path of a request', async () => {
      const vend = await app.service.submit();
      const stranger = person(unique('other'), ['requester', 'approver']);
      const act = { decision: 'approve', planDigest: vend.planDigest };
      const absentId = `req-${randomUUID()}`;
      for (const [method, path, body] of [
        ['GET', ''],
        ['GET', '/plan'],
        ['GET', '/timeline'],
        ['GET', '/events'],
        ['POST', '/decisions', act],
        ['POST', '/cancel'],
        ['POST', '/resume'],
      ] as const) {
        const [foreign, absent] = await Promise.all(
          [vend.requestId, absentId].map((id) =>
            app.call(method, `/v1/account-requests/${id}${path}`, { who: stranger, body }),
          ),
        );
        expectProblem(foreign!, 404, 'not-found');
        expect({ ...foreign?.body, instance: '' }).toEqual({ ...absent?.body, instance: '' });
      }
      expectProblem(await app.call('GET', '/nothing/here'), 404, 'no-route');
    });

    it('400 for what is not JSON, whatever it calls itself', async () => {
      const headers = { 'content-type': 'application/json' };
      for (const raw of ['{', '{"account":', 'hello', "{'a':1}", '{"a":1}}']) {
        expectProblem(
          await app.call('POST', '/v1/account-requests', { who: requester('x'), raw, headers }),
          400,
          'malformed',
        );
      }
    });

    it('422 with the pointer of each field, unknown fields too', async () => {
      const team = unique('team');
      const body = newBody(team);
      const pointersOf = async (wrong: unknown) => {
        const answer = await app.send(team, wrong);
        expectProblem(answer, 422, 'validation');
        return answer.body.errors.map((e: { pointer: string }) => e.pointer);
      };
      expect(await pointersOf({ ...body, admin: true, account: { ...body.account, arn: 'x' } })).toEqual([
        '/account/arn',
        '/admin',
      ]);
      expect(await pointersOf({ ...body, account: { ...body.account, email: 'nobody' } })).toContain(
        '/account/email',
      );
      expect(await pointersOf({})).toEqual(['/account', '/team', '/owner', '/justification']);
      expect(await pointersOf({ ...body, guardrails: ['AWS-GR_NOTHING'] })).toEqual(['/guardrails/0']);
      expect(
        await pointersOf({
          ...body,
          account: { ...body.account, organizationalUnitId: 'ou-ab12-security1' },
        }),
      ).toEqual(['/account/organizationalUnitId']);
      expectProblem(await app.call('POST', '/v1/account-requests', { who: requester(team) }), 422);
      const text = {
        who: requester(team),
        raw: JSON.stringify(body),
        headers: { 'content-type': 'text/plain' },
      };
      expectProblem(await app.call('POST', '/v1/account-requests', text), 415, 'media-type');
    });

    it.each([
      ['NUL', 'a\u0000b'],
      ['half a surrogate pair', 'a\ud800b'],
    ])('422 for text that no database can hold: %s', async (_what, text) => {
      const team = unique('team');
      for (const body of [
        newBody(team, { justification: text }),
        newBody(team, { blueprint: { name: 'standard', parameters: { [text]: 1 } } }),
        newBody(team, { guardrails: [{ id: 'AWS-GR_ENCRYPTED_VOLUMES', parameters: { x: text } }] }),
      ]) {
        expectProblem(await app.send(team, body), 422, 'validation');
      }
      expectProblem(await app.call('POST', '/dev/tokens', { body: { subject: text } }), 422, 'validation');
    });

    it.each(['%00', 'x'.repeat(200), "'; drop table facts --", '../../etc/passwd', '%E2%80%AE', '%ff'])(
      '4xx, never 5xx, for the id and the filter %s',
      async (id) => {
        const who = person('x', ['operator']);
        for (const path of [
          `/v1/account-requests/${id}`,
          `/v1/accounts/${id}`,
          `/v1/account-requests?status=${id}`,
          `/v1/accounts?q=${id}`,
          `/v1/account-requests?cursor=${id}`,
          `/v1/ledger/facts?after=${id}`,
        ]) {
          expect((await app.call('GET', path, { who })).status).toBeLessThan(500);
        }
      },
    );

    it('422 for unknown and impossible query parameters', async () => {
      const who = person('x', ['operator']);
      for (const query of ['limit=0', 'limit=101', 'limit=x', 'limti=5', 'cursor=x']) {
        expectProblem(await app.call('GET', `/v1/account-requests?${query}`, { who }), 422);
      }
      expectProblem(
        await app.call('POST', '/v1/account-requests?dryRun=yes', {
          who: requester('x'),
          body: newBody('x'),
        }),
        422,
      );
    });

    it('413 for more than 64 KiB, with and without a length', async () => {
      const big = JSON.stringify({ justification: 'x'.repeat(70_000) });
      const headers = { 'content-type': 'application/json' };
      expectProblem(
        await app.call('POST', '/v1/account-requests', {
          who: requester('x'),
          raw: big,
          headers: { ...headers, 'content-length': String(big.length) },
        }),
        413,
        'too-large',
      );
      const stream = new ReadableStream({
        start(controller) {
          for (let at = 0; at < big.length; at += 8_192)
            controller.enqueue(new TextEncoder().encode(big.slice(at, at + 8_192)));
          controller.close();
        },
      });
      const response = await app.app.request(
        new Request(`http://${HOST}/v1/account-requests`, {
          method: 'POST',
          headers: {
            ...headers,
            authorization: `Bearer ${await issueLocalToken(app.key, requester('x'), Date.now())}`,
          },
          body: stream,
          duplex: 'half',
        } as RequestInit),
      );
      expect(response.status).toBe(413);
      expectProblem(
        await app.call('POST', `/hooks/webhooks/${LOCAL_CHAT}`, {
          raw: big,
          headers: { ...headers, 'content-length': String(big.length) },
        }),
        413,
      );
    });
  });
});

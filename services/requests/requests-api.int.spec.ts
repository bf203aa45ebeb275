import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, newBody, openApp } from '../../test/support/http.ts';
import { factOf, person, unique } from '../../test/support/service.ts';
import type { Principal } from '../access/principal.ts';

describe.each(databases)('requests over HTTP on $name', ({ open }) => {
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

  describe('asking for an account', () => {
    it('answers 202 with the request and where it is', async () => {
      const team = unique('team');
      const answer = await app.send(team, newBody(team));
      expect(answer.status).toBe(202);
      expect(answer.headers.get('location')).toBe(`/v1/account-requests/${answer.body.id}`);
      expect(answer.body).toMatchObject({
        status: 'PLANNED',
        team,
        requestedBy: 'ana@example.com',
        plan: { digest: expect.stringMatching(/^sha256:/) },
      });
      const self = await app.call('GET', answer.body.links.self, { who: requester(team) });
      expect(self).toMatchObject({ status: 200, body: answer.body });
      const plan = await app.call('GET', answer.body.links.plan, { who: requester(team) });
      expect(plan.body).toMatchObject({ digest: answer.body.plan.digest, requestId: answer.body.id });
      const timeline = await app.call('GET', answer.body.links.timeline, { who: requester(team) });
      expect(timeline.body.items.map((i: { type: string }) => i.type)).toEqual([
        'AccountRequested',
        'AccountPlanned',
      ]);
    });

    it('with the same key and body answers the same again; with another body it is refused', async () => {
      const team = unique('team');
      const body = newBody(team);
      const idempotency = { 'idempotency-key': randomUUID() };
      const first = await app.send(team, body, idempotency);
      const again = await app.send(team, body, idempotency);
      expect(again).toMatchObject({ status: 202, body: { id: first.body.id } });
      expectProblem(
        await app.send(team, { ...body, justification: 'else' }, idempotency),
        422,
        'idempotency-key-reused',
      );
      expectProblem(await app.send(team, body, { 'idempotency-key': 'x'.repeat(256) }), 422);
    });

    it('as a dry run gives the plan and writes nothing', async () => {
      const team = unique('team');
      const count = async () =>
        JSON.stringify(
          await Promise.all(
            ['facts', 'account_requests', 'outbox', 'email_holds', 'cidr_holds']
              .map(
                async (t) =>
                  (await app.service.orm.execute(
                    sql`select count(*)::int as n from ${sql.identifier(t)}`,
                  )) as unknown as { rows: { n: number }[] },
              )
              .map(async (r) => (await r).rows[0]?.n),
          ),
        );
      const before = await count();
      const answer = await app.call('POST', '/v1/account-requests?dryRun=true', {
        who: requester(team),
        body: newBody(team),
      });
      expect(answer).toMatchObject({ status: 200, body: { digest: expect.any(String), warnings: [] } });
      expect(await count()).toBe(before);
      const bad = newBody(team, { guardrails: ['AWS-GR_NOTHING'] });
      expectProblem(
        await app.call('POST', '/v1/account-requests?dryRun=true', { who: requester(team), body: bad }),
        422,
      );
    });
  });

  describe('what a team sees', () => {
    it('is its own: requests, accounts, findings', async () => {
      const [mine, theirs] = [await app.service.submit(), await app.service.submit()];
      for (const [i, vend] of [mine, theirs].entries()) {
        const accountId = `${77770000000 + Math.floor(Math.random() * 1e10)}${i}`
          .padStart(12, '1')
          .slice(-12);
        await app.service.receive(factOf(vend, 'AccountProvisioned', 6, { accountId, data: {} }));
      }
      const list = async (who: Principal, path: string) => (await app.call('GET', path, { who })).body;
      const me = requester(mine.team);
      expect((await list(me, '/v1/account-requests')).items.map((r: { id: string }) => r.id)).toEqual([
        mine.requestId,
      ]);
      const own = (await list(me, '/v1/accounts')).items;
      expect(own.map((a: { requestId: string }) => a.requestId)).toEqual([mine.requestId]);
      expect(await list(me, '/v1/compliance/summary')).toMatchObject({ accounts: { total: 1 } });
      const all = (await list(person('x', ['auditor']), '/v1/accounts')).items;
      const foreign = all.find((a: { requestId: string }) => a.requestId === theirs.requestId).accountId;
      for (const path of ['', '/timeline', '/compliance']) {
        expectProblem(await app.call('GET', `/v1/accounts/${foreign}${path}`, { who: me }), 404, 'not-found');
        expect((await app.call('GET', `/v1/accounts/${own[0].accountId}${path}`, { who: me })).status).toBe(
          200,
        );
      }
    });

    it('includes the catalogues', async () => {
      const who = requester('x');
      const [units, guardrails, blueprints] = await Promise.all(
        [
          '/v1/organizational-units',
          '/v1/guardrails?behavior=preventive&guidance=mandatory',
          '/v1/blueprints',
        ].map((path) => app.call('GET', path, { who })),
      );
      expect(units?.body.items).toContainEqual({
        id: 'ou-ab12-workloads',
        name: 'Workloads',
        path: 'Workloads',
        requestable: true,
        approval: 'one',
      });
      expect(guardrails?.body.items[0]).toMatchObject({
        guidance: 'mandatory',
        behavior: 'preventive',
        implementation: 'SCP',
      });
      expect(
        guardrails?.body.items.find((g: { id: string }) => g.id === 'AWS-GR_CLOUDTRAIL_ENABLED').enabledOn,
      ).toContainEqual({ target: 'ou-ab12-workloads', status: 'SUCCEEDED' });
      expect(blueprints?.body.items.map((b: { name: string }) => b.name)).toContain('standard');
    });

    it('of the guardrails goes page by page, and one by one', async () => {
      const who = requester('x');
      const get = (path: string) => app.call('GET', `/v1/guardrails${path}`, { who });
      expect((await get('')).body).toMatchObject({ items: { length: 264 + 163 + 1 }, nextCursor: null });
      const ids: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body } = await get(`?implementation=SCP&limit=20${cursor && `&cursor=${cursor}`}`);
        ids.push(...body.items.map((g: { id: string }) => g.id));
        cursor = body.nextCursor as string | null;
      }
      expect([ids.length, new Set(ids).size]).toEqual([57, 57]);
      const onUnit = await get('?enabledOn=ou-ab12-workloads&limit=1');
      expect(onUnit.body.items).toHaveLength(1);
      expectProblem(await get('?cursor=nothing'), 422, 'cursor');
      expectProblem(await get('?severity=high'), 422, 'validation');
      expectProblem(await get('/AWS-GR_NOTHING'), 404, 'not-found');
      expect((await get('/AWS-GR_ENCRYPTED_VOLUMES')).body).toMatchObject({
        attachableTo: ['account', 'organizational-unit'],
        configRule: { sourceIdentifier: 'ENCRYPTED_VOLUMES' },
      });
    });

    it('of the ledger is everything, for auditors', async () => {
      const who = person('x', ['auditor']);
      await app.service.submit();
      expect((await app.call('GET', '/v1/ledger/verify', { who })).body).toMatchObject({ ok: true });
      const page = await app.call('GET', '/v1/ledger/facts?limit=1', { who });
      expect(page.body).toMatchObject({
        items: [{ seq: 1, type: expect.any(String) }],
        nextCursor: expect.any(String),
      });
      const next = await app.call('GET', `/v1/ledger/facts?limit=1&after=${page.body.nextCursor}`, { who });
      expect(next.body.items[0].seq).toBe(2);
    });
  });
});

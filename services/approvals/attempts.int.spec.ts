import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outbox } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { askOf, NO_ALERTS, person, silent } from '../../test/support/service.ts';
import { receive } from '../inbox/inbox.pg.ts';
import { factsAfter } from '../ledger/ledger.pg.ts';
import { verifyLedger } from '../ledger/verify.pg.ts';
import { delivery } from '../outbox/deliver.pg.ts';
import { relayOnce } from '../outbox/relay.task.ts';
import { decide } from './approvals.pg.ts';
import { recordRefusedHook, recordRefusedMinutes } from './attempts.pg.ts';
import { cancel } from './cancel.pg.ts';
import { KeyUnavailable } from './signer.port.ts';

describe.each(databases)('what somebody tried on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => app.service.reset());
  const attempts = async () =>
    (await factsAfter(app.service.orm, {}, 10_000)).filter((f) => f.type === 'ApprovalAttempted');
  const auditor = person('audit', ['auditor'], 'audra@example.com');
  const read = (query: string, headers: Record<string, string> = {}) =>
    app.call('GET', `/v1/approvals/attempts${query}`, { who: auditor, headers });

  it('is in the ledger, allowed or refused, with reason and without what they wrote', async () => {
    const { service } = app;
    const vend = await service.submit();
    const before = (await attempts()).length;
    const { requestId, planDigest } = vend;
    const comment = 'a secret that nobody needs';
    const tryAs = (subject: string, via: 'api' | 'slack') =>
      decide(service.deps, person(vend.team, ['approver'], subject), {
        requestId,
        planDigest,
        decision: 'approve',
        comment,
        via,
      }).catch(() => undefined);
    await tryAs('ana@example.com', 'slack');
    await tryAs('ben@example.com', 'api');
    await tryAs('cem@example.com', 'api');
    await cancel(service.deps, person(vend.team, ['approver'], 'ben@example.com'), requestId).catch(() => {});
    await service.receive(askOf(vend, 'confirm-approval', 3));
    const made = (await attempts()).slice(before);
    expect(made.map((f) => [f.actor, f.data.act, f.data.via, f.data.outcome, f.data.reason])).toEqual([
      ['ana@example.com', 'decide', 'slack', 'refused', 'self-approval'],
      ['ben@example.com', 'decide', 'api', 'allowed', null],
      ['cem@example.com', 'decide', 'api', 'refused', 'already-decided'],
      ['ben@example.com', 'cancel', 'api', 'refused', 'not-yours'],
      ['workflow', 'confirm', 'workflow', 'allowed', null],
    ]);
    for (const { data } of made) expect(data).toMatchObject({ requestId });
    expect(JSON.stringify(made)).not.toContain(comment);
    // A request is what was done to it, not what was tried.
    expect(await service.types(vend)).not.toContain('ApprovalAttempted');
    expect(await verifyLedger(service.orm)).toMatchObject({ ok: true });
  });

  it('with a bad signature is counted, and one fact for each endpoint and minute', async () => {
    const { service } = app;
    const before = (await attempts()).length;
    service.clock.advance(60_000 - (service.clock.now().getTime() % 60_000));
    for (let i = 0; i < 20; i++)
      await recordRefusedHook(service, { endpoint: 'slack', reason: i % 2 ? 'bad-signature' : 'replayed' });
    await recordRefusedHook(service, { endpoint: 'teams', reason: 'bad-signature' });
    await recordRefusedMinutes(service);
    expect(await attempts()).toHaveLength(before);
    service.clock.advance(60_000);
    await recordRefusedHook(service, { endpoint: 'slack', reason: 'bad-signature' });
    service.clock.advance(60_000);
    await Promise.all([recordRefusedMinutes(service), recordRefusedMinutes(service)]);
    const counted = (await attempts()).slice(before).map(({ data }) => [data.via, data.count, data.reasons]);
    expect(counted.slice(0, 2).sort()).toEqual([
      ['slack', 20, { replayed: 10, 'bad-signature': 10 }],
      ['teams', 1, { 'bad-signature': 1 }],
    ]);
    expect(counted.slice(2)).toEqual([['slack', 1, { 'bad-signature': 1 }]]);
  });

  it('is read page by page, by time, by auditors alone', async () => {
    for (const role of ['requester', 'approver', 'operator', 'admin'] as const)
      expectProblem(
        await app.call('GET', '/v1/approvals/attempts', { who: person('x', [role]) }),
        403,
        'not-an-auditor',
      );
    const all = (await read('?limit=100')).body.items as { seq: number; at: string }[];
    expect(all.length).toBeGreaterThan(5);
    const first = await read('?limit=2');
    expect(first.body.items).toEqual(all.slice(0, 2));
    const second = await read(`?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items).toEqual(all.slice(2, 4));
    const from = encodeURIComponent(all[2]!.at);
    expect((await read(`?limit=100&from=${from}`)).body.items).toEqual(all.filter((a) => a.at >= all[2]!.at));
    expect((await read(`?limit=100&to=${from}`)).body.items).toEqual(all.filter((a) => a.at < all[2]!.at));
    expectProblem(await read('?cursor=x'), 422, 'cursor');
    expectProblem(await read('?from=yesterday'), 422, 'validation');
  });

  it('is exported whole, as a table that runs nothing', async () => {
    const { service } = app;
    const vend = await service.submit();
    const subject = '=HYPERLINK("http://evil.example","x")';
    await decide(service.deps, person('other', ['approver'], subject), {
      requestId: vend.requestId,
      planDigest: vend.planDigest,
      decision: 'approve',
      via: 'api',
    }).catch(() => undefined);
    const csv = await read('?format=csv');
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
    const lines = csv.text.trimEnd().split('\r\n');
    expect(lines).toHaveLength((await attempts()).length + 1);
    expect(lines.at(-1)).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")",decide,refused,not-found`);
    expect((await read('', { accept: 'text/csv' })).text).toBe(csv.text);
  });

  describe('while the key does not answer', () => {
    const away = {
      sign: () => Promise.reject(new KeyUnavailable('away')),
      verify: () => Promise.reject(new KeyUnavailable('away')),
    };

    it('nothing is decided, and one may try again', async () => {
      const { service } = app;
      const vend = await service.submit();
      const command = {
        requestId: vend.requestId,
        planDigest: vend.planDigest,
        decision: 'approve',
        via: 'api',
      } as const;
      const ben = person(vend.team, ['approver'], 'ben@example.com');
      await expect(decide({ ...service.deps, signer: away }, ben, command)).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'approvals-key',
      });
      expect(await decide(service.deps, ben, command)).toMatchObject({ outcome: 'approved' });
    });

    it('the confirmation waits and is given later, never refused', async () => {
      const { service } = app;
      const vend = await service.submit();
      await service.decide(vend);
      await receive({ ...service.deps, signer: away }, [askOf(vend, 'confirm-approval', 3)]);
      expect(await service.answer(vend, 3)).toBeUndefined();
      const channel = { show: async () => {}, remind: async () => {} };
      const deliver = (signer: typeof away) =>
        delivery({
          ...service.deps,
          signer,
          courier: {} as never,
          channel: channel as never,
          alerts: NO_ALERTS,
          workClick: async () => {},
        });
      await service.orm.delete(outbox).where(eq(outbox.kind, 'put-event'));
      await relayOnce(service.orm, service.clock, silent, deliver(away));
      expect(await service.answer(vend, 3)).toBeUndefined();
      service.clock.advance(600_000);
      await relayOnce(service.orm, service.clock, silent, deliver(service.deps.signer as typeof away));
      expect(await service.answer(vend, 3)).toEqual({ outcome: 'confirmed' });
    });

    it('a database that does not answer has the question come again; anything else that breaks is a no', async () => {
      const { service } = app;
      const lost = Object.assign(new Error('lost'), { code: 'ECONNRESET' });
      const broken = (error: Error) => ({
        ...service.deps,
        signer: { ...service.deps.signer, verify: () => Promise.reject(error) },
      });
      const vend = await service.submit();
      await service.decide(vend);
      const ask = askOf(vend, 'confirm-approval', 3);
      await expect(receive(broken(lost), [ask])).rejects.toThrow('lost');
      await service.receive(ask);
      expect(await service.answer(vend, 3)).toEqual({ outcome: 'confirmed' });

      const other = await service.submit();
      await service.decide(other);
      await receive(broken(new TypeError('a mistake of ours')), [askOf(other, 'confirm-approval', 3)]);
      expect(await service.answer(other, 3)).toMatchObject({
        outcome: 'refused',
        code: 'approval-unverifiable',
      });
    });
  });
});

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { settingsVersions } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type Answer, type App, expectProblem, openApp } from '../../test/support/http.ts';
import { asOwner } from '../../test/support/owner.ts';
import { askOf, person } from '../../test/support/service.ts';
import type { Principal, Role } from '../access/principal.ts';
import { digestOf } from '../kernel/canonical-json.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';
import { DEFAULT_SETTINGS } from './defaults.ts';

const PATH = '/v1/settings/changes';
const [WHOLE, ONE] = DEFAULT_SETTINGS.policies;
const twoApprovers = [WHOLE, { ...ONE, stages: [{ ...ONE?.stages[0], quorum: 2 }] }];
const TWO = { set: { policies: twoApprovers }, reason: 'Four eyes are six' };

describe.each(databases)('settings on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await app.service.reset();
    // The service itself may not.
    await asOwner(app.service.orm, (owner) => owner.delete(settingsVersions));
  });

  const who = (roles: Role[], subject: string, team = 'platform') => person(team, roles, subject);
  const ada = who(['admin'], 'ada@example.com');
  const ben = who(['approver'], 'ben@example.com');
  const ask = (body: unknown = TWO, version = 0, more: Parameters<App['call']>[2] = {}, path = PATH) =>
    app.call('POST', path, {
      who: ada,
      body,
      ...more,
      headers: { 'if-match': `"${version}"`, ...more.headers },
    });
  const decide = (made: { id: string; plan: { digest: string } }, by: Principal, decision = 'approve') =>
    app.call('POST', `/v1/account-requests/${made.id}/decisions`, {
      who: by,
      body: { decision, planDigest: made.plan.digest },
    });
  type Made = { id: string; plan: { digest: string } };
  const vend = (made: Made) => ({ requestId: made.id, planDigest: made.plan.digest });
  /** What the workflow does after an approval. @returns what the service answers */
  const confirm = async (made: Made, order = 2) => {
    await app.service.receive(askOf(vend(made), 'confirm-approval', order));
    return app.service.answer(vend(made), order);
  };
  const inForce = async () => (await app.call('GET', '/v1/settings', { who: ada })).body;
  /** Asked for, approved by somebody else, and in force. */
  async function bring(set: object, by = ben): Promise<Made> {
    const { body } = await ask({ set, reason: 'x' }, (await inForce()).version);
    expect((await decide(body, by)).status).toBe(200);
    expect(await confirm(body)).toEqual({ outcome: 'confirmed' });
    return body;
  }

  it('are planned, approved by somebody else, and come into force with the confirmation', async () => {
    const { status, body, headers } = await ask();
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/account-requests/${body.id}`);
    expect(body).toMatchObject({
      kind: 'settings-change',
      status: 'PLANNED',
      baseVersion: 0,
      sections: ['policies'],
      summary: [expect.stringContaining('takes 2 approvals (before: 1 approval)'), expect.any(String)],
      reason: TWO.reason,
    });
    await app.service.receive(askOf(vend(body), 'approval', 1));
    expect(await app.service.status(vend(body))).toBe('AWAITING_APPROVAL');
    expect((await decide(body, ben)).body.status).toBe('QUEUED');
    expect((await inForce()).version).toBe(0);

    expect(await confirm(body)).toEqual({ outcome: 'confirmed' });
    expect(await inForce()).toMatchObject({
      version: 1,
      policies: twoApprovers.map((p) => ({ name: p?.name })),
    });
    const done = await app.call('GET', body.links.self, { who: ada });
    expect(done.body).toMatchObject({ status: 'ACTIVE' });
    expect(done.body.steps.map((s: { name: string; status: string }) => `${s.name} ${s.status}`)).toEqual([
      'plan succeeded',
      'approval succeeded',
      'apply succeeded',
    ]);
    const facts = await factsOfRequests(app.service.orm, [body.id]);
    expect(facts.map((f) => f.type)).toEqual([
      'ChangeRequested',
      'ChangePlanned',
      'ApprovalRequested',
      'ApprovalDecided',
      'ApprovalConfirmed',
      'SettingsChanged',
    ]);
    expect(facts.at(-1)).toMatchObject({
      actor: 'ada@example.com',
      data: {
        version: 1,
        requestedBy: 'ada@example.com',
        approvedBy: ['ben@example.com'],
        differences: body.summary,
      },
    });
    // What somebody was approved with, nobody takes back.
    const cancelled = await app.call('POST', `${body.links.self}/cancel`, { who: ada });
    expectProblem(cancelled, 409, 'too-late');
    expect(cancelled.body.detail).toContain('in force already');
  });

  it('are applied once, however often the confirmation is asked for', async () => {
    const made = await bring(TWO.set);
    expect(await confirm(made, 3)).toEqual({ outcome: 'confirmed' });
    expect((await inForce()).version).toBe(1);
    const types = (await factsOfRequests(app.service.orm, [made.id])).map((f) => f.type);
    expect(types.filter((t) => t === 'SettingsChanged')).toHaveLength(1);
  });

  it('decide the next request', async () => {
    await bring(TWO.set);
    const { planDigest, requestId } = await app.service.submit({ team: 'payments' });
    const plan = await app.call('GET', `/v1/account-requests/${requestId}/plan`, {
      who: who(['approver'], 'x@example.com', 'payments'),
    });
    expect(plan.body).toMatchObject({ digest: planDigest, approvals: { quorum: 2 } });
  });

  it('that were changed meanwhile refuse what was approved for those of before', async () => {
    const [first, second] = [
      (await ask()).body,
      (await ask({ set: { people: [{ subject: 'eve@example.com' }] }, reason: 'y' })).body,
    ];
    for (const made of [first, second]) await decide(made, ben);
    expect(await confirm(first)).toEqual({ outcome: 'confirmed' });
    expect(await confirm(second)).toMatchObject({
      outcome: 'refused',
      code: 'plan-outdated',
      detail: expect.stringContaining('version 1 is in force now'),
    });
    expect(await inForce()).toMatchObject({ version: 1, people: [] });
  });

  it('that are not those of the plan refuse it, whatever their number is', async () => {
    const before = await bring(TWO.set);
    const made = (await ask({ set: { people: [{ subject: 'eve@example.com' }] }, reason: 'y' }, 1)).body;
    await decide(made, ben);
    await asOwner(app.service.orm, (owner) =>
      owner
        .update(settingsVersions)
        .set({ document: DEFAULT_SETTINGS, digest: digestOf(DEFAULT_SETTINGS) })
        .where(eq(settingsVersions.requestId, before.id)),
    );
    expect(await confirm(made)).toMatchObject({ outcome: 'refused', code: 'plan-outdated' });
    expect((await inForce()).version).toBe(1);
  });

  describe('are changed by two people', () => {
    it('never by the one who asked, whatever the roles', async () => {
      const both = who(['admin', 'approver'], 'ada@example.com');
      const { body } = await ask(TWO, 0, { who: both });
      expectProblem(await decide(body, both), 403, 'self-approval');
      expectProblem(await decide(body, who(['approver'], ' Ada@Example.com')), 403, 'self-approval');
      expect(await confirm(body)).toMatchObject({ outcome: 'refused', code: 'no-approval' });
      expect((await inForce()).version).toBe(0);
    });

    it('not by a second identity of the one who asked, nor by a program of theirs', async () => {
      await bring({
        people: [
          { subject: 'ada@example.com', identities: [{ provider: 'token', subject: 'root@example.com' }] },
        ],
        serviceUsers: [{ subject: 'pipeline', owners: ['ada@example.com'] }],
      });
      const { body } = await ask(TWO, 1);
      expectProblem(await decide(body, who(['approver'], 'root@example.com')), 403, 'self-approval');
      expectProblem(await decide(body, who(['approver'], 'pipeline')), 403, 'program-decides');
      expect((await decide(body, ben)).status).toBe(200);
    });

    it('not by admins, operators and auditors, who approve nothing', async () => {
      const { body } = await ask();
      for (const role of ['admin', 'operator', 'auditor', 'requester'] as const) {
        const answer = await decide(body, who([role], 'zoe@example.com'));
        expect([403, 404]).toContain(answer.status);
      }
      expect((await inForce()).version).toBe(0);
    });

    it('judged by the settings in force, not by those that are asked for', async () => {
      await bring({
        policies: [
          {
            name: 'security',
            when: { kinds: ['settings-change'] },
            stages: [{ name: 'security', approvers: [{ people: ['sam@example.com'] }] }],
          },
          ONE,
        ],
      });
      const mine = [{ ...ONE, stages: [{ name: 'eve', approvers: [{ people: ['eve@example.com'] }] }] }];
      const { body } = await ask({ set: { policies: mine }, reason: 'z' }, 1);
      expectProblem(await decide(body, who(['approver'], 'eve@example.com')), 403, 'not-an-approver');
      expectProblem(await decide(body, ben), 403, 'not-an-approver');
      expect((await decide(body, who(['approver'], 'sam@example.com'))).status).toBe(200);
      expect(await confirm(body)).toEqual({ outcome: 'confirmed' });
      const next = (
        await ask(
          { set: { people: [], channels: [{ name: 'c', provider: 'slack', channel: 'C1' }] }, reason: 'z' },
          2,
        )
      ).body;
      expectProblem(await decide(next, who(['approver'], 'sam@example.com')), 403, 'not-an-approver');
      expect((await decide(next, who(['approver'], 'eve@example.com'))).status).toBe(200);
    });
  });

  describe('over HTTP', () => {
    it('are whole for admins, operators and auditors; others see the policies', async () => {
      for (const role of ['admin', 'operator', 'auditor'] as const) {
        const { body, headers } = await app.call('GET', '/v1/settings', { who: who([role], 'x') });
        expect(Object.keys(body).sort()).toEqual([
          'channels',
          'delegations',
          'endpoints',
          'people',
          'policies',
          'serviceUsers',
          'version',
        ]);
        expect(headers.get('etag')).toBe('"0"');
      }
      for (const roles of [['approver'], ['requester'], []] as Role[][]) {
        const { body } = await app.call('GET', '/v1/settings', { who: who(roles, 'x') });
        expect(Object.keys(body).sort()).toEqual(['policies', 'version']);
      }
    });

    it('are asked for by admins alone, with the version that they have read', async () => {
      for (const role of ['approver', 'operator', 'auditor', 'requester'] as const)
        expectProblem(await ask(TWO, 0, { who: who([role], 'x') }), 403);
      expectProblem(await app.call('POST', PATH, { who: ada, body: TWO }), 428, 'if-match');
      expectProblem(await ask(TWO, 0, { headers: { 'if-match': '*' } }), 428, 'if-match');
      for (const etag of ['"1"', '0', 'W/"0"', '"00"', '"x"', '"0", "1"'])
        expectProblem(await ask(TWO, 0, { headers: { 'if-match': etag } }), 412, 'stale');
    });

    it.each<[string, unknown, string]>([
      ['an unknown section', { set: { rules: [] }, reason: 'x' }, '/set/rules'],
      ['an unknown field', { set: {}, reason: 'x', force: true }, '/force'],
      ['no reason', { set: {} }, '/reason'],
      ['nothing', { set: {}, reason: 'x' }, '/set'],
      [
        'a quorum of nobody',
        {
          set: { policies: [{ name: 'a', stages: [{ name: 'b', approvers: [], quorum: 0 }] }] },
          reason: 'x',
        },
        '/set/policies/0/stages/0/quorum',
      ],
      ['no fallback', { set: { policies: [] }, reason: 'x' }, '/set/policies'],
      [
        'two errors far apart',
        { set: { policies: [], people: [{ subject: 'a' }, { subject: 'A' }] }, reason: 'x' },
        '/set/people/1/subject',
      ],
    ])('refuse %s', async (_what, body, pointer) => {
      const answer = await ask(body);
      expectProblem(answer, 422, 'validation');
      expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
    });

    it('are only planned with ?dryRun=true', async () => {
      const answer = await ask(TWO, 0, {}, `${PATH}?dryRun=true`);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ kind: 'settings-change', baseVersion: 0, sections: ['policies'] });
      expectProblem(await ask(TWO, 1, {}, `${PATH}?dryRun=true`), 412, 'stale');
      const list = await app.call('GET', '/v1/account-requests', { who: ada });
      expect(list.body.items).toEqual([]);
    });

    it('are one request for one key, also after they have changed', async () => {
      const headers = { 'idempotency-key': randomUUID() };
      const first = await ask(TWO, 0, { headers });
      await decide(first.body, ben);
      await confirm(first.body);
      const again = await ask(TWO, 0, { headers });
      expect(again.body.id).toBe(first.body.id);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expectProblem(await ask({ ...TWO, reason: 'other' }, 0, { headers }), 422, 'idempotency-key-reused');
    });

    it('have a history, newest first', async () => {
      await bring(TWO.set);
      const second = await bring({ people: [{ subject: 'eve@example.com', suspended: true }] });
      const page = await app.call('GET', '/v1/settings/versions?limit=1', { who: ada });
      expect(page.body).toMatchObject({
        items: [
          {
            version: 2,
            requestId: second.id,
            requestedBy: 'ada@example.com',
            approvedBy: ['ben@example.com'],
            differences: [expect.stringContaining('eve@example.com is new')],
          },
        ],
        nextCursor: '2',
      });
      const rest = await app.call('GET', '/v1/settings/versions?cursor=2', { who: who(['auditor'], 'x') });
      expect(rest.body.items.map((i: { version: number }) => i.version)).toEqual([1]);
      expect(rest.body.nextCursor).toBeNull();
      expectProblem(await app.call('GET', '/v1/settings/versions?cursor=x', { who: ada }), 422, 'cursor');
      expectProblem(await app.call('GET', '/v1/settings/versions', { who: ben }), 403);
    });
  });

  describe('an absence', () => {
    const BODY = {
      to: 'cleo@example.com',
      startsAt: '2026-03-10T00:00:00Z',
      endsAt: '2026-03-20T00:00:00Z',
      reason: 'Holidays',
    };
    const leave = (by: Principal = ben, body: object = BODY) =>
      app.call('POST', '/v1/delegations', { who: by, body });

    it('is asked for by the approver who will be away, and approved by another', async () => {
      const { status, body } = await leave();
      expect(status).toBe(202);
      expect(body).toMatchObject({
        kind: 'settings-change',
        sections: ['delegations'],
        summary: [
          'cleo@example.com decides in the place of ben@example.com from 2026-03-10T00:00:00Z to 2026-03-20T00:00:00Z',
        ],
      });
      expectProblem(await decide(body, ben), 403, 'self-approval');
      expect((await decide(body, who(['approver'], 'dora@example.com'))).status).toBe(200);
      expect(await confirm(body)).toEqual({ outcome: 'confirmed' });
      const own = async (subject: string) =>
        (await app.call('GET', '/v1/delegations', { who: who(['approver'], subject) })).body.items;
      const { reason: _, ...absence } = BODY;
      expect(await own('Ben@example.com')).toEqual([{ from: 'ben@example.com', ...absence }]);
      expect(await own('cleo@example.com')).toHaveLength(1);
      expect(await own('dora@example.com')).toEqual([]);
    });

    it('is taken back by whoever is to be away, and nobody else', async () => {
      const approve = async (body: Answer['body']) => {
        expect((await decide(body, who(['approver'], 'dora@example.com'))).status).toBe(200);
        expect(await confirm(body)).toEqual({ outcome: 'confirmed' });
      };
      const retract = (by: Principal, body: object = BODY) =>
        app.call('POST', '/v1/delegations/retractions', { who: by, body });
      const cleo = who(['approver'], 'cleo@example.com');
      await approve((await leave()).body);
      const foreign = await retract(cleo);
      expectProblem(foreign, 422, 'validation');
      expect(foreign.body.errors[0].message).toContain('no delegation of yours');
      expectProblem(await retract(ben, { ...BODY, endsAt: '2026-03-21T00:00:00Z' }), 422, 'validation');
      const { status, body } = await retract(ben, { ...BODY, to: 'Cleo@example.com', reason: 'Back early' });
      expect(status).toBe(202);
      expect(body.summary).toEqual([expect.stringMatching(/^No longer: cleo@example\.com decides/)]);
      expectProblem(await decide(body, ben), 403, 'self-approval');
      await approve(body);
      expect((await app.call('GET', '/v1/delegations', { who: ben })).body.items).toEqual([]);
      expectProblem(await retract(ben), 422, 'validation');
    });

    it('is one’s own, of an approver, at a time', async () => {
      expectProblem(await leave(ada), 403);
      expectProblem(await leave(ben, { ...BODY, from: 'cleo@example.com' }), 422, 'validation');
      const refused = async (changes: object) => {
        const answer = await leave(ben, { ...BODY, ...changes });
        expectProblem(answer, 422, 'validation');
        return answer.body.errors.map((e: { pointer: string }) => e.pointer);
      };
      expect(await refused({ to: 'BEN@example.com' })).toEqual(['/to']);
      expect(await refused({ endsAt: '2026-03-09T00:00:00Z' })).toEqual(['/endsAt']);
      expect(await refused({ startsAt: '2026-02-09T00:00:00Z', endsAt: '2026-02-10T00:00:00Z' })).toEqual([
        '/endsAt',
      ]);
      expect(await refused({ startsAt: 'tomorrow' })).toEqual(['/startsAt']);
    });
  });
});

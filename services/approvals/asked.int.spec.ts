import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, openApp } from '../../test/support/http.ts';
import { askOf, factOf, person, type Vend } from '../../test/support/service.ts';
import { type Principal, ROLES, type Role } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { rememberPerson } from '../people/people.pg.ts';
import { listRequests } from '../requests/requests.pg.ts';
import { decide } from './approvals.pg.ts';
import { cancel } from './cancel.pg.ts';
import { asApprover } from './places.pg.ts';

const IN_TURN = {
  name: 'in-turn',
  stages: [
    { name: 'team', approvers: [{ requestTeam: true as const }] },
    { name: 'security', approvers: [{ team: 'security' }, { people: ['Eva@example.com'] }], quorum: 2 },
  ],
  escalation: { afterHours: 1, approvers: [{ people: ['boss@example.com'] }] },
};

describe.each(databases)('what approvers of other teams are shown on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database, { clock: { now: () => app.service.clock.now() } });
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await app.service.reset();
    await app.service.setSettings({ policies: [IN_TURN] });
  });

  const someone = (name: string, teams: string[], roles: Role[] = ['approver']): Principal => ({
    subject: `${name}@example.com`,
    teams,
    roles,
  });
  const security = someone('sam', ['security']);
  const eva = someone('eva', []);
  const boss = someone('boss', ['board']);
  const listed = async (who: Principal): Promise<string[]> =>
    (await listRequests(app.service.orm, await asApprover(app.service.deps, who), { limit: 100 })).rows.map(
      ({ request }) => request.id,
    );
  const sees = async (who: Principal, { requestId }: Vend) => (await listed(who)).includes(requestId);
  const approve = (vend: Vend, who: Principal, decision: 'approve' | 'deny' = 'approve') => {
    const { requestId, planDigest } = vend;
    return decide(app.service.deps, who, { requestId, planDigest, decision, via: 'api' });
  };
  const ofTeam = (vend: Vend, name = 'ben') => someone(name, [vend.team]);

  it('is what waits at an open stage that names them, as long as it is open', async () => {
    const vend = await app.service.submit();
    expect([await sees(security, vend), await sees(eva, vend)]).toEqual([false, false]);
    await approve(vend, ofTeam(vend));
    expect([await sees(security, vend), await sees(eva, vend)]).toEqual([true, true]);
    await approve(vend, eva);
    expect(await sees(security, vend)).toBe(true);
    await approve(vend, security);
    expect([await sees(security, vend), await sees(eva, vend)]).toEqual([false, false]);
  });

  it.each<[string, (vend: Vend) => Promise<unknown>]>([
    ['a no', (vend) => approve(vend, someone('eva', []), 'deny')],
    ['a cancel', (vend) => cancel(app.service.deps, person(vend.team, ['requester']), vend.requestId)],
    ['the end of its time', (vend) => app.service.receive(factOf(vend, 'RequestExpired', 5))],
  ])('ends with %s', async (_what, end) => {
    const vend = await app.service.submit();
    await approve(vend, ofTeam(vend));
    expect(await sees(security, vend)).toBe(true);
    await end(vend);
    expect(await sees(security, vend)).toBe(false);
    expect(
      await rowsOf(app.service.orm, sql`select * from asked_approvers where request_id = ${vend.requestId}`),
    ).toEqual([]);
  });

  it('those who are asked at last see it once the workflow has said so, at whatever stage', async () => {
    const vend = await app.service.submit();
    await app.service.receive(askOf(vend, 'approval', 1));
    await app.service.receive(askOf(vend, 'approval', 2, { data: { act: 'remind', nth: 1 } }));
    expect(await sees(boss, vend)).toBe(false);
    await app.service.receive(askOf(vend, 'approval', 3, { data: { act: 'escalate', nth: 2 } }));
    expect([await sees(boss, vend), await sees(security, vend)]).toEqual([true, false]);
    await approve(vend, boss);
    expect(await sees(boss, vend)).toBe(true);
  });

  it('follows a delegation while it lasts, and what the absent approver may do', async () => {
    const away = { startsAt: '2026-03-01T00:00:00Z', endsAt: '2026-04-01T00:00:00Z' };
    const cem = someone('cem', ['data']);
    const vend = await app.service.submit();
    await app.service.setSettings({
      policies: [IN_TURN],
      delegations: [{ from: 'ben@example.com', to: 'cem@example.com', ...away }],
    });
    expect(await sees(cem, vend)).toBe(false);
    await rememberPerson(app.service.orm, ofTeam(vend), app.service.clock.now());
    expect(await sees(cem, vend)).toBe(true);
    expect(await sees({ ...cem, roles: ['requester'] }, vend)).toBe(false);
    await rememberPerson(app.service.orm, { ...ofTeam(vend), roles: ['operator'] }, app.service.clock.now());
    expect(await sees(cem, vend)).toBe(false);
    await app.service.setSettings({ policies: [IN_TURN] });
    await rememberPerson(app.service.orm, ofTeam(vend), app.service.clock.now());
    expect(await sees(cem, vend)).toBe(false);
  });

  it.each<[string, Principal]>([
    [
      'the role',
      someone(
        'sam',
        ['security'],
        ROLES.filter((r) => !['approver', 'operator', 'auditor'].includes(r)),
      ),
    ],
    ['being another person than the one who asked', someone('ana.admin', ['security'])],
    ['being a person', someone('robot', ['security'])],
    ['not being suspended', someone('sue', ['security'])],
  ])('takes %s', async (_what, who) => {
    await app.service.setSettings({
      policies: [IN_TURN],
      people: [
        { subject: 'ana@example.com', identities: [{ provider: 'token', subject: 'ana.admin@example.com' }] },
        { subject: 'sue@example.com', suspended: true },
      ],
      serviceUsers: [{ subject: 'robot@example.com', owners: ['eva@example.com'] }],
    });
    const vend = await app.service.submit();
    await approve(vend, ofTeam(vend));
    expect([await sees(security, vend), await sees(who, vend)]).toEqual([true, false]);
  });

  it('is listed over HTTP, on the dashboard, page by page, and can be opened and decided from there', async () => {
    const vends = [];
    for (let i = 0; i < 3; i++) vends.push(await app.service.submit());
    for (const vend of vends) await approve(vend, ofTeam(vend));
    const list = (query: string) => app.call('GET', `/v1/account-requests${query}`, { who: eva });
    const ids = (answer: Awaited<ReturnType<typeof list>>) =>
      answer.body.items.map((r: { id: string }) => r.id);
    const all = await list('?limit=50');
    expect(ids(all)).toEqual(vends.map((vend) => vend.requestId).reverse());
    const first = await list('?limit=2');
    expect(ids(first)).toEqual(ids(all).slice(0, 2));
    expect(ids(await list(`?limit=2&cursor=${first.body.nextCursor}`))).toEqual(ids(all).slice(2));
    expect(ids(await list(`?team=${vends[1]?.team}`))).toEqual([vends[1]?.requestId]);
    const cookie = await app.signIn(eva);
    const home = await app.call('GET', '/', { headers: { cookie } });
    const page = `/approvals/${vends[0]?.requestId}`;
    expect(home.text).toContain(`href="/requests/${vends[0]?.requestId}"`);
    const inbox = await app.call('GET', '/approvals', { headers: { cookie } });
    expect(inbox.text).toContain(`href="${page}"`);
    const opened = await app.call('GET', page, { headers: { cookie } });
    expect([opened.status, opened.text.includes('value="approve"')]).toEqual([200, true]);
    const planDigest = vends[0]?.planDigest ?? '';
    expect(
      (await app.submitForm(page, cookie, { decision: 'approve', planDigest, comment: '' })).status,
    ).toBe(303);
    // Nothing but the request: the team's accounts and other requests stay the team's.
    expect((await app.call('GET', '/v1/accounts', { who: eva })).body.items).toEqual([]);
  });

  it('is the same for row-level security: it lets through what is put to them, and nothing besides', async () => {
    const vend = await app.service.submit();
    const hidden = await app.service.submit();
    await approve(vend, ofTeam(vend));
    const visible = async (who: Principal) =>
      readAs(app.service.orm, await asApprover(app.service.deps, who), async (reader) =>
        Promise.all(
          [
            'account_requests where true',
            'request_views v, account_requests r where v.request_id = r.id',
          ].map(async (from) =>
            (await rowsOf<{ id: string }>(reader, sql.raw(`select id from ${from}`)))
              .map(({ id }) => id)
              .filter((id) => [vend.requestId, hidden.requestId].includes(id)),
          ),
        ),
      );
    expect(await visible(security)).toEqual([[vend.requestId], [vend.requestId]]);
    expect(await visible(someone('sam', ['security'], ['requester']))).toEqual([[], []]);
    expect(await visible(someone('fay', ['data']))).toEqual([[], []]);
  });

  it('never shows more than may be read by its link, whoever looks and whatever the directory says', async () => {
    const names = ['ana', 'ben', 'cem', 'dua'];
    const selector = fc.oneof(
      fc.constant({ requestTeam: true as const }),
      fc.constant({ anyTeam: true as const }),
      fc.constantFrom('red', 'blue').map((team) => ({ team })),
      fc.subarray(names, { minLength: 1 }).map((some) => ({ people: some })),
    );
    const stage = fc.record({ approvers: fc.array(selector, { minLength: 1, maxLength: 2 }) });
    const look = fc.record({
      stages: fc.array(stage, { minLength: 1, maxLength: 2 }),
      alias: fc.option(fc.tuple(fc.constantFrom(...names), fc.constantFrom('x', 'dua'))),
      program: fc.option(fc.constantFrom(...names)),
      delegation: fc.option(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names, 'x'))),
      decided: fc.boolean(),
      who: fc.record({
        subject: fc.constantFrom(...names, 'x', 'bot', 'ANA '),
        teams: fc.subarray(['red', 'blue', 'green']),
        roles: fc.subarray<Role>(['approver', 'requester']),
      }),
    });
    const { service } = app;
    for (const subject of names)
      await rememberPerson(
        service.orm,
        { subject, teams: ['red'], roles: ['approver'] },
        service.clock.now(),
      );
    let shown = 0;
    await fc.assert(
      fc.asyncProperty(look, async ({ stages, alias, program, delegation, decided, who }) => {
        const period = { startsAt: '2026-01-01T00:00:00Z', endsAt: '2027-01-01T00:00:00Z' };
        await service.setSettings({
          policies: [{ name: 'any', stages: stages.map((s, i) => ({ name: `s${i}`, ...s })) }],
          people: alias
            ? [{ subject: alias[0], identities: [{ provider: 'token', subject: alias[1] }] }]
            : [],
          serviceUsers: program ? [{ subject: 'bot', owners: [program] }] : [],
          delegations: delegation ? [{ from: delegation[0], to: delegation[1], ...period }] : [],
        });
        const vend = await service.submit({ team: 'green' });
        if (decided)
          await approve(vend, { subject: 'zoe', teams: ['red', 'blue', 'green'], roles: ['approver'] }).catch(
            () => {},
          );
        const single = await app.call('GET', `/v1/account-requests/${vend.requestId}`, { who });
        if (await sees(who, vend)) {
          shown += 1;
          expect(single.status).toBe(200);
        } else if (stages.length === 1 && !decided) {
          // With one stage there is no other that could name them.
          expect(single.status).toBe(404);
        }
        await cancel(service.deps, person('green', ['requester']), vend.requestId).catch(() => {});
      }),
      { numRuns: 60 },
    );
    expect(shown).toBeGreaterThan(10);
  }, 120_000);
});

import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { accountRequests } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { askOf, openService, type Service, type Vend, waiting } from '../../test/support/service.ts';
import type { Principal, Role } from '../access/principal.ts';
import type { Problem } from '../kernel/errors.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';
import { rememberPerson } from '../people/people.pg.ts';
import { decide } from './approvals.pg.ts';
import { confirm } from './confirm.pg.ts';

const TWO_OF_TEAM = {
  name: 'two',
  stages: [{ name: 'team', approvers: [{ requestTeam: true as const }], quorum: 2 }],
};
const TEAM_THEN_SECURITY = {
  name: 'in-turn',
  stages: [
    { name: 'team', approvers: [{ requestTeam: true as const }] },
    { name: 'security', approvers: [{ team: 'security' }] },
  ],
};

describe.each(databases)('stages, quorums and delegates on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  const someone = (name: string, teams: string[], roles: Role[] = ['approver']): Principal => ({
    subject: `${name}@example.com`,
    teams,
    roles,
  });
  const decideAs = (vend: Vend, who: Principal, decision: 'approve' | 'deny' = 'approve') =>
    decide(service.deps, who, {
      requestId: vend.requestId,
      planDigest: vend.planDigest,
      decision,
      via: 'api',
    });
  const confirmNow = (vend: Vend) =>
    transact(service.orm, (tx) => confirm(tx, service.deps, vend.requestId, vend.planDigest));
  const typesOf = async (vend: Vend) => (await service.types(vend)).filter((t) => /^Approval/.test(t));

  it('two people approve what takes two; the first yes is a fact, the second one the decision', async () => {
    await service.setSettings({ policies: [TWO_OF_TEAM] });
    const vend = await service.submit();
    await service.receive(askOf(vend, 'approval', 1));
    expect(await decideAs(vend, someone('ben', [vend.team]))).toMatchObject({
      outcome: 'open',
      stages: [{ name: 'team', given: 1, needed: 2 }],
    });
    expect(await service.status(vend)).toBe('AWAITING_APPROVAL');
    expect(await service.answer(vend, 1)).toBeUndefined();
    expect(await decideAs(vend, someone('cem', [vend.team]))).toMatchObject({ outcome: 'approved' });
    expect(await service.answer(vend, 1)).toEqual({ outcome: 'approved' });
    expect(await typesOf(vend)).toEqual(['ApprovalRequested', 'ApprovalGiven', 'ApprovalDecided']);
    const facts = await factsOfRequests(service.orm, [vend.requestId]);
    expect(facts.find((f) => f.type === 'ApprovalGiven')?.data).toMatchObject({
      stage: 'team',
      given: 1,
      needed: 2,
    });
    expect(facts.find((f) => f.type === 'ApprovalDecided')?.data).toMatchObject({
      decision: 'approve',
      decidedBy: ['ben@example.com', 'cem@example.com'],
      stages: [{ name: 'team', given: 2, needed: 2 }],
    });
    expect((await waiting(service.orm)).filter((key) => key.startsWith('chat-update'))).toHaveLength(2);
    expect(await confirmNow(vend)).toEqual({ outcome: 'confirmed' });
  });

  it('the same person counts once, under whatever name, and is told when they decided', async () => {
    await service.setSettings({
      policies: [TWO_OF_TEAM],
      people: [
        { subject: 'ben@example.com', identities: [{ provider: 'token', subject: 'b.private@example.com' }] },
      ],
    });
    const vend = await service.submit();
    const first = await decideAs(vend, someone('ben', [vend.team]));
    for (const name of ['ben', 'b.private'])
      for (const decision of ['approve', 'deny'] as const)
        await expect(decideAs(vend, someone(name, [vend.team]), decision)).rejects.toMatchObject({
          code: 'already-decided',
          extra: { decidedBy: 'ben@example.com', decidedAt: first.decidedAt },
        });
    expect(await service.status(vend)).toBe('PLANNED');
  });

  it('a no ends it at once, whatever was said before', async () => {
    await service.setSettings({ policies: [TWO_OF_TEAM] });
    const vend = await service.submit();
    await decideAs(vend, someone('ben', [vend.team]));
    expect(await decideAs(vend, someone('cem', [vend.team]), 'deny')).toMatchObject({ outcome: 'denied' });
    await expect(decideAs(vend, someone('dua', [vend.team]))).rejects.toMatchObject({
      code: 'already-decided',
      extra: { decidedBy: 'cem@example.com' },
    });
    expect(await service.status(vend)).toBe('DENIED');
    expect(await service.holdsOf(vend)).toBe(0);
  });

  it('stages are decided one after the other, each by its own people', async () => {
    await service.setSettings({ policies: [TEAM_THEN_SECURITY] });
    const vend = await service.submit();
    const eva = someone('eva', ['security']);
    await expect(decideAs(vend, eva)).rejects.toMatchObject({ code: 'stage-not-open' });
    const first = await decideAs(vend, someone('ben', [vend.team]));
    await expect(decideAs(vend, someone('cem', [vend.team]))).rejects.toMatchObject({
      code: 'already-decided',
      extra: { decidedBy: 'ben@example.com', decidedAt: first.decidedAt },
    });
    await expect(decideAs(vend, someone('fay', ['data']))).rejects.toMatchObject({ code: 'not-found' });
    expect(await decideAs(vend, eva)).toMatchObject({ outcome: 'approved' });
    expect(await confirmNow(vend)).toEqual({ outcome: 'confirmed' });
  });

  it('nobody approves at two stages', async () => {
    await service.setSettings({ policies: [TEAM_THEN_SECURITY] });
    const vend = await service.submit();
    const both = someone('ben', [vend.team, 'security']);
    await decideAs(vend, both);
    await expect(decideAs(vend, both)).rejects.toMatchObject({ code: 'already-decided' });
  });

  describe('a delegate', () => {
    const away = (from: string, to: string, endsAt = '2026-03-09T00:00:00Z') => ({
      from: `${from}@example.com`,
      to: `${to}@example.com`,
      startsAt: '2026-03-01T00:00:00Z',
      endsAt,
    });

    it('decides in the place of who is away, as long as both may', async () => {
      await service.setSettings({ policies: [TEAM_THEN_SECURITY], delegations: [away('ben', 'cem')] });
      const vend = await service.submit();
      const cem = someone('cem', ['data']);
      await expect(decideAs(vend, cem)).rejects.toMatchObject({ code: 'not-found' });
      await rememberPerson(service.orm, someone('ben', [vend.team]), service.clock.now());
      await expect(decideAs(vend, someone('cem', ['data'], ['requester']))).rejects.toMatchObject({
        code: 'not-found',
      });
      expect(await decideAs(vend, cem)).toMatchObject({
        onBehalfOf: 'ben@example.com',
        stage: 0,
        outcome: 'open',
      });
      await decideAs(vend, someone('eva', ['security']));
      expect(await confirmNow(vend)).toEqual({ outcome: 'confirmed' });
    });

    it('and who is away count once', async () => {
      await service.setSettings({ policies: [TWO_OF_TEAM], delegations: [away('ben', 'cem')] });
      const vend = await service.submit();
      await rememberPerson(service.orm, someone('ben', [vend.team]), service.clock.now());
      const first = await decideAs(vend, someone('cem', ['data']));
      await expect(decideAs(vend, someone('ben', [vend.team]))).rejects.toMatchObject({
        code: 'already-decided',
        extra: { decidedBy: 'cem@example.com', decidedAt: first.decidedAt },
      });
      // But who is away may still stop it.
      expect(await decideAs(vend, someone('ben', [vend.team]), 'deny')).toMatchObject({ outcome: 'denied' });
    });

    it('never acts for the person who asked, nor after the time', async () => {
      await service.setSettings({
        delegations: [away('ana', 'cem'), away('ben', 'dua', '2026-03-04T00:00:00Z')],
      });
      const vend = await service.submit();
      for (const name of ['ana', 'ben'])
        await rememberPerson(service.orm, someone(name, [vend.team]), service.clock.now());
      for (const name of ['cem', 'dua'])
        await expect(decideAs(vend, someone(name, ['data']))).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe('those who are asked at last', () => {
    const escalating = {
      ...TWO_OF_TEAM,
      escalation: { afterHours: 1, approvers: [{ people: ['eva@example.com'] }] },
    };

    it('may decide at the open stage once the workflow says that it is time', async () => {
      await service.setSettings({ policies: [escalating] });
      const vend = await service.submit();
      const eva = someone('eva', []);
      await service.receive(askOf(vend, 'approval', 1));
      await expect(decideAs(vend, eva)).rejects.toMatchObject({ code: 'not-found' });
      await service.receive(askOf(vend, 'approval', 2, { data: { act: 'escalate', nth: 1 } }));
      await decideAs(vend, eva);
      await decideAs(vend, someone('ben', [vend.team]));
      expect(await confirmNow(vend)).toEqual({ outcome: 'confirmed' });
    });
  });

  describe('when the settings change meanwhile', () => {
    it('who was taken out of the policy decides no more', async () => {
      await service.setSettings({
        policies: [
          {
            name: 'named',
            stages: [{ name: 'x', approvers: [{ people: ['ben@example.com', 'eva@example.com'] }] }],
          },
        ],
      });
      const vend = await service.submit();
      await service.setSettings({
        policies: [
          {
            name: 'named',
            stages: [{ name: 'x', approvers: [{ people: ['eva@example.com', 'fay@example.com'] }] }],
          },
        ],
      });
      await expect(decideAs(vend, someone('ben', [vend.team]))).rejects.toMatchObject({
        code: 'not-an-approver',
      });
      await expect(decideAs(vend, someone('fay', [vend.team]))).rejects.toMatchObject({
        code: 'not-an-approver',
      });
      expect(await decideAs(vend, someone('eva', []))).toMatchObject({ outcome: 'approved' });
    });

    it.each<[string, (vend: Vend) => Promise<unknown>]>([
      ['a stricter policy', () => service.setSettings({ policies: [TWO_OF_TEAM] })],
      [
        'a suspension',
        () => service.setSettings({ people: [{ subject: 'ben@example.com', suspended: true }] }),
      ],
      [
        'another role',
        (v) => rememberPerson(service.orm, someone('ben', [v.team], ['operator']), service.clock.now()),
      ],
      ['another team', () => rememberPerson(service.orm, someone('ben', ['other']), service.clock.now())],
    ])('%s refuses at the confirmation what was approved', async (_what, act) => {
      const vend = await service.submit();
      await service.decide(vend);
      await act(vend);
      expect(await confirmNow(vend)).toMatchObject({ outcome: 'refused', code: 'approvers-changed' });
    });
  });

  it('no sequence of decisions by the persons of whoever asked ever approves', async () => {
    // Ana has two other identities, owns a service user, and stands in for half the company and is stood in for.
    await service.setSettings({
      people: [
        {
          subject: 'ana@example.com',
          identities: [
            { provider: 'token', subject: 'a.lopez@example.com' },
            { provider: 'token', subject: 'ana-admin' },
          ],
        },
      ],
      serviceUsers: [{ subject: 'robot', owners: ['ana-admin'] }],
      delegations: [
        ...['ben', 'cem'].map((from) => ({ from: `${from}@example.com`, to: 'a.lopez@example.com' })),
        ...['ana@example.com', 'ana-admin'].map((from) => ({ from, to: 'mole@example.com' })),
      ].map((d) => ({ ...d, startsAt: '2026-03-01T00:00:00Z', endsAt: '2026-04-01T00:00:00Z' })),
    });
    const vend = await service.submit();
    for (const subject of ['ben@example.com', 'cem@example.com', 'ana@example.com', 'ana-admin'])
      await rememberPerson(
        service.orm,
        { subject, teams: [vend.team], roles: ['approver'] },
        service.clock.now(),
      );
    const step = fc.record({
      subject: fc.constantFrom(
        ...[
          'ana@example.com',
          ' ANA@example.com ',
          'a.lopez@example.com',
          'Ana-Admin',
          'robot',
          'mole@example.com',
        ],
      ),
      roles: fc.subarray<Role>(['requester', 'approver', 'operator', 'auditor', 'admin']),
      // The mole is no approver of the team by itself; as one it would be another person.
      inTeam: fc.boolean(),
      decision: fc.constantFrom('approve' as const, 'deny' as const),
      via: fc.constantFrom('api' as const, 'slack' as const, 'webhook' as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        for (const { subject, roles, inTeam, decision, via } of steps) {
          const teams = inTeam && subject !== 'mole@example.com' ? [vend.team] : ['other'];
          const refused = await decide(
            service.deps,
            { subject, teams, roles },
            { requestId: vend.requestId, planDigest: vend.planDigest, decision, via },
          ).catch((error: Problem) => error.code);
          expect(['self-approval', 'not-an-approver', 'not-found']).toContain(refused);
        }
        expect(await confirmNow(vend)).toMatchObject({ outcome: 'refused', code: 'no-approval' });
      }),
      { numRuns: 25 },
    );
    expect(await service.status(vend)).toBe('PLANNED');
  });

  describe('a policy that decides by itself', () => {
    const sandbox = (teamMonthlyCostAtMost: number) => ({
      name: 'sandbox',
      automatic: { teamMonthlyCostAtMost },
      stages: [{ name: 'approver', approvers: [{ requestTeam: true as const }] }],
    });
    const costOf = async (vend: Vend) => JSON.parse((await planOf(vend)) ?? '').monthlyCost.amount as number;
    const planOf = async (vend: Vend) => {
      const rows = await service.orm.select().from(accountRequests);
      return rows.find((row) => row.id === vend.requestId)?.planText;
    };

    it('answers the workflow when it asks, signed, and is confirmed', async () => {
      await service.setSettings({ policies: [sandbox(10_000)] });
      const vend = await service.submit();
      expect(await service.status(vend)).toBe('PLANNED');
      await service.receive(askOf(vend, 'approval', 1));
      expect(await service.answer(vend, 1)).toEqual({ outcome: 'approved' });
      const [decided] = (await factsOfRequests(service.orm, [vend.requestId])).filter(
        (f) => f.type === 'ApprovalDecided',
      );
      expect(decided).toMatchObject({
        actor: 'policy:sandbox',
        data: { via: 'policy', decision: 'approve' },
      });
      expect((await waiting(service.orm)).some((key) => key.startsWith('chat-post'))).toBe(false);
      expect(await confirmNow(vend)).toEqual({ outcome: 'confirmed' });
    });

    it('asks people when the budget of the team is used up, and says so', async () => {
      const probe = await service.submit();
      const cost = await costOf(probe);
      await service.setSettings({ policies: [sandbox(cost * 2.5)] });
      const team = 'spenders';
      const vends = [];
      for (let i = 0; i < 3; i++) vends.push(await service.submit({ team }));
      const other = await service.submit();
      await service.receive(...[...vends, other].map((vend) => askOf(vend, 'approval', 1)));
      const answers = await Promise.all(vends.map((vend) => service.answer(vend, 1)));
      expect(answers).toEqual([{ outcome: 'approved' }, { outcome: 'approved' }, undefined]);
      // Another team has a budget of its own.
      expect(await service.answer(other, 1)).toEqual({ outcome: 'approved' });
      const [declined] = (await factsOfRequests(service.orm, [vends[2]!.requestId])).filter(
        (f) => f.type === 'AutomaticApprovalDeclined',
      );
      expect(declined?.data).toMatchObject({ reason: 'over-budget', words: expect.stringMatching(/budget/) });
      expect(await waiting(service.orm)).toContain(`chat-post:${vends[2]!.requestId}`);
      expect(await decideAs(vends[2]!, someone('ben', [team]))).toMatchObject({ outcome: 'approved' });
      expect(await confirmNow(vends[2]!)).toMatchObject({ outcome: 'confirmed' });
    });

    it('of two at once approves what the budget holds', async () => {
      const cost = await costOf(await service.submit());
      await service.setSettings({ policies: [sandbox(cost * 1.5)] });
      const vends = [await service.submit({ team: 'racers' }), await service.submit({ team: 'racers' })];
      await Promise.all(vends.map((vend) => service.receive(askOf(vend, 'approval', 1))));
      const answers = await Promise.all(vends.map((vend) => service.answer(vend, 1)));
      expect(answers.filter((answer) => answer !== undefined)).toEqual([{ outcome: 'approved' }]);
    });

    it('is refused at the confirmation when it asks people by now, or the budget was cut', async () => {
      for (const policies of [[], [sandbox(0.01)]]) {
        await service.setSettings({ policies: [sandbox(10_000)] });
        const vend = await service.submit();
        await service.receive(askOf(vend, 'approval', 1));
        await service.setSettings({ policies });
        expect(await confirmNow(vend)).toMatchObject({ outcome: 'refused', code: 'approvers-changed' });
      }
    });
  });
});

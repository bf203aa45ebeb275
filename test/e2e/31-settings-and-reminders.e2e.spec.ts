import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../services/settings/settings.schema.ts';
import { requestBody, startService, type TestService, until, type Who } from '../support/jetway.ts';

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

const who = (name: string, roles: string[]): Who => ({
  subject: `${name}@example.com`,
  teams: ['payments'],
  roles,
});
const ada = who('ada', ['admin']);
const [ben, cleo, erin] = ['ben', 'cleo', 'erin'].map((name) => who(name, ['approver']));

type Asked = { id: string; plan: { digest: string } };
const decide = (by: Who | undefined, asked: Asked) =>
  jetway.as(by!).post(`/v1/account-requests/${asked.id}/decisions`, {
    decision: 'approve',
    planDigest: asked.plan.digest,
  });
const settings = async () => (await jetway.as(ada).get('/v1/settings')).body;
const typesOf = async ({ id }: Asked) => (await jetway.timeline(id)).map((f) => f.type);

/** A policy for Workloads before all others: asked for by an admin, in force after a yes of an approver. */
async function workloads(policy: object): Promise<Asked> {
  const { version, policies } = await settings();
  const others = policies.filter((p: ApprovalPolicy) => p.name !== 'workloads');
  const first = {
    name: 'workloads',
    when: { kinds: ['account'], organizationalUnitIds: ['ou-ab12-workloads'] },
    ...policy,
  };
  const body = { set: { policies: [first, ...others] }, reason: 'The auditors ask for it' };
  const asked = await jetway.as(ada).post('/v1/settings/changes', body, { 'if-match': `"${version}"` });
  expect(asked.status, JSON.stringify(asked.body)).toBe(202);
  const alone = await decide({ ...ada, roles: ['admin', 'approver'] }, asked.body);
  expect(alone).toMatchObject({ status: 403, body: { code: 'self-approval' } });
  const message = await jetway.message(asked.body.id);
  expect(message.channel).toBe('#approvals-organization');
  expect(message.text).toContain('workloads');
  expect((await decide(ben, asked.body)).status).toBe(200);
  await jetway.reaches(asked.body.id, 'ACTIVE');
  expect((await settings()).version).toBe(version + 1);
  return asked.body;
}

describe('a second approver for Workloads', () => {
  it('is asked for by an admin, allowed by an approver, and needed from then on', async () => {
    const earlier = await jetway.submit(requestBody('earlier'));
    const changed = await workloads({
      stages: [{ name: 'two', approvers: [{ requestTeam: true }], quorum: 2 }],
    });
    const told = (await typesOf(changed)).filter((type) => type !== 'ExecutionStatusChanged');
    expect(told).toEqual([
      'ChangeRequested',
      'ChangePlanned',
      'ApprovalRequested',
      'ApprovalDecided',
      'ApprovalConfirmed',
      'SettingsChanged',
    ]);

    const next = await jetway.submit(requestBody('next'));
    expect((await jetway.plan(next.id)).approvals).toMatchObject({ policy: 'workloads', quorum: 2 });
    expect((await decide(ben, next)).status).toBe(200);
    expect((await decide(ben, next)).status).toBe(409);
    expect(['PLANNED', 'AWAITING_APPROVAL']).toContain((await jetway.request(next.id)).status);
    expect((await decide(cleo, next)).status).toBe(200);
    await jetway.reachesActive(next.id);

    // What was asked for before is decided by the plan that it was asked with.
    expect((await jetway.plan(earlier.id)).approvals).toMatchObject({ quorum: 1 });
    const history = (await jetway.as(ada).get('/v1/settings/versions')).body.items;
    expect(history[0]).toMatchObject({
      version: 1,
      requestedBy: ada.subject,
      approvedBy: [ben?.subject],
      differences: expect.arrayContaining([expect.stringContaining('Policy workloads is new')]),
    });
  });
});

describe('nobody answers', () => {
  const seconds = (n: number) => n / 3_600;
  const expiresAfter = 14;

  it('so people are reminded, others are asked, and at last the request expires', {
    timeout: 90_000,
  }, async () => {
    await workloads({
      stages: [{ name: 'away', approvers: [{ people: ['dora@example.com'] }] }],
      remindAfterHours: [seconds(2)],
      escalation: { afterHours: seconds(5), approvers: [{ people: [erin?.subject] }] },
      expiresAfterDays: seconds(expiresAfter) / 24,
    });
    const [rescued, forgotten] = [
      await jetway.submit(requestBody('rescued')),
      await jetway.submit(requestBody('forgotten')),
    ];
    expect(await decide(erin, rescued)).toMatchObject({ status: 403 });
    await until('somebody is reminded', async () => (await typesOf(rescued)).includes('ApprovalReminded'));
    await until('others are asked', async () => (await typesOf(rescued)).includes('ApprovalEscalated'));
    expect((await decide(erin, rescued)).status).toBe(200);
    await jetway.reachesActive(rescued.id);

    await jetway.reaches(forgotten.id, 'EXPIRED');
    const facts = await jetway.timeline(forgotten.id);
    const [asked, reminded, escalated, expired] = [
      'ApprovalRequested',
      'ApprovalReminded',
      'ApprovalEscalated',
      'RequestExpired',
    ].map((type) => Date.parse(facts.find((f) => f.type === type)?.occurredAt ?? ''));
    // Real time, however fast AWS goes here.
    expect(reminded! - asked!).toBeGreaterThanOrEqual(2_000);
    expect(escalated! - asked!).toBeGreaterThanOrEqual(5_000);
    expect(expired! - asked!).toBeGreaterThanOrEqual(expiresAfter * 1_000);
    expect(await decide(erin, forgotten)).toMatchObject({ status: 409, body: { code: 'ended' } });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsVersions } from '../../db/schema/index.ts';
import { digestOf } from '../../services/kernel/canonical-json.ts';
import { EXAMPLE_SETTINGS } from '../../services/settings/defaults.ts';
import { Settings } from '../../services/settings/settings.schema.ts';
import { PEOPLE, requestBody, startService, type TestService, until } from '../support/jetway.ts';

const approver = (name: string, ...teams: string[]) => ({
  subject: `${name}@example.com`,
  teams,
  roles: ['approver'],
});
const policy = (name: string, team: string, stages: object[]) => ({ name, when: { teams: [team] }, stages });

describe('approval by policy', () => {
  let jetway: TestService;
  beforeAll(async () => {
    jetway = await startService();
    const document = Settings.parse({
      ...EXAMPLE_SETTINGS,
      policies: [
        policy('two-of-three', 'ledger', [
          {
            name: 'named',
            approvers: [{ people: ['bo@example.com', 'cy@example.com', 'di@example.com'] }],
            quorum: 2,
          },
        ]),
        policy('in-turn', 'cards', [
          { name: 'team', approvers: [{ requestTeam: true }] },
          { name: 'security', approvers: [{ team: 'security' }] },
        ]),
        ...EXAMPLE_SETTINGS.policies,
      ],
    });
    await jetway.database.orm.insert(settingsVersions).values({
      version: 1,
      document,
      digest: digestOf(document),
      requestId: 'req-before',
      appliedAt: new Date(),
    });
  });
  afterAll(() => jetway?.close());

  const decide = (who: object, id: string, planDigest: string, decision = 'approve') =>
    jetway.as(who as never).post(`/v1/account-requests/${id}/decisions`, { decision, planDigest });
  const typesOf = async (id: string) => (await jetway.timeline(id)).map((f) => f.type);

  it('a sandbox is vended without anybody being asked', async () => {
    const { items } = (await jetway.as('ana').get('/v1/organizational-units')).body;
    const approvals = Object.fromEntries(
      (items as { name: string; approval: string }[]).map(({ name, approval }) => [name, approval]),
    );
    expect(approvals).toMatchObject({ Sandbox: 'automatic', Workloads: 'one' });
    const asked = await jetway.submit(requestBody('play', { organizationalUnitId: 'ou-ab12-sandboxes' }));
    await jetway.reachesActive(asked.id);
    const decided = (await jetway.timeline(asked.id)).find((f) => f.type === 'ApprovalDecided');
    expect(decided).toMatchObject({ actor: 'policy:sandbox', data: { via: 'policy', decision: 'approve' } });
    expect((await jetway.plan(asked.id)).approvals).toMatchObject({ policy: 'sandbox', quorum: 0 });
    const { body } = await jetway.send('GET', '/dev/chat/messages');
    const open = (body.items as { requestId: string; actions: unknown[] }[]).filter(
      (m) => m.requestId === asked.id && m.actions.length > 0,
    );
    expect(open).toEqual([]);
  });

  it('two of three named people make an account, and each of them once', async () => {
    const asked = await jetway.submit(requestBody('books', { team: 'ledger' }));
    expect((await jetway.plan(asked.id)).approvals).toMatchObject({
      policy: 'two-of-three',
      quorum: 2,
      approvers: ['bo@example.com, cy@example.com, di@example.com'],
    });
    // None of them is in the team; they may read what they are to sign.
    const cy = approver('cy', 'other');
    expect((await jetway.as(cy).get(`/v1/account-requests/${asked.id}/plan`)).status).toBe(200);
    expect((await jetway.as(approver('eve', 'other')).get(`/v1/account-requests/${asked.id}`)).status).toBe(
      404,
    );
    expect(await decide(cy, asked.id, asked.plan.digest)).toMatchObject({ status: 200 });
    expect(await decide(cy, asked.id, asked.plan.digest)).toMatchObject({
      status: 409,
      body: { code: 'already-decided', decidedBy: 'cy@example.com' },
    });
    await until('the message says who has approved', async () => {
      const { body } = await jetway.send('GET', '/dev/chat/messages');
      const message = (body.items as { requestId: string; text: string }[]).find(
        (m) => m.requestId === asked.id,
      );
      return message?.text.includes('1 of 2 approvals (cy@example.com)') ?? false;
    });
    expect(await decide(approver('di', 'other'), asked.id, asked.plan.digest)).toMatchObject({ status: 200 });
    await jetway.reachesActive(asked.id);
    expect(await typesOf(asked.id)).toEqual(expect.arrayContaining(['ApprovalGiven', 'ApprovalDecided']));
  });

  it('the team approves first and security after it', async () => {
    const asked = await jetway.submit(requestBody('plastic', { team: 'cards' }));
    const [team, security] = [approver('gil', 'cards'), approver('hana', 'security')];
    expect(await decide(security, asked.id, asked.plan.digest)).toMatchObject({
      status: 409,
      body: { code: 'stage-not-open' },
    });
    await decide(team, asked.id, asked.plan.digest);
    expect(await decide(security, asked.id, asked.plan.digest)).toMatchObject({ status: 200 });
    await jetway.reachesActive(asked.id);
    const { body } = await jetway
      .as({ ...PEOPLE.operator, roles: ['auditor'] })
      .get('/v1/approvals/attempts?limit=100');
    const tried = (body.items as { requestId: string; who: string; outcome: string; reason: string | null }[])
      .filter((one) => one.requestId === asked.id)
      .map(({ who, outcome, reason }) => [who, outcome, reason]);
    expect(tried).toEqual([
      ['hana@example.com', 'refused', 'stage-not-open'],
      ['gil@example.com', 'allowed', null],
      ['hana@example.com', 'allowed', null],
      ['workflow', 'allowed', null],
    ]);
  });

  it('whoever was taken out of the approvers between the yes and the account stops it', async () => {
    const orm = jetway.database.orm;
    const [current] = await orm.select().from(settingsVersions);
    const asked = await jetway.submit(requestBody('late', { team: 'cards' }));
    await decide(approver('gil', 'cards'), asked.id, asked.plan.digest);
    const document = {
      ...(current!.document as Settings),
      people: [{ subject: 'gil@example.com', suspended: true, identities: [] }],
    };
    await orm.insert(settingsVersions).values({
      version: 2,
      document,
      digest: digestOf(document),
      requestId: 'req-later',
      appliedAt: new Date(),
    });
    await decide(approver('hana', 'security'), asked.id, asked.plan.digest);
    const ended = await jetway.reaches(asked.id, 'REJECTED');
    expect(ended.failure).toMatchObject({
      code: 'approvers-changed',
      title: 'Who may approve has changed since it was approved',
      detail: 'gil@example.com may not decide any more.',
    });
    expect(jetway.accepted(asked.id)).toBe(0);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ChatMessage,
  type RequestAnswer,
  requestBody,
  startService,
  type TestService,
  until,
} from '../support/jetway.ts';

const CONTROL = 'JETWAY-GR_ROLE_TRUST';
const STRANGER = '999900001111';
const ROOM = '#alerts-payments';

let jetway: TestService;
let accountId: string;
let roleId: string;
beforeAll(async () => {
  jetway = await startService();
  const asked = await jetway.order(requestBody('excepted', { guardrails: [CONTROL] }));
  accountId = (await jetway.reachesActive(asked.id)).accountId!;
}, 120_000);
afterAll(() => jetway?.close());

type Violations = {
  control: string | null;
  count: number;
  excepted: number;
  resources: { resourceId: string; annotation?: string; since: string; exception?: { requestId: string } }[];
};
const ana = () => jetway.as('ana');
const violations = async (): Promise<Violations | undefined> => {
  const { body } = await ana().get(`/v1/accounts/${accountId}/compliance`);
  return body.violations.find((one: Violations) => one.control === CONTROL);
};
const alerts = async (): Promise<ChatMessage[]> =>
  (await jetway.send('GET', '/dev/chat/messages')).body.items.filter(
    (one: ChatMessage) => one.channel === ROOM,
  );
const exceptions = async () => (await ana().get(`/v1/accounts/${accountId}/exceptions`)).body.items;
const path = () => `/v1/accounts/${accountId}/exceptions`;

async function ask(ms: number): Promise<RequestAnswer> {
  const body = {
    control: CONTROL,
    resource: roleId,
    reason: 'The vendor migrates until summer',
    expiresAt: new Date(Date.now() + ms).toISOString(),
  };
  const answer = await ana().post(path(), body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body;
}

describe('a violation', () => {
  it('is told in the chat of the team, once for all that turns together', async () => {
    const iam = (action: string, input: object) => jetway.cloud.callIn(accountId, 'iam', action, input);
    const trust = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${STRANGER}:root` }, Action: 'sts:AssumeRole' },
      ],
    });
    for (const RoleName of ['vendor', 'other'])
      iam('CreateRole', { RoleName, AssumeRolePolicyDocument: trust });
    roleId = iam('GetRole', { RoleName: 'vendor' }).Role.RoleId;
    await until('both are in violation', async () => (await violations())?.count === 2);
    await until('the team is told', async () => (await alerts()).length > 0);
    const [message, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(message?.text).toContain('New violations of the team payments: 2 in 1 account');
    expect(message?.text).toMatch(
      new RegExp(`${CONTROL} in .* \\(${accountId}\\): 2 resources, .*${roleId}`),
    );
    expect(message?.actions).toEqual([]);
  });

  it('is excepted when somebody else agrees, and stays to be seen', async () => {
    const asked = await ask(24 * 3_600_000);
    const prompt = await jetway.message(asked.id);
    expect(prompt.channel).toBe('#approvals-payments');
    expect(prompt.text).toContain(`asks for an exception from ${CONTROL}`);
    expect(prompt.text).toContain(`Covers today: AWS::IAM::Role ${roleId}`);
    const both = { subject: 'Ana@example.com', teams: ['payments'], roles: ['approver'] };
    const self = await jetway.as(both).post(`/v1/account-requests/${asked.id}/decisions`, {
      decision: 'approve',
      planDigest: asked.plan.digest,
    });
    expect(self).toMatchObject({ status: 403, body: { code: 'self-approval' } });
    expect((await jetway.decide(asked, 'approve')).status).toBe(200);
    await jetway.reaches(asked.id, 'ACTIVE');
    const found = await violations();
    expect(found).toMatchObject({ count: 2, excepted: 1 });
    expect(found?.resources.find((one) => one.resourceId === roleId)).toMatchObject({
      annotation: expect.stringContaining(STRANGER),
      since: expect.stringMatching(/^\d{4}-/),
      exception: { requestId: asked.id, reason: 'The vendor migrates until summer' },
    });
    expect(await exceptions()).toMatchObject([{ state: 'ACTIVE', approvedBy: ['bo@example.com'] }]);
  });

  it('counts again once the team revokes the exception', async () => {
    const [{ requestId }] = await exceptions();
    const answer = await ana().post(`${path()}/${requestId}/revocation`, { reason: 'Migrated' });
    expect(answer).toMatchObject({ status: 200, body: { state: 'REVOKED', endedBy: 'ana@example.com' } });
    await jetway.reaches(requestId, 'CLOSED');
    expect(await violations()).toMatchObject({ count: 2, excepted: 0 });
    await until('the execution has ended', async () =>
      (await jetway.timeline(requestId)).some(
        (f) => f.type === 'ExecutionStatusChanged' && f.data.status === 'SUCCEEDED',
      ),
    );
  });

  it('counts again, and is told again, when an exception runs out', async () => {
    const asked = await ask(8_000);
    expect((await jetway.decide(asked, 'approve')).status).toBe(200);
    await jetway.reaches(asked.id, 'ACTIVE');
    expect(await violations()).toMatchObject({ excepted: 1 });
    // The live stream has said that it is in force, and ends there.
    await until('its time is up', async () => (await jetway.request(asked.id)).status === 'CLOSED');
    const facts = await jetway.timeline(asked.id);
    const [granted, expired] = ['ExceptionGranted', 'ExceptionExpired'].map((type) =>
      facts.find((f) => f.type === type),
    );
    // By the workflow's own timer, in real time.
    expect(Date.parse(expired?.occurredAt ?? '')).toBeGreaterThanOrEqual(Date.parse(granted?.data.expiresAt));
    expect((await exceptions()).map((e: { state: string }) => e.state)).toEqual(['EXPIRED', 'REVOKED']);
    expect(await violations()).toMatchObject({ count: 2, excepted: 0 });
    await until('the team is told again', async () =>
      /: 3 in 1 account/.test((await alerts())[0]?.text ?? ''),
    );
    expect(await alerts()).toHaveLength(1);
    expect((await jetway.as('operator').get('/v1/ledger/verify')).body.ok).toBe(true);
  });
});

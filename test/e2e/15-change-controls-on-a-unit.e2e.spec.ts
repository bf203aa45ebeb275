import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UnitChangeAnswer } from '../../services/requests/request-answer.ts';
import { PEOPLE, requestBody, startService, type TestService, until } from '../support/jetway.ts';

const UNIT = 'ou-ab12-workloads';
const VOLUMES = 'AWS-GR_ENCRYPTED_VOLUMES';
const VPN = 'AWS-GR_DISALLOW_VPN_CONNECTIONS';
/** Control Tower calls them by ARNs of Control Catalog. */
const NEWER = ['CT.CLOUDFORMATION.PR.1', 'CT.S3.PR.1', 'SH.S3.1'];
const PATH = `/v1/organizational-units/${UNIT}/changes`;

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

const ask = async (body: object): Promise<UnitChangeAnswer> => {
  const answer = await jetway.as('operator').post(PATH, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body;
};
const approve = async ({ id }: UnitChangeAnswer) => {
  const { status } = await jetway.click(await jetway.message(id), 'approve');
  expect(status).toBe(200);
};
const enabledOn = async (control: string): Promise<{ target: string; status: string }[]> => {
  const { body } = await jetway.as('ana').get('/v1/guardrails');
  return body.items.find((g: { id: string }) => g.id === control).enabledOn;
};
const vended = async (word: string, guardrails: string[]) => {
  const asked = await jetway.order(requestBody(word, { guardrails }));
  const done = await jetway.reachesActive(asked.id);
  return { accountId: done.accountId!, plan: await jetway.plan(asked.id) };
};
const rulesOf = (accountId: string): string[] =>
  jetway.cloud
    .callIn(accountId, 'config', 'DescribeConfigRules')
    .ConfigRules.map((rule: { ConfigRuleName: string }) => rule.ConfigRuleName);
const admin = (accountId: string) => `arn:aws:iam::${accountId}:role/admin`;
const mayMakeVpn = (accountId: string) =>
  !jetway.cloud.denies(accountId, admin(accountId), 'ec2:CreateVpnGateway');

describe('the controls of an organizational unit', () => {
  let before: string;

  it('are changed by operators only, and never the mandatory ones', async () => {
    const body = { enable: [VPN], reason: 'No back doors' };
    for (const roles of [['requester', 'approver'], ['auditor'], ['admin']]) {
      const who = { subject: 'x@example.com', teams: ['payments'], roles };
      expect((await jetway.as(who).post(PATH, body)).status).toBe(403);
    }
    const operator = jetway.as('operator');
    expect((await operator.post(PATH.replace(UNIT, 'ou-ab12-12345678'), body)).status).toBe(404);
    const mandatory = await operator.post(PATH, { disable: ['AWS-GR_CLOUDTRAIL_ENABLED'], reason: 'x' });
    expect(mandatory).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/disable/0', message: expect.stringContaining('mandatory') }] },
    });
    expect((await operator.post(PATH, { reason: 'x' })).status).toBe(422);
    expect((await operator.post(PATH, { ...body, force: true })).status).toBe(422);
  });

  it('are planned for every account that is there, shown to an approver, and enabled', async () => {
    before = (await vended('before', [])).accountId;
    await jetway.reconcile();
    expect(mayMakeVpn(before)).toBe(true);
    const asked = await ask({ enable: [VPN, VOLUMES], reason: 'PCI scope grows' });
    const plan = (await jetway.as('operator').get(asked.links.plan!)).body;
    expect(plan.digest).toBe(asked.plan.digest);
    expect(plan.accounts).toContainEqual({ accountId: before, name: expect.stringMatching(/^before/) });
    const message = await jetway.message(asked.id);
    expect(message.channel).toBe('#approvals-organization');
    for (const word of ['ops@example.com', 'PCI scope grows', `Enable: ${VPN}`, `Enable: ${VOLUMES}`, before])
      expect(message.text).toContain(word);
    const self = { ...PEOPLE.operator, roles: ['operator', 'approver'] };
    const own = await jetway
      .as(self)
      .post(`${asked.links.self}/decisions`, { decision: 'approve', planDigest: asked.plan.digest });
    expect(own).toMatchObject({ status: 403, body: { code: 'self-approval' } });
    await approve(asked);
    const done = await jetway.reaches(asked.id, 'ACTIVE');
    expect(done.steps.map((s) => s.status)).toEqual(Array(4).fill('succeeded'));
    const facts = await jetway.timeline(asked.id);
    expect(facts.filter((f) => f.type === 'ControlChanged').map((f) => f.data.outcome)).toEqual([
      'enabled',
      'enabled',
    ]);
  });

  it('really act: the policy denies, the rule looks', async () => {
    expect(mayMakeVpn(before)).toBe(false);
    expect(rulesOf(before)).toContain(`AWSControlTower_${VOLUMES}`);
  });

  it('are known to planning soon after, and what a unit enforces is not attached twice', async () => {
    await until('the catalogue shows both', async () =>
      (await Promise.all([VPN, VOLUMES].map(enabledOn))).every((targets) =>
        targets.some((t) => t.target === UNIT && t.status === 'SUCCEEDED'),
      ),
    );
    const { accountId, plan } = await vended('after', [VPN, VOLUMES]);
    expect(plan.guardrails.inherited).toEqual(expect.arrayContaining([VPN, VOLUMES]));
    expect(plan.guardrails.preventive.flatMap((p) => p.controls)).not.toContain(VPN);
    expect(plan.guardrails.detective.map((d) => d.control)).not.toContain(VOLUMES);
    expect(mayMakeVpn(accountId)).toBe(false);
    expect(rulesOf(accountId).filter((name) => /encrypted.volumes/i.test(name))).toEqual([
      `AWSControlTower_${VOLUMES}`,
    ]);
    const twice = await jetway.as('operator').post(PATH, { enable: [VPN], reason: 'again' });
    expect(twice).toMatchObject({
      status: 422,
      body: {
        errors: [{ pointer: '/enable/0', message: expect.stringContaining('enabled on Workloads already') }],
      },
    });
  });

  it('may be newer ones, which Control Tower calls by ARNs: enabled, inherited by a vend, looked at for drift', async () => {
    const asked = await ask({ enable: NEWER, reason: 'Before anything is made' });
    const { body: plan } = await jetway.as('operator').get(asked.links.plan!);
    for (const { identifier } of plan.enable)
      expect(identifier).toMatch(/^arn:aws:controlcatalog:::control\/[a-z0-9]{20,}$/);
    await approve(asked);
    await jetway.reaches(asked.id, 'ACTIVE');
    await until('the catalogue shows them by their names', async () =>
      (await Promise.all(NEWER.map(enabledOn))).every((targets) =>
        targets.some((t) => t.target === UNIT && t.status === 'SUCCEEDED'),
      ),
    );
    const made = await vended('newer', []);
    expect(made.plan.guardrails.inherited).toEqual(expect.arrayContaining(NEWER));
    const { status } = await jetway.as('operator').post(`/v1/accounts/${made.accountId}/drift-checks`);
    expect(status).toBe(202);
    await until('it was looked at', async () => {
      const { body } = await jetway.as('operator').get(`/v1/accounts/${made.accountId}/compliance`);
      return body.drift?.status === 'NONE' || body.drift?.status === 'IN_SYNC';
    });
    const back = await ask({ disable: NEWER, reason: 'Enough' });
    await approve(back);
    await jetway.reaches(back.id, 'ACTIVE');
    await until('the catalogue shows the end', async () =>
      (await Promise.all(NEWER.map(enabledOn))).every((targets) => targets.every((t) => t.target !== UNIT)),
    );
  });

  it('that fail stop the change in AWS’s words, and a resume goes on there', async () => {
    const control = 'AWS-GR_RESTRICTED_SSH';
    jetway.aws.scenario({ control, outcome: 'control-fails' });
    const asked = await ask({ enable: [control], disable: [VPN], reason: 'Swap them' });
    await approve(asked);
    const stopped = await jetway.reaches(asked.id, 'QUARANTINED');
    expect(stopped.failure).toMatchObject({
      code: 'controls-failed',
      detail: expect.stringContaining('AWS Control Tower could not deploy the control to every account.'),
      retriable: true,
    });
    // Listed is not enabled; and the control after it was not touched.
    await until('the catalogue shows the failure', async () =>
      (await enabledOn(control)).some((t) => t.target === UNIT && t.status === 'FAILED'),
    );
    expect(mayMakeVpn(before)).toBe(false);
    expect((await jetway.resume(asked.id)).status).toBe(202);
    await jetway.reaches(asked.id, 'ACTIVE');
    expect(rulesOf(before)).toContain(`AWSControlTower_${control}`);
    expect(mayMakeVpn(before)).toBe(true);
    await until('the catalogue shows the end', async () => {
      const [vpn, ssh] = await Promise.all([enabledOn(VPN), enabledOn(control)]);
      return (
        vpn.every((t) => t.target !== UNIT) && ssh.some((t) => t.target === UNIT && t.status === 'SUCCEEDED')
      );
    });
  });

  it('are asked for once with one key, and can be taken back before the approval', async () => {
    const body = { disable: [VOLUMES], reason: 'Enough' };
    const post = (more: object = {}) =>
      jetway.as('operator').post(PATH, { ...body, ...more }, { 'idempotency-key': 'unit-change-1' });
    const [first, second] = [await post(), await post()];
    expect(second.body.id).toBe(first.body.id);
    expect((await post({ reason: 'other' })).body.code).toBe('idempotency-key-reused');
    const cancelled = await jetway.as('operator').post(`/v1/account-requests/${first.body.id}/cancel`);
    expect(cancelled).toMatchObject({ status: 202, body: { status: 'CANCELLED' } });
    expect(rulesOf(before)).toContain(`AWSControlTower_${VOLUMES}`);
    const { body: list } = await jetway.as('operator').get('/v1/account-requests?status=CANCELLED');
    expect(list.items).toMatchObject([{ id: first.body.id, kind: 'organizational-unit-change' }]);
  });
});

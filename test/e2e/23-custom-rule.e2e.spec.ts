import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';

/** Our own Config rule: a function in the audit account evaluates the roles of a vended account. */
const CONTROL = 'JETWAY-GR_ROLE_TRUST';
const STRANGER = '999900001111';
const trust = (AWS: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
  });

let service: TestService;
let accountId: string;
beforeAll(async () => {
  service = await startService();
  const asked = await service.order(requestBody('role-trust', { guardrails: [CONTROL] }));
  accountId = (await service.reachesActive(asked.id)).accountId!;
}, 120_000);
afterAll(() => service.close());

type Verdict = { resourceId: string; status: string; annotation?: string };
type Row = { control: string; status: string; resources: Verdict[] };
const row = async (): Promise<Row | undefined> => {
  const { body } = await service.as('operator').get(`/v1/accounts/${accountId}/compliance`);
  return body.items.find(({ control }: Row) => control === CONTROL);
};
const iam = (action: string, input: object) => service.cloud.callIn(accountId, 'iam', action, input);
const roleId = (name: string): string => iam('GetRole', { RoleName: name }).Role.RoleId;
const verdictOn = async (id: string): Promise<Verdict | undefined> =>
  (await row())?.resources.find(({ resourceId }) => resourceId === id);

describe('a role of a vended account', () => {
  it('is right as long as the organization alone may assume it', async () => {
    const ours = roleId('jetway-config-evaluator');
    await until('the rule has looked at our own roles', async () => (await verdictOn(ours)) !== undefined);
    const { status, resources = [] } = (await row()) ?? {};
    expect(status).toBe('COMPLIANT');
    expect(resources.filter((verdict) => verdict.status !== 'COMPLIANT')).toEqual([]);
    expect(resources.length).toBeGreaterThan(5);
  });

  it('is told of when a stranger may assume it, in the words of the rule', async () => {
    iam('CreateRole', {
      RoleName: 'vendor',
      AssumeRolePolicyDocument: trust(`arn:aws:iam::${STRANGER}:root`),
    });
    const id = roleId('vendor');
    await until('the role is NON_COMPLIANT', async () => (await verdictOn(id))?.status === 'NON_COMPLIANT');
    expect(await verdictOn(id)).toMatchObject({
      annotation: `Trust policy: arn:aws:iam::${STRANGER}:root is outside the organization.`,
    });
    expect((await row())?.status).toBe('NON_COMPLIANT');
  });

  it('is right again when it is mended', async () => {
    const PolicyDocument = trust(`arn:aws:iam::${accountId}:root`);
    iam('UpdateAssumeRolePolicy', { RoleName: 'vendor', PolicyDocument });
    const id = roleId('vendor');
    await until('the role is COMPLIANT', async () => (await verdictOn(id))?.status === 'COMPLIANT');
  });

  it('is no longer spoken of when it is gone', async () => {
    const id = roleId('vendor');
    iam('DeleteRole', { RoleName: 'vendor' });
    await until('the verdict is withdrawn', async () => {
      const status = (await verdictOn(id))?.status;
      return status === undefined || status === 'NOT_APPLICABLE';
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INSTANCE_ARN } from '../../infra/local/services/identity-center-seed.ts';
import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import { requestBody, startService, type TestService } from '../support/jetway.ts';

const NAME = 'jetway-ReadOnly';
let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

const sso = (action: string, input: object = {}) => {
  const { managementAccountId } = jetway.aws.world.landingZone;
  return jetway.cloud.callIn(managementAccountId, 'sso-admin', action, {
    InstanceArn: INSTANCE_ARN,
    ...input,
  });
};
const setsNamed = (name: string): { PermissionSetArn: string }[] =>
  sso('ListPermissionSets')
    .PermissionSets.map(
      (PermissionSetArn: string) => sso('DescribePermissionSet', { PermissionSetArn }).PermissionSet,
    )
    .filter((set: { Name: string }) => set.Name === name);

type Told = { permissionSets: { permissionSet: string; how: string }[]; assignments: object[] };
async function vend(word: string) {
  const body = requestBody(word, { blueprint: { name: 'standard' }, access: [] });
  const asked = await jetway.submit(body);
  const plan: AccountPlan = await jetway.plan(asked.id);
  await jetway.decide(asked, 'approve');
  const { accountId } = await jetway.reachesActive(asked.id);
  const told = (await jetway.timeline(asked.id)).find((fact) => fact.type === 'AccessAssigned');
  return { plan, accountId: accountId!, told: told?.data as Told };
}

describe('access that comes from the blueprint alone', () => {
  it('is assigned with a permission set that the first vend makes and the second finds', async () => {
    expect(setsNamed(NAME)).toEqual([]);
    const first = await vend('audited');
    expect(first.plan.access).toMatchObject([{ principal: 'security-auditors', permissionSet: NAME }]);
    expect(first.told.permissionSets).toMatchObject([{ permissionSet: NAME, how: 'made' }]);
    expect(first.told.assignments).toMatchObject([{ principal: 'security-auditors', permissionSet: NAME }]);
    const [made] = setsNamed(NAME);
    expect(made).toMatchObject({ SessionDuration: 'PT4H' });
    expect(
      sso('ListManagedPoliciesInPermissionSet', { PermissionSetArn: made!.PermissionSetArn }),
    ).toMatchObject({ AttachedManagedPolicies: [{ Arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] });

    const second = await vend('audited-too');
    expect(second.told.permissionSets).toMatchObject([{ permissionSet: NAME, how: 'found' }]);
    expect(setsNamed(NAME)).toEqual([made]);
    for (const { accountId, plan } of [first, second])
      expect(jetway.cloud.assignmentsOf(accountId)).toMatchObject([
        { PrincipalId: plan.access[0]!.principalId, PermissionSetArn: made!.PermissionSetArn },
      ]);
  });
});

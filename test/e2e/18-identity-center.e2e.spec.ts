import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDENTITY_STORE_ID, INSTANCE_ARN } from '../../infra/local/services/identity-center-seed.ts';
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

type Told = {
  groups: { group: string; groupId: string; how: string }[];
  permissionSets: { permissionSet: string; how: string }[];
  assignments: object[];
};
async function vend(word: string, identityCenter: object = {}) {
  const parameters = { 'identity-center': identityCenter };
  const body = requestBody(word, { blueprint: { name: 'standard', parameters }, access: [] });
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

describe('a group and a permission set that nobody has made', () => {
  const operators = { group: 'payments-operators', permissionSet: 'jetway-Operator' };
  const wanted = { baseline: [operators], createGroups: true };
  const groupId = (name: string): string =>
    jetway.cloud.callIn(jetway.aws.world.landingZone.managementAccountId, 'identitystore', 'GetGroupId', {
      IdentityStoreId: IDENTITY_STORE_ID,
      AlternateIdentifier: { UniqueAttribute: { AttributePath: 'displayName', AttributeValue: name } },
    }).GroupId;

  it('are in the plan, made after the account is active, and found by the next vend', async () => {
    const first = await vend('operated', wanted);
    expect(first.plan).toMatchObject({
      groups: [{ name: operators.group }],
      permissionSets: [{ name: operators.permissionSet, inlinePolicy: expect.stringContaining('Statement') }],
      warnings: expect.arrayContaining([expect.stringContaining('payments-operators')]),
    });
    const madeId = groupId(operators.group);
    expect(first.told).toMatchObject({
      groups: [{ group: operators.group, groupId: madeId, how: 'made' }],
      permissionSets: [{ permissionSet: operators.permissionSet, how: 'made' }],
    });
    const [{ PermissionSetArn }] = setsNamed(operators.permissionSet) as [{ PermissionSetArn: string }];
    expect(sso('GetInlinePolicyForPermissionSet', { PermissionSetArn }).InlinePolicy).toBe(
      first.plan.permissionSets[0]!.inlinePolicy,
    );
    expect(jetway.cloud.assignmentsOf(first.accountId)).toMatchObject([
      { PrincipalId: madeId, PermissionSetArn },
    ]);
    await jetway.reconcile();
    const second = await vend('operated-too', wanted);
    expect(second.plan).toMatchObject({ groups: [], access: [{ principalId: madeId }] });
    expect(second.told.permissionSets).toMatchObject([{ how: 'found' }]);
  });

  it('are refused before anything is made when the blueprint may not make them', async () => {
    const asked = jetway.submit(
      requestBody('unmade', {
        blueprint: {
          name: 'standard',
          parameters: { 'identity-center': { baseline: [{ ...operators, group: 'nobody-yet' }] } },
        },
      }),
    );
    await expect(asked).rejects.toThrow('createGroups of identity-center is not on');
  });
});

import { describe, expect, it } from 'vitest';
import { exampleSnapshot } from '../reconciliation/snapshot.fixture.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { contextWith } from './context.fixture.ts';
import { planAccount } from './plan.ts';

const standard = (baseline?: unknown, more: object = {}) => ({
  name: 'standard',
  parameters: { 'identity-center': { ...(baseline === undefined ? {} : { baseline }), ...more } },
});
const auditors = { group: 'security-auditors', permissionSet: 'jetway-ReadOnly' };
const ARN = 'arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-jetwayreadonly01';
const others = exampleSnapshot.permissionSets.filter(({ name }) => name !== 'jetway-ReadOnly');
const having = (permissionSets: typeof others) =>
  contextWith({ snapshot: { ...exampleSnapshot, permissionSets } });
const lacking = having(others);
const known = having([...others, { arn: ARN, name: 'jetway-ReadOnly' }]);

const outcome = (request: object, context = lacking) => planAccount(requestWith(request), context);
function planned(request: object, context = lacking) {
  const result = outcome(request, context);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result.plan;
}

describe('access that the blueprint gives to every account', () => {
  it('comes after what the request asks for; a shipped permission set is planned to be made', () => {
    const plan = planned({ blueprint: standard() });
    expect(plan.access.map((one) => `${one.principal} ${one.permissionSet}`)).toEqual([
      'payments-admins AdministratorAccess',
      'security-auditors jetway-ReadOnly',
    ]);
    expect(plan.access[1]).not.toHaveProperty('permissionSetArn');
    expect(plan.permissionSets).toEqual([
      expect.objectContaining({
        name: 'jetway-ReadOnly',
        sessionDuration: 'PT4H',
        managedPolicies: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      }),
    ]);
    expect(plan.warnings).toContain(
      'The permission set jetway-ReadOnly is not in Identity Center yet and will be made.',
    );
    expect(plan.groups).toEqual([]);
    expect(plan.components).toContainEqual({
      name: 'identity-center',
      version: '1.0.0',
      mode: 'verify',
      region: 'us-east-1',
      parameters: {},
    });
  });

  it('takes the permission set that Identity Center has, without a warning', () => {
    const plan = planned({ blueprint: standard() }, known);
    expect(plan.access[1]?.permissionSetArn).toBe(ARN);
    expect(plan.permissionSets[0]?.permissionSetArn).toBe(ARN);
    expect(plan.warnings.join()).not.toContain('jetway-ReadOnly');
  });

  it('is given once when the request asks for the same', () => {
    const plan = planned({ blueprint: standard(), access: [auditors] });
    expect(plan.access).toHaveLength(1);
  });

  it('has the inline policy of a shipped permission set in the plan, word for word', () => {
    const operators = { group: 'auditors', permissionSet: 'jetway-Operator' };
    const [set] = planned({ blueprint: standard([operators]), access: [] }).permissionSets;
    expect(set?.inlinePolicy).toBe(contextWith().permissionSets.get('jetway-Operator')?.inlinePolicy);
    expect(JSON.parse(set?.inlinePolicy ?? '')).toHaveProperty('Statement');
  });

  it.each([
    [
      'a group that is not there',
      { blueprint: standard([{ ...auditors, group: 'nobody' }]) },
      '/blueprint/parameters/identity-center/baseline/0/group',
    ],
    [
      'a permission set that nobody has',
      { blueprint: standard([auditors, { ...auditors, permissionSet: 'jetway-Nothing' }]) },
      '/blueprint/parameters/identity-center/baseline/1/permissionSet',
    ],
    [
      'a shipped permission set for a group that is not there',
      { access: [{ group: 'nobody', permissionSet: 'jetway-ReadOnly' }] },
      '/access/0/group',
    ],
    [
      'an entry without a group',
      { blueprint: standard([{ permissionSet: 'jetway-ReadOnly' }]) },
      '/blueprint/parameters/identity-center/baseline/0/group',
    ],
    [
      'an unknown field of an entry',
      { blueprint: standard([{ ...auditors, user: 'ana' }]) },
      '/blueprint/parameters/identity-center/baseline/0/user',
    ],
    [
      'an entry that is there twice',
      { blueprint: standard([auditors, auditors]) },
      '/blueprint/parameters/identity-center/baseline',
    ],
  ])('is refused with its pointer: %s', (_, request, pointer) => {
    const result = outcome(request);
    expect('errors' in result && result.errors.map((error) => error.pointer)).toEqual([pointer]);
  });
});

describe('groups that are made', () => {
  const on = { createGroups: true };
  const operators = { group: 'payments-operators', permissionSet: 'jetway-ReadOnly' };

  it('are planned once, with a warning, for the baseline and for what is asked for', () => {
    const plan = planned({
      blueprint: standard([operators], on),
      access: [{ ...operators, permissionSet: 'AdministratorAccess' }],
    });
    expect(plan.groups).toEqual([
      { name: 'payments-operators', description: 'Made by Jetway for access to accounts' },
    ]);
    expect(plan.access.map(({ principal, principalId }) => [principal, principalId])).toEqual([
      ['payments-operators', undefined],
      ['payments-operators', undefined],
    ]);
    expect(plan.warnings).toContain(
      'The group payments-operators is not in Identity Center yet and will be made, without members.',
    );
  });

  it('are none when every group is there', () => {
    const plan = planned({ blueprint: standard(undefined, on) });
    expect(plan.groups).toEqual([]);
    expect(plan.access.every(({ principalId }) => principalId !== undefined)).toBe(true);
  });

  it.each([
    ['nobody said so', {}, operators, 'createGroups of identity-center is not on'],
    ['the plan says no', { createGroups: false }, operators, 'is not on'],
    ['one is there, written otherwise', on, { ...operators, group: 'Auditors' }, 'but auditors'],
  ])('are refused when %s', (_, more, one, words) => {
    const result = outcome({ blueprint: standard([one], more), access: [] });
    expect('errors' in result && result.errors).toEqual([
      {
        pointer: '/blueprint/parameters/identity-center/baseline/0/group',
        message: expect.stringContaining(words),
      },
    ]);
  });

  it.each(['yes', 1, null])('are not asked for by %j', (createGroups) => {
    const result = outcome({ blueprint: standard([], { createGroups }) });
    expect('errors' in result && result.errors.map(({ pointer }) => pointer)).toEqual([
      '/blueprint/parameters/identity-center/createGroups',
    ]);
  });
});

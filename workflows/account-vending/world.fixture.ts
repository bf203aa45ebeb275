import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import { ACCOUNT_ID } from './answers.fixture.ts';
import { catalogAnswers, governanceAnswers, organizationsAnswers } from './management.fixture.ts';
import { memberAnswers, type Stack, type Vpc } from './member.fixture.ts';
import { groupAnswers, permissionSetAnswers, permissionSetArn } from './permission-sets.fixture.ts';
import { stackSetAnswers, stackSetState } from './stack-sets.fixture.ts';

/** A trust document of one statement. */
export const trust = (statement: object): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }],
});

const AUDIT_ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/jetway-audit-read-only`;

const vendingState = (plan: AccountPlan) => ({
  unitName: plan.organization.organizationalUnitName,
  baseline: 'SUCCEEDED',
  versionActive: true,
  quotas: { accounts: 10, policies: 5, size: 5120 },
  accounts: ['111122223333', '222233334444', '333344445555'].map((Id) => ({
    Id,
    Name: `account ${Id}`,
    Email: `${Id}@example.com`,
    State: 'ACTIVE',
  })),
  /** Where the new account is left. */
  parent: plan.account.organizationalUnitId,
  product: undefined as undefined | { status: string; record: string },
  record: { status: 'SUCCEEDED', errors: [] as { Code: string; Description: string }[], outputs: true },
  policies: [
    { Id: 'p-FullAWSAccess', Name: 'FullAWSAccess' },
    { Id: plan.fence.quarantinePolicyId, Name: 'jetway-quarantine' },
    { Id: 'p-rootfence1', Name: 'jetway-root-fence' },
  ],
  contents: new Map<string, string>(),
  attached: ['p-FullAWSAccess'],
  tags: {} as Record<string, string>,
  stacks: new Map<string, Stack>(),
  failing: new Set<string>(),
  sets: stackSetState(),
  trail: {
    IsOrganizationTrail: true,
    IsMultiRegionTrail: true,
    LogFileValidationEnabled: true,
    logging: true,
  },
  recording: true,
  outputs: new Map([
    ['jetway-vpc', [{ OutputKey: 'VpcCidr', OutputValue: '10.16.0.0/22' }]],
    ['jetway-audit-roles', [{ OutputKey: 'ReadOnlyRoleArn', OutputValue: AUDIT_ROLE }]],
  ]),
  /** Besides the one of the plan. */
  vpcs: [] as Vpc[],
  trusts: new Map<string, object>([
    [
      'jetway-execution',
      trust({
        Principal: { AWS: 'arn:aws:iam::111122223333:role/jetway-vend' },
        Condition: { StringEquals: { 'sts:ExternalId': ['vending', 'drift'] } },
      }),
    ],
    ['jetway-events', trust({ Principal: { Service: 'events.amazonaws.com' } })],
  ]),
  rules: [...plan.guardrails.detective.map((rule) => rule.ruleName), 'other-rule', 'third-rule'],
  controls: new Map<string, { id: string; status: string }[]>([
    [
      plan.organization.organizationalUnitArn,
      [
        { id: 'AWS-GR_CLOUDTRAIL_CHANGE_PROHIBITED', status: 'SUCCEEDED' },
        { id: 'AWS-GR_EBS_OPTIMIZED', status: 'FAILED' },
        { id: 'AWS-GR_AUDIT_BUCKET', status: 'SUCCEEDED' },
      ],
    ],
    [
      plan.organization.organizationalUnitArn.replace(plan.account.organizationalUnitId, 'ou-ab12-workloads'),
      [{ id: 'AWS-GR_REGION_DENY', status: 'SUCCEEDED' }],
    ],
  ]),
  groups: [] as { id: string; name: string }[],
  permissionSets: [
    { arn: permissionSetArn(1), name: 'AdministratorAccess', policies: [] as string[], inline: '' },
  ],
  assignments: [] as { PermissionSetArn: string; PrincipalId: string; PrincipalType: string }[],
  provisionings: 0,
});
export type VendingState = ReturnType<typeof vendingState>;

/** What the vend meets when everything goes well. Tests change it, or script single answers around it. */
export function vendingWorld(plan: AccountPlan) {
  const state = vendingState(plan);
  const createAccount = () => {
    if (!state.accounts.some((account) => account.Id === ACCOUNT_ID)) {
      const { name: Name, email } = plan.account;
      // AWS keeps the case that it was given; we compare without it.
      state.accounts.push({ Id: ACCOUNT_ID, Name, Email: email.toUpperCase(), State: 'ACTIVE' });
    }
  };

  const calls = {
    ...catalogAnswers(state, plan, createAccount),
    ...organizationsAnswers(state, plan),
    ...governanceAnswers(state),
    ...groupAnswers(state),
    ...permissionSetAnswers(state),
    ...memberAnswers(state),
    ...stackSetAnswers(state.sets),
  };
  return { state, createAccount, calls };
}

import { deepEqual, equal, ok } from 'node:assert/strict';
import { trusts } from '../../../infra/local/authorization/trust.ts';
import type { LocalAws } from '../../../infra/local/index.ts';
import type { AccountPlan } from '../../../services/planning/plan.schema.ts';
import { trustOf } from '../mixed-aws.ts';
import type { Moto } from '../moto.ts';
import type { Report } from '../report.ts';
import { managementRoleOf } from '../twin.ts';
import { type Ask, askIn, listOf } from './ask.ts';

export type Judged = {
  report: Report;
  moto: Moto;
  aws: LocalAws;
  topic: string;
  plan: AccountPlan;
  accountId: string;
};

const SCP = 'SERVICE_CONTROL_POLICY';

/** The organization's side of an account: its place, its policies, its tags, who may enter. */
export function judgeGovernance({ report, moto, aws, topic, plan, accountId }: Judged): void {
  const ask: Ask = (service, action, input = {}) =>
    moto.call(service, action, input, { roleArn: managementRoleOf(aws), region: aws.region });
  report.check(topic, 'the account is in its unit, with its address and tags', () => {
    const { Account } = ask('organizations', 'DescribeAccount', { AccountId: accountId });
    deepEqual([Account.Email, Account.State], [plan.account.email, 'ACTIVE']);
    const { Parents } = ask('organizations', 'ListParents', { ChildId: accountId });
    equal(Parents[0].Id, plan.account.organizationalUnitId);
    const tags = listOf(ask, 'organizations', 'ListTagsForResource', 'Tags', { ResourceId: accountId });
    const given = new Map(tags.map(({ Key, Value }) => [Key, Value]));
    equal(given.get('jetway:request-id'), plan.requestId);
    for (const [key, value] of Object.entries(plan.tags)) equal(given.get(key), value);
  });
  const attached = listOf(ask, 'organizations', 'ListPoliciesForTarget', 'Policies', {
    TargetId: accountId,
    Filter: SCP,
  });
  const preventive = plan.guardrails.preventive;
  report.check(
    topic,
    `${preventive.length} service control policies with the approved text, the fence lifted`,
    () => {
      deepEqual(
        attached.map(({ Name }) => Name).sort(),
        ['FullAWSAccess', ...preventive.map(({ policyName }) => policyName)].sort(),
      );
      for (const { policyName, content } of preventive) {
        const PolicyId = attached.find(({ Name }) => Name === policyName)?.Id;
        const { Policy } = ask('organizations', 'DescribePolicy', { PolicyId });
        equal(Policy.Content, content);
        equal(Policy.PolicySummary.Type, SCP);
      }
    },
  );
  report.check(topic, `${plan.access.length} assignments of groups to permission sets`, () => {
    ok(plan.identityCenter);
    const InstanceArn = plan.identityCenter.instanceArn;
    const { PermissionSets } = ask('sso-admin', 'ListPermissionSets', { InstanceArn });
    const made = PermissionSets.map(
      (PermissionSetArn: string) =>
        ask('sso-admin', 'DescribePermissionSet', { InstanceArn, PermissionSetArn }).PermissionSet,
    );
    for (const { principalId, permissionSet, permissionSetArn } of plan.access) {
      const byName = made.find(({ Name }: { Name: string }) => Name === permissionSet)?.PermissionSetArn;
      const input = { InstanceArn, AccountId: accountId, PermissionSetArn: permissionSetArn ?? byName };
      const { AccountAssignments } = ask('sso-admin', 'ListAccountAssignments', input);
      deepEqual(
        AccountAssignments.map((one: { PrincipalId: string; PrincipalType: string }) => [
          one.PrincipalType,
          one.PrincipalId,
        ]),
        [['GROUP', principalId]],
      );
    }
  });
}

/** Who can become the roles that the vend has left, by their trust documents as moto has them. */
export function judgeChain({ report, moto, aws, topic, plan, accountId }: Judged): void {
  const { managementAccountId, auditAccountId, organizationId, homeRegion } = aws.landingZone;
  const trust = (role: string) => trustOf(moto, accountId, role, homeRegion);
  const vend = managementRoleOf(aws);
  report.check(topic, 'jetway-execution lets the vend in with its external id, and nobody else', () => {
    const machine = `arn:aws:states:${homeRegion}:${managementAccountId}:stateMachine:account-vending`;
    const lets = (principalArn: string, externalId?: string) =>
      trusts(trust('jetway-execution'), { principalArn, organizationId, ...(externalId && { externalId }) });
    deepEqual(
      [
        lets(vend, machine),
        lets(vend),
        lets(vend, `${machine}-other`),
        lets(`arn:aws:iam::${auditAccountId}:role/jetway-vend`, machine),
      ],
      [true, false, false, false],
    );
  });
  const roles = plan.components.find(({ name }) => name === 'audit-roles');
  if (!roles) return;
  report.check(topic, 'the audit account can read, with the external id, and looks into this account', () => {
    const externalId = roles.parameters.ExternalId ?? '';
    const auditor = `arn:aws:iam::${auditAccountId}:role/auditor`;
    const asked = { principalArn: auditor, organizationId };
    equal(trusts(trust('jetway-audit-read-only'), { ...asked, externalId }), true);
    equal(trusts(trust('jetway-audit-read-only'), asked), false);
    equal(trusts(trust('jetway-audit-read-only'), { ...asked, principalArn: vend, externalId }), false);
    const roleArn = `arn:aws:iam::${accountId}:role/jetway-audit-read-only`;
    const { Account } = moto.call(
      'sts',
      'GetCallerIdentity',
      {},
      { roleArn, region: homeRegion, externalId },
    );
    equal(Account, accountId);
  });
}

/** What Control Tower manages and the vend only proves. */
export function judgeManaged({ report, moto, topic, plan, accountId }: Judged): void {
  for (const { name, region } of plan.components.filter(({ mode }) => mode === 'verify')) {
    const ask = askIn(moto, accountId, region);
    if (name === 'cloudtrail') {
      report.check(topic, `cloudtrail: an organization trail logs in ${region}`, () => {
        const { trailList } = ask('cloudtrail', 'DescribeTrails', { includeShadowTrails: true });
        const trail = trailList.find((one: { IsOrganizationTrail: boolean }) => one.IsOrganizationTrail);
        deepEqual([trail?.IsMultiRegionTrail, trail?.LogFileValidationEnabled], [true, true]);
        equal(ask('cloudtrail', 'GetTrailStatus', { Name: trail.TrailARN }).IsLogging, true);
      });
    }
    if (name === 'config') {
      report.check(topic, `config: a recorder records in ${region}`, () => {
        const { ConfigurationRecordersStatus } = ask('config', 'DescribeConfigurationRecorderStatus');
        deepEqual(
          ConfigurationRecordersStatus.map((one: { recording: boolean }) => one.recording),
          [true],
        );
      });
    }
  }
}

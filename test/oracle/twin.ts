import type { LocalAws } from '../../infra/local/index.ts';
import {
  ORGANIZATION_COLLECTIONS,
  type OrganizationAccount,
  type OrganizationalUnitDoc,
} from '../../infra/local/organization-tree.ts';
import type { Artifact } from '../../workflows/artifacts.ts';
import { settleAccount } from './account-baseline.ts';
import type { Moto } from './moto.ts';
import { followStackSets } from './stack-set-twin.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of many operations; each line knows its own
type Answer = any;
type Ask = (service: string, action: string, input?: object) => Answer;

/** The landing zone of the embedded AWS, made again on moto through moto's own APIs. */
export type Twin = {
  /** Does on moto what the embedded Account Factory and stack sets have done since. */
  follow(): void;
};

export const managementRoleOf = ({ landingZone }: Pick<LocalAws, 'landingZone'>): string =>
  `arn:aws:iam::${landingZone.managementAccountId}:role/jetway-vend`;

/** What a person did before Jetway came: organization, units, core accounts, fences, people, the artifact bucket. */
export function foundTwin(
  aws: LocalAws,
  moto: Moto,
  templates: { bucket: string; artifacts: readonly Artifact[] },
): Twin {
  const there: Ask = (service, action, input = {}) =>
    moto.call(service, action, input, { roleArn: managementRoleOf(aws), region: aws.region });
  const here: Ask = (service, action, input = {}) => aws.dispatcher.call(service, action, input, aws.caller);
  const placed = new Map<string, string>();
  const enrolled = new Set<string>();
  const followSets = followStackSets(aws, moto);

  foundOrganization(here, there, moto);
  foundUnits(here, there, moto, aws.landingZone.rootId);
  const follow = (): void => {
    for (const account of aws.world.store.values<OrganizationAccount>(ORGANIZATION_COLLECTIONS.accounts)) {
      if (account.Id === aws.landingZone.managementAccountId) continue;
      if (!moto.ids.isKnown(account.Id)) createAccount(there, moto, account);
      const from = placed.get(account.Id) ?? aws.landingZone.rootId;
      if (from !== account.ParentId) {
        const move = { AccountId: account.Id, SourceParentId: from, DestinationParentId: account.ParentId };
        there('organizations', 'MoveAccount', move);
      }
      placed.set(account.Id, account.ParentId);
      if (!enrolled.has(account.Id) && settleAccount(aws, moto, account.Id)) enrolled.add(account.Id);
    }
    followSets();
  };
  foundLogBuckets(aws, moto, follow);
  foundPolicies(here, there, moto, aws);
  foundPeople(here, there, moto);
  there('s3', 'CreateBucket', { Bucket: templates.bucket });
  for (const { fileName, text } of templates.artifacts) {
    there('s3', 'PutObject', { Bucket: templates.bucket, Key: fileName, Body: text });
  }
  return { follow };
}

function foundOrganization(here: Ask, there: Ask, moto: Moto): void {
  const { Organization: motos } = there('organizations', 'CreateOrganization', { FeatureSet: 'ALL' });
  const { Organization: ours } = here('organizations', 'DescribeOrganization');
  const [root] = here('organizations', 'ListRoots').Roots;
  const [motosRoot] = there('organizations', 'ListRoots').Roots;
  moto.ids.pair(ours.Id, motos.Id);
  moto.ids.pair(root.Id, motosRoot.Id);
  const type = { RootId: root.Id, PolicyType: 'SERVICE_CONTROL_POLICY' };
  if (motosRoot.PolicyTypes.length === 0) there('organizations', 'EnablePolicyType', type);
}

function foundUnits(here: Ask, there: Ask, moto: Moto, ParentId: string): void {
  for (const { Id, Name } of pages(here, 'ListOrganizationalUnitsForParent', 'OrganizationalUnits', {
    ParentId,
  })) {
    const { OrganizationalUnit } = there('organizations', 'CreateOrganizationalUnit', { ParentId, Name });
    moto.ids.pair(Id, OrganizationalUnit.Id);
    foundUnits(here, there, moto, Id);
  }
}

function createAccount(there: Ask, moto: Moto, { Id, Name, Email }: OrganizationAccount): void {
  const account = { AccountName: Name, Email, RoleName: 'AWSControlTowerExecution' };
  const { CreateAccountStatus } = there('organizations', 'CreateAccount', account);
  const asked = { CreateAccountRequestId: CreateAccountStatus.Id };
  const { CreateAccountStatus: done } = there('organizations', 'DescribeCreateAccountStatus', asked);
  if (done.State !== 'SUCCEEDED') throw new Error(`moto did not create ${Name}: ${done.FailureReason}`);
  moto.ids.pair(Id, done.AccountId);
}

/** Control Tower's bucket and ours have to be there before an account can be enrolled, and its traffic logged. */
function foundLogBuckets(aws: LocalAws, moto: Moto, follow: () => void): void {
  const { logArchiveAccountId, homeRegion: region } = aws.landingZone;
  const account = aws.world.store.get<OrganizationAccount>(
    ORGANIZATION_COLLECTIONS.accounts,
    logArchiveAccountId,
  );
  if (!account) throw new Error('the landing zone has no log archive');
  const there: Ask = (service, action, input = {}) =>
    moto.call(service, action, input, { roleArn: managementRoleOf(aws), region });
  createAccount(there, moto, account);
  const owner = { roleArn: `arn:aws:iam::${logArchiveAccountId}:role/AWSControlTowerExecution`, region };
  for (const name of ['aws-controltower-logs', 'jetway-logs']) {
    moto.call('s3', 'CreateBucket', { Bucket: `${name}-${logArchiveAccountId}-${region}` }, owner);
  }
  follow();
}

const SCP = 'SERVICE_CONTROL_POLICY';

/** The fences. FullAWSAccess is moto's own, under the same id. */
function foundPolicies(here: Ask, there: Ask, moto: Moto, aws: LocalAws): void {
  for (const { Id, Name, Description, AwsManaged } of pages(here, 'ListPolicies', 'Policies', {
    Filter: SCP,
  })) {
    if (AwsManaged) continue;
    const { Content } = here('organizations', 'DescribePolicy', { PolicyId: Id }).Policy;
    const policy = { Name, Description, Content, Type: SCP };
    const { Policy } = there('organizations', 'CreatePolicy', policy);
    moto.ids.pair(Id, Policy.PolicySummary.Id);
  }
  const units = [
    aws.landingZone.rootId,
    ...aws.world.store.values<OrganizationalUnitDoc>(ORGANIZATION_COLLECTIONS.units).map(({ Id }) => Id),
  ];
  for (const TargetId of units) {
    for (const { Id, AwsManaged } of pages(here, 'ListPoliciesForTarget', 'Policies', {
      TargetId,
      Filter: SCP,
    })) {
      if (!AwsManaged) there('organizations', 'AttachPolicy', { PolicyId: Id, TargetId });
    }
  }
}

/** Identity Center: groups and permission sets in the same order. */
function foundPeople(here: Ask, there: Ask, moto: Moto): void {
  const [ours] = here('sso-admin', 'ListInstances').Instances;
  const [motos] = there('sso-admin', 'ListInstances').Instances;
  const { InstanceArn, IdentityStoreId } = ours;
  moto.ids.pair(IdentityStoreId, motos.IdentityStoreId);
  for (const PermissionSetArn of allOf(here, 'sso-admin', 'ListPermissionSets', 'PermissionSets', {
    InstanceArn,
  })) {
    const { PermissionSet } = here('sso-admin', 'DescribePermissionSet', { InstanceArn, PermissionSetArn });
    const { Name, Description, SessionDuration } = PermissionSet;
    const made = there('sso-admin', 'CreatePermissionSet', {
      InstanceArn: motos.InstanceArn,
      Name,
      Description,
      SessionDuration,
    }).PermissionSet;
    moto.ids.pair(PermissionSetArn, made.PermissionSetArn);
  }
  // Last, because the ARNs of permission sets contain it in part.
  moto.ids.pair(InstanceArn, motos.InstanceArn);
  for (const { GroupId, DisplayName, Description } of allOf(here, 'identitystore', 'ListGroups', 'Groups', {
    IdentityStoreId,
  })) {
    const made = there('identitystore', 'CreateGroup', { IdentityStoreId, DisplayName, Description });
    moto.ids.pair(GroupId, made.GroupId);
  }
}

const pages = (ask: Ask, action: string, key: string, input: object): Answer[] =>
  allOf(ask, 'organizations', action, key, input);

/** Every page of a list. */
function allOf(ask: Ask, service: string, action: string, key: string, input: object): Answer[] {
  const items: Answer[] = [];
  for (let token: string | undefined; ; ) {
    const answer = ask(service, action, { ...input, ...(token && { NextToken: token }) });
    items.push(...answer[key]);
    token = answer.NextToken;
    if (!token) return items;
  }
}

import type { LocalAws } from '../../infra/local/index.ts';
import { GLOBAL, listResources } from '../../infra/local/services/account-resources.ts';
import { ROLE_TYPE } from '../../infra/local/services/iam.ts';
import { AwsError } from '../../infra/local/world.ts';
import type { Moto, Principal } from './moto.ts';

const EXECUTION_ROLE = 'AWSControlTowerExecution';

/**
 * What Control Tower leaves in an account that it has enrolled, as the embedded AWS has it: its roles, the Config
 * recorder and its channel, the organization's trail, no default VPC.
 *
 * @returns false while the account is not enrolled
 */
export function settleAccount(aws: LocalAws, moto: Moto, accountId: string): boolean {
  const regions = aws.landingZone.governedRegions;
  if (!regions.every((region) => recordersOf(aws, accountId, region).length > 0)) return false;
  const home = { roleArn: `arn:aws:iam::${accountId}:role/${EXECUTION_ROLE}`, region: aws.region };
  putRoles(aws, moto, accountId, home);
  for (const region of regions) {
    record(aws, moto, accountId, { ...home, region });
    removeDefaultVpc(moto, { ...home, region });
  }
  putShadowTrail(aws, moto, accountId, home);
  return true;
}

/** Answers of the embedded AWS in a member account. */
// biome-ignore lint/suspicious/noExplicitAny: answers of several operations; each line knows its own
const askHere = (aws: LocalAws, accountId: string, region: string, service: string, action: string): any =>
  aws.dispatcher.call(
    service,
    action,
    {},
    {
      accountId,
      region,
      principalArn: `arn:aws:iam::${accountId}:role/${EXECUTION_ROLE}`,
    },
  );

const recordersOf = (aws: LocalAws, accountId: string, region: string): object[] =>
  askHere(aws, accountId, region, 'config', 'DescribeConfigurationRecorders').ConfigurationRecorders ?? [];

type Role = {
  RoleName: string;
  Path: string;
  AssumeRolePolicyDocument: object;
  ManagedPolicyArns?: string[];
};

function putRoles(aws: LocalAws, moto: Moto, accountId: string, as: Principal): void {
  for (const { properties, stackId } of listResources(aws.world.store, accountId, GLOBAL, ROLE_TYPE)) {
    const { RoleName, Path, AssumeRolePolicyDocument, ManagedPolicyArns = [] } = properties as Role;
    // The first role is moto's own work: CreateAccount makes it. What stacks make is the workflow's business.
    if (RoleName === EXECUTION_ROLE || stackId !== undefined) continue;
    const trust = JSON.stringify(AssumeRolePolicyDocument);
    moto.call('iam', 'CreateRole', { RoleName, Path, AssumeRolePolicyDocument: trust }, as);
    for (const PolicyArn of ManagedPolicyArns)
      moto.call('iam', 'AttachRolePolicy', { RoleName, PolicyArn }, as);
  }
}

function record(aws: LocalAws, moto: Moto, accountId: string, as: Principal): void {
  for (const ConfigurationRecorder of recordersOf(aws, accountId, as.region)) {
    moto.call('config', 'PutConfigurationRecorder', { ConfigurationRecorder }, as);
    const { DeliveryChannels } = askHere(aws, accountId, as.region, 'config', 'DescribeDeliveryChannels');
    for (const DeliveryChannel of DeliveryChannels) {
      moto.call('config', 'PutDeliveryChannel', { DeliveryChannel }, as);
    }
    const { name } = ConfigurationRecorder as { name: string };
    moto.call('config', 'StartConfigurationRecorder', { ConfigurationRecorderName: name }, as);
  }
}

/** moto makes a default VPC in every account as AWS does; Account Factory removes it. */
function removeDefaultVpc(moto: Moto, as: Principal): void {
  const { Vpcs } = moto.call(
    'ec2',
    'DescribeVpcs',
    { Filters: [{ Name: 'is-default', Values: ['true'] }] },
    as,
  );
  for (const { VpcId } of Vpcs) {
    const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
    for (const { SubnetId } of moto.call('ec2', 'DescribeSubnets', { Filters }, as).Subnets) {
      moto.call('ec2', 'DeleteSubnet', { SubnetId }, as);
    }
    moto.call('ec2', 'DeleteVpc', { VpcId }, as);
  }
}

type Trail = { Name: string; S3BucketName: string; IsOrganizationTrail: boolean };

/**
 * The organization's trail as a member account sees it. On AWS CloudTrail itself puts this shadow there; moto keeps
 * trails per account.
 */
function putShadowTrail(aws: LocalAws, moto: Moto, accountId: string, as: Principal): void {
  const { trailList: TrailList } = askHere(aws, accountId, as.region, 'cloudtrail', 'DescribeTrails');
  for (const { Name, S3BucketName } of (TrailList as Trail[]).filter((trail) => trail.IsOrganizationTrail)) {
    const trail = {
      Name,
      S3BucketName,
      IsOrganizationTrail: true,
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
      EnableLogFileValidation: true,
    };
    try {
      moto.call('cloudtrail', 'CreateTrail', trail, as);
    } catch (error) {
      if (!(error instanceof AwsError && error.code === 'TrailAlreadyExistsException')) throw error;
    }
    moto.call('cloudtrail', 'StartLogging', { Name }, as);
  }
}

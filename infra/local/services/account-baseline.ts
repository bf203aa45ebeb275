import { machineRole, WORKFLOWS } from '../../../workflows/index.ts';
import type { World } from '../world.ts';
import { type AccountResource, deleteResource, listResources, putResource } from './account-resources.ts';
import { deleteVpcCompanions, putVpcCompanions } from './cloudformation/resources/network.ts';
import { putBucketNames } from './cloudformation/resources/storage.ts';
import { putOrganizationTrail } from './cloudtrail.ts';
import { putDeliveryChannel, putRecorder } from './config/rules.ts';
import { FACTORY_VPC_SET, factoryMakesVpcs, noteFactoryVpc } from './control-tower/factory-network.ts';
import { getRole, type NewRole, putRoles, putSettledRoles } from './iam.ts';

const VPC = 'AWS::EC2::VPC';
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

/** The role that Account Factory asks Organizations to make in every account. */
export const EXECUTION_ROLE = 'AWSControlTowerExecution';

/**
 * What `CreateAccount` leaves: the role that the management account may take, and a default VPC in every governed
 * Region. Nothing records, nothing is governed.
 */
export function bareAccount(world: World, accountId: string, roleName = EXECUTION_ROLE): void {
  world.store.transaction(() => {
    const management = world.landingZone.managementAccountId;
    const trust = trustsAccount(management);
    if (!getRole(world, accountId, roleName))
      putRoles(world, accountId, [{ name: roleName, trust, managedPolicyArns: [ADMINISTRATOR] }]);
    for (const region of world.landingZone.governedRegions) {
      if (listResources(world.store, accountId, region, VPC).length === 0)
        putDefaultVpc(world, accountId, region);
    }
  });
}

/**
 * What Account Factory leaves in an account that it made or enrolled: its roles, Config recording in every governed
 * Region to the log archive, the organization's trail, the default VPCs gone; a VPC of its own in the home Region where
 * its network settings say so. Running it again changes nothing.
 */
export function enrolAccount(world: World, accountId: string, ownNetwork = false): void {
  world.store.transaction(() => {
    const missing = baselineRoles(world).filter((role) => !getRole(world, accountId, role.name));
    if (missing.length > 0) putRoles(world, accountId, missing);
    for (const region of world.landingZone.governedRegions) {
      removeDefaultVpcs(world, accountId, region);
      startRecording(world, accountId, region);
    }
    putOrganizationTrail(world, accountId);
    if (ownNetwork || factoryMakesVpcs(world)) putFactoryVpc(world, accountId, world.landingZone.homeRegion);
  });
}

/**
 * The three accounts that a landing zone begins with, as after its set-up long ago: enrolled, roles known
 * everywhere, and in management the roles of Control Tower and of the vending workflows. Call once on a new store.
 */
export function seedCoreAccounts(world: World): void {
  const { managementAccountId, logArchiveAccountId, auditAccountId } = world.landingZone;
  world.store.transaction(() => {
    putSettledRoles(world, managementAccountId, managementRoles());
    putOrganizationTrail(world, managementAccountId);
    for (const accountId of [logArchiveAccountId, auditAccountId]) {
      putSettledRoles(world, accountId, baselineRoles(world));
      enrolAccount(world, accountId);
    }
    putSettledRoles(world, auditAccountId, auditRoles());
    putLogBuckets(world);
  });
}

/** Where the landing zone's logs go: Control Tower's bucket, and ours (infra/aws/log-archive.template.json). */
export function putLogBuckets(world: World): void {
  const { logArchiveAccountId, homeRegion } = world.landingZone;
  const names = ['aws-controltower-logs', 'jetway-logs'];
  putBucketNames(
    world,
    logArchiveAccountId,
    names.map((name) => `${name}-${logArchiveAccountId}-${homeRegion}`),
  );
}

const statement = (principal: Record<string, string | string[]>) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
});
const trustsAccount = (accountId: string) => statement({ AWS: `arn:aws:iam::${accountId}:root` });
const trustsService = (service: string) => statement({ Service: `${service}.amazonaws.com` });
const trustsRole = (accountId: string, name: string) =>
  statement({ AWS: `arn:aws:iam::${accountId}:role/${name}` });

function baselineRoles(world: World): NewRole[] {
  const { managementAccountId, auditAccountId } = world.landingZone;
  return [
    {
      name: EXECUTION_ROLE,
      trust: trustsAccount(managementAccountId),
      managedPolicyArns: [ADMINISTRATOR],
    },
    {
      name: 'aws-controltower-AdministratorExecutionRole',
      trust: trustsRole(auditAccountId, 'aws-controltower-AuditAdministratorRole'),
      managedPolicyArns: [ADMINISTRATOR],
    },
    {
      name: 'aws-controltower-ReadOnlyExecutionRole',
      trust: trustsRole(auditAccountId, 'aws-controltower-AuditReadOnlyRole'),
      managedPolicyArns: [READ_ONLY],
    },
    {
      name: 'aws-controltower-ConfigRecorderRole',
      trust: trustsService('config'),
      managedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWS_ConfigRole', READ_ONLY],
    },
    {
      name: 'aws-controltower-ForwardSnsNotificationRole',
      trust: trustsService('lambda'),
      managedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
    },
    { name: 'aws-controltower-CloudWatchLogsRole', trust: trustsService('cloudtrail') },
  ];
}

function managementRoles(): NewRole[] {
  return [
    ...WORKFLOWS.map(({ name }) => ({ name: machineRole(name), trust: trustsService('states') })),
    { name: 'jetway-events', trust: trustsService('events') },
    { name: 'AWSControlTowerAdmin', path: '/service-role/', trust: trustsService('controltower') },
    { name: 'AWSControlTowerStackSetRole', path: '/service-role/', trust: trustsService('cloudformation') },
    { name: 'AWSControlTowerCloudTrailRole', path: '/service-role/', trust: trustsService('cloudtrail') },
  ];
}

function auditRoles(): NewRole[] {
  return [
    { name: 'aws-controltower-AuditAdministratorRole', trust: trustsService('lambda') },
    { name: 'aws-controltower-AuditReadOnlyRole', trust: trustsService('lambda') },
  ];
}

function startRecording(world: World, accountId: string, region: string): void {
  const { homeRegion, logArchiveAccountId, auditAccountId, organizationId } = world.landingZone;
  putRecorder(world.store, accountId, region, {
    name: 'aws-controltower-BaselineConfigRecorder',
    roleArn: `arn:aws:iam::${accountId}:role/aws-controltower-ConfigRecorderRole`,
    recording: true,
    includeGlobalResourceTypes: region === homeRegion,
    startedAt: new Date(world.scheduler.now()).toISOString(),
  });
  putDeliveryChannel(world.store, accountId, region, {
    name: 'aws-controltower-BaselineConfigDeliveryChannel',
    s3BucketName: `aws-controltower-logs-${logArchiveAccountId}-${homeRegion}`,
    s3KeyPrefix: organizationId,
    snsTopicARN: `arn:aws:sns:${region}:${auditAccountId}:aws-controltower-AllConfigNotifications`,
  });
}

const putDefaultVpc = (world: World, accountId: string, region: string): void =>
  putVpc(world, { accountId, region, properties: { IsDefault: true } });

const FACTORY_STACK = `StackSet-${FACTORY_VPC_SET}`;

/** By its stack set, as the stack's name says. */
function putFactoryVpc(world: World, accountId: string, region: string): void {
  const isOwn = ({ stackId = '' }: AccountResource) => stackId.includes(FACTORY_STACK);
  if (listResources(world.store, accountId, region, VPC).some(isOwn)) return;
  const stack = `${FACTORY_STACK}-${world.random.uuid()}`;
  const stackId = `arn:aws:cloudformation:${region}:${accountId}:stack/${stack}/${world.random.uuid()}`;
  putVpc(world, { accountId, region, properties: {}, stackId });
  noteFactoryVpc(world, accountId, stackId);
}

type NewVpc = Pick<AccountResource, 'accountId' | 'region' | 'properties' | 'stackId'>;

function putVpc(world: World, made: NewVpc): void {
  const hex = () => `0${world.random.hex(16)}`;
  const id = `vpc-${hex()}`;
  const CidrBlock = '172.31.0.0/16';
  const vpc: AccountResource = {
    ...made,
    type: VPC,
    id,
    properties: { CidrBlock, ...made.properties },
    attributes: {
      VpcId: id,
      CidrBlock,
      DefaultNetworkAcl: `acl-${hex()}`,
      DefaultSecurityGroup: `sg-${hex()}`,
      mainRouteTable: `rtb-${hex()}`,
    },
    createdAt: new Date(world.scheduler.now()).toISOString(),
  };
  putResource(world.store, vpc);
  putVpcCompanions(world, vpc);
}

function removeDefaultVpcs(world: World, accountId: string, region: string): void {
  for (const vpc of listResources(world.store, accountId, region, VPC)) {
    if (vpc.properties.IsDefault !== true) continue;
    deleteResource(world.store, accountId, region, VPC, vpc.id);
    deleteVpcCompanions(world, vpc);
  }
}

import type { AccountResource } from '../account-resources.ts';
import type { SettingName } from '../account-settings.ts';

export type ComplianceType = 'COMPLIANT' | 'NON_COMPLIANT' | 'NOT_APPLICABLE' | 'INSUFFICIENT_DATA';
export type Evaluation = { resourceType: string; resourceId: string; complianceType: ComplianceType };

/** What a managed rule sees of its account and Region. */
export interface AccountView {
  readonly accountId: string;
  list(type: string): AccountResource[];
  /** Is a CloudTrail trail, the organization's included, logging here? */
  readonly isTrailLogging: boolean;
  /** Switches of the account; undefined when nobody has set one. */
  setting(name: SettingName): unknown;
}

type Properties = AccountResource['properties'];
type Check = (view: AccountView) => Evaluation[];

/**
 * Evaluates one managed rule over the resources that the account really has.
 *
 * A rule without a resource in its scope gives no evaluation, and so shows INSUFFICIENT_DATA: that is what Config's
 * API answers where its console says "no resources in scope". Also a rule about something that the embedded AWS does
 * not have (instances, volumes, databases) finds nothing. Root user, password policy and the account's own switches
 * begin as AWS leaves them in a new account: not set up, therefore NON_COMPLIANT.
 */
export function evaluateRule(sourceIdentifier: string, view: AccountView): Evaluation[] {
  return CHECKS[sourceIdentifier]?.(view) ?? [];
}

/** A managed rule over every resource of one type. */
const each =
  (
    type: string,
    complies: (properties: Properties, resource: AccountResource, view: AccountView) => boolean,
  ): Check =>
  (view) =>
    view.list(type).map((resource) => ({
      resourceType: type,
      resourceId: resource.id,
      complianceType: complies(resource.properties, resource, view) ? 'COMPLIANT' : 'NON_COMPLIANT',
    }));

/** A managed rule about the account as a whole. */
const account =
  (complies: (view: AccountView) => boolean): Check =>
  (view) => [
    {
      resourceType: 'AWS::::Account',
      resourceId: view.accountId,
      complianceType: complies(view) ? 'COMPLIANT' : 'NON_COMPLIANT',
    },
  ];

const BUCKET = 'AWS::S3::Bucket';
const GROUP = 'AWS::EC2::SecurityGroup';
const never = account(() => false);
const always = account(() => true);

const CHECKS: Readonly<Record<string, Check | undefined>> = {
  CLOUD_TRAIL_ENABLED: account((view) => view.isTrailLogging),
  CLOUDTRAIL_ENABLED: account((view) => view.isTrailLogging),
  MULTI_REGION_CLOUD_TRAIL_ENABLED: account((view) => view.isTrailLogging),
  ROOT_ACCOUNT_MFA_ENABLED: never,
  ROOT_ACCOUNT_HARDWARE_MFA_ENABLED: never,
  IAM_PASSWORD_POLICY: account((view) => isStrict(view.setting('password-policy'))),
  IAM_ROOT_ACCESS_KEY_CHECK: always,
  EC2_EBS_ENCRYPTION_BY_DEFAULT: account((view) => view.setting('ebs-encryption') === true),
  EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK: always,
  DMS_REPLICATION_NOT_PUBLIC: always,
  GUARDDUTY_ENABLED_CENTRALIZED: never,
  SECURITYHUB_ENABLED: never,
  S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS: account(blocksAccount),
  S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC: account(blocksAccount),
  S3_BUCKET_PUBLIC_READ_PROHIBITED: each(
    BUCKET,
    (bucket) => !String(bucket.AccessControl).startsWith('PublicRead'),
  ),
  S3_BUCKET_PUBLIC_WRITE_PROHIBITED: each(BUCKET, (bucket) => bucket.AccessControl !== 'PublicReadWrite'),
  S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED: each(BUCKET, blocksPublicAccess),
  S3_BUCKET_VERSIONING_ENABLED: each(
    BUCKET,
    (bucket) => at(bucket, 'VersioningConfiguration', 'Status') === 'Enabled',
  ),
  // Every bucket is encrypted by default since 2023.
  S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED: each(BUCKET, () => true),
  S3_BUCKET_LOGGING_ENABLED: each(BUCKET, (bucket) => bucket.LoggingConfiguration !== undefined),
  S3_BUCKET_SSL_REQUESTS_ONLY: each(BUCKET, demandsTls),
  INCOMING_SSH_DISABLED: each(GROUP, (group) => !isOpen(group, [22])),
  RESTRICTED_INCOMING_TRAFFIC: each(GROUP, (group) => !isOpen(group, [20, 21, 3389, 3306, 4333])),
  VPC_DEFAULT_SECURITY_GROUP_CLOSED: defaultGroupsClosed,
  VPC_FLOW_LOGS_ENABLED: each('AWS::EC2::VPC', hasFlowLog),
  SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED: each(
    'AWS::EC2::Subnet',
    (subnet) => String(subnet.MapPublicIpOnLaunch) !== 'true',
  ),
  NO_UNRESTRICTED_ROUTE_TO_IGW: each('AWS::EC2::RouteTable', hasNoOpenRoute),
  CMK_BACKING_KEY_ROTATION_ENABLED: each('AWS::KMS::Key', (key) => String(key.EnableKeyRotation) === 'true'),
  CW_LOGGROUP_RETENTION_PERIOD_CHECK: each(
    'AWS::Logs::LogGroup',
    (group) => Number(group.RetentionInDays ?? 0) >= 365,
  ),
  SNS_ENCRYPTED_KMS: each('AWS::SNS::Topic', (topic) => topic.KmsMasterKeyId !== undefined),
  IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS: each('AWS::IAM::ManagedPolicy', (policy) => !allowsAll(policy)),
};

function at(properties: Properties, name: string, inner: string): unknown {
  const value = properties[name];
  return typeof value === 'object' && value !== null ? (value as Properties)[inner] : undefined;
}

/** What the rule asks for when it is given no parameters. */
function isStrict(policy: unknown): boolean {
  const { MinimumPasswordLength, PasswordReusePrevention, MaxPasswordAge, ...rest } = (policy ??
    {}) as Properties;
  const kinds = ['Uppercase', 'Lowercase'].map((kind) => `Require${kind}Characters`);
  return (
    Number(MinimumPasswordLength) >= 14 &&
    Number(PasswordReusePrevention) >= 24 &&
    Number(MaxPasswordAge) <= 90 &&
    [...kinds, 'RequireSymbols', 'RequireNumbers'].every((name) => rest[name] === true)
  );
}

function blocksAccount(view: AccountView): boolean {
  const block = view.setting('s3-public-access-block');
  return block !== undefined && Object.values(block as Properties).every((value) => value === true);
}

function blocksPublicAccess(bucket: Properties): boolean {
  // A bucket without the setting has had all four switches on since April 2023.
  const given = bucket.PublicAccessBlockConfiguration;
  return given === undefined || Object.values(given as Properties).every((value) => String(value) === 'true');
}

function demandsTls(_bucket: Properties, resource: AccountResource, view: AccountView): boolean {
  const policy = view.list('AWS::S3::BucketPolicy').find((one) => one.id === resource.id);
  return statements(policy?.properties).some(
    (one) => one.Effect === 'Deny' && JSON.stringify(one.Condition ?? {}).includes('aws:SecureTransport'),
  );
}

function statements(properties: Properties | undefined): Properties[] {
  const raw = (properties?.PolicyDocument as Properties | undefined)?.Statement;
  return (Array.isArray(raw) ? raw : raw === undefined ? [] : [raw]) as Properties[];
}

function allowsAll(policy: Properties): boolean {
  const isStar = (value: unknown) => value === '*' || (Array.isArray(value) && value.includes('*'));
  return statements(policy).some(
    (one) => one.Effect === 'Allow' && isStar(one.Action) && isStar(one.Resource),
  );
}

function isOpen(group: Properties, ports: number[]): boolean {
  const rules = (group.SecurityGroupIngress ?? []) as Properties[];
  return rules.some((rule) => {
    const fromAnywhere = rule.CidrIp === '0.0.0.0/0' || rule.CidrIpv6 === '::/0';
    if (!fromAnywhere) return false;
    if (String(rule.IpProtocol) === '-1') return true;
    return ports.some((port) => Number(rule.FromPort) <= port && port <= Number(rule.ToPort));
  });
}

function defaultGroupsClosed(view: AccountView): Evaluation[] {
  const isDefault = (resource: AccountResource) => resource.properties.GroupName === 'default';
  const closed = (group: Properties) =>
    [group.SecurityGroupIngress, group.SecurityGroupEgress].every(
      (rules) => ((rules ?? []) as []).length === 0,
    );
  return each(
    GROUP,
    closed,
  )({ ...view, list: (type) => view.list(type).filter((one) => type !== GROUP || isDefault(one)) });
}

function hasFlowLog(_vpc: Properties, resource: AccountResource, view: AccountView): boolean {
  return view.list('AWS::EC2::FlowLog').some((log) => log.properties.ResourceId === resource.id);
}

function hasNoOpenRoute(_table: Properties, resource: AccountResource, view: AccountView): boolean {
  return !view
    .list('AWS::EC2::Route')
    .filter((route) => route.properties.RouteTableId === resource.id)
    .some(({ properties: route }) => {
      const everywhere =
        route.DestinationCidrBlock === '0.0.0.0/0' || route.DestinationIpv6CidrBlock === '::/0';
      return everywhere && String(route.GatewayId).startsWith('igw-');
    });
}

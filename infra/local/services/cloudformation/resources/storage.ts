import type { World } from '../../../world.ts';
import type { AccountResource } from '../../account-resources.ts';
import {
  generatedName,
  type IamAction,
  nameFrom,
  propertyRules,
  type ResourceContext,
  ResourceFailure,
  type ResourceType,
  textOf,
} from './resource-type.ts';

/** Bucket names are unique in all of AWS: this collection knows the owner of each. */
const BUCKET_NAMES = 's3/bucket-names';

export const bucketExists = (world: World, name: string): boolean =>
  world.store.get(BUCKET_NAMES, name) !== undefined;

/** Makes the names of buckets taken that a landing zone begins with; inside a store transaction. */
export function putBucketNames(world: World, accountId: string, names: readonly string[]): void {
  for (const name of names) world.store.put(BUCKET_NAMES, name, { accountId });
}

/** Properties of a bucket that are calls of their own. */
const BUCKET_SETTINGS: Record<string, string> = {
  AccessControl: 's3:PutBucketAcl',
  BucketEncryption: 's3:PutEncryptionConfiguration',
  LifecycleConfiguration: 's3:PutLifecycleConfiguration',
  LoggingConfiguration: 's3:PutBucketLogging',
  NotificationConfiguration: 's3:PutBucketNotification',
  ObjectLockConfiguration: 's3:PutBucketObjectLockConfiguration',
  OwnershipControls: 's3:PutBucketOwnershipControls',
  PublicAccessBlockConfiguration: 's3:PutBucketPublicAccessBlock',
  ReplicationConfiguration: 's3:PutReplicationConfiguration',
  Tags: 's3:PutBucketTagging',
  VersioningConfiguration: 's3:PutBucketVersioning',
};

function bucketActions({ properties, stackName, logicalId }: ResourceContext): IamAction[] {
  const name = textOf(properties, 'BucketName') || `${stackName}-${logicalId}-*`.toLowerCase();
  const resource = `arn:aws:s3:::${name}`;
  const settings = Object.entries(BUCKET_SETTINGS).filter(([property]) => properties[property] !== undefined);
  return [{ action: 's3:CreateBucket', resource }, ...settings.map(([, action]) => ({ action, resource }))];
}

function createBucket(context: ResourceContext) {
  const { world, region, properties } = context;
  const id = textOf(properties, 'BucketName') || generatedName(context, 63).toLowerCase();
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(id))
    throw new ResourceFailure('The specified bucket is not valid.');
  if (world.store.get(BUCKET_NAMES, id) !== undefined)
    throw new ResourceFailure(`${id} already exists`, 'AlreadyExists');
  return {
    id,
    attributes: {
      Arn: `arn:aws:s3:::${id}`,
      DomainName: `${id}.s3.amazonaws.com`,
      DualStackDomainName: `${id}.s3.dualstack.${region}.amazonaws.com`,
      RegionalDomainName: `${id}.s3.${region}.amazonaws.com`,
      WebsiteURL: `http://${id}.s3-website-${region}.amazonaws.com`,
    },
  };
}

function createKey({ world, accountId, region }: ResourceContext) {
  const id = world.random.uuid();
  return { id, attributes: { KeyId: id, Arn: `arn:aws:kms:${region}:${accountId}:key/${id}` } };
}

function createAlias({ properties }: ResourceContext) {
  const id = textOf(properties, 'AliasName');
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(id) || id.startsWith('alias/aws/'))
    throw new ResourceFailure(`Invalid alias name ${id}`);
  return { id };
}

function createLogGroup(context: ResourceContext) {
  const id = nameFrom(context, 'LogGroupName', 512);
  return { id, attributes: { Arn: `${logGroupArn(context.accountId, context.region, id)}:*` } };
}

const logGroupArn = (accountId: string, region: string, name: string): string =>
  `arn:aws:logs:${region}:${accountId}:log-group:${name}`;

export const STORAGE_TYPES: readonly ResourceType[] = [
  {
    type: 'AWS::S3::Bucket',
    properties: propertyRules(`BucketName* AccessControl AccelerateConfiguration:o AnalyticsConfigurations:l
      BucketEncryption:o CorsConfiguration:o IntelligentTieringConfigurations:l InventoryConfigurations:l
      LifecycleConfiguration:o LoggingConfiguration:o MetricsConfigurations:l NotificationConfiguration:o
      ObjectLockConfiguration:o ObjectLockEnabled:b* OwnershipControls:o PublicAccessBlockConfiguration:o
      ReplicationConfiguration:o Tags:l VersioningConfiguration:o WebsiteConfiguration:o`),
    attributes: ['Arn', 'DomainName', 'DualStackDomainName', 'RegionalDomainName', 'WebsiteURL'],
    actions: bucketActions,
    deleteAction: (_context, id) => ({ action: 's3:DeleteBucket', resource: `arn:aws:s3:::${id}` }),
    create: createBucket,
    afterCreate: ({ world, accountId }, bucket: AccountResource) =>
      world.store.put(BUCKET_NAMES, bucket.id, { accountId }),
    afterDelete: (world: World, bucket: AccountResource) => world.store.delete(BUCKET_NAMES, bucket.id),
  },
  {
    type: 'AWS::S3::BucketPolicy',
    properties: propertyRules('Bucket!* PolicyDocument:j!'),
    attributes: [],
    references: { Bucket: 'AWS::S3::Bucket' },
    actions: ({ properties }) => [
      { action: 's3:PutBucketPolicy', resource: `arn:aws:s3:::${textOf(properties, 'Bucket')}` },
    ],
    deleteAction: (_context, id) => ({ action: 's3:DeleteBucketPolicy', resource: `arn:aws:s3:::${id}` }),
    create: ({ properties }) => ({ id: textOf(properties, 'Bucket') }),
  },
  {
    type: 'AWS::KMS::Key',
    properties:
      propertyRules(`KeyPolicy:j Description Enabled:b EnableKeyRotation:b KeySpec* KeyUsage MultiRegion:b*
      Origin* PendingWindowInDays:n RotationPeriodInDays:n BypassPolicyLockoutSafetyCheck:b Tags:l`),
    attributes: ['Arn', 'KeyId'],
    actions: () => [{ action: 'kms:CreateKey' }],
    deleteAction: ({ accountId, region }, id) => ({
      action: 'kms:ScheduleKeyDeletion',
      resource: `arn:aws:kms:${region}:${accountId}:key/${id}`,
    }),
    create: createKey,
  },
  {
    type: 'AWS::KMS::Alias',
    properties: propertyRules('AliasName!* TargetKeyId!'),
    attributes: [],
    actions: ({ accountId, region, properties }) => [
      {
        action: 'kms:CreateAlias',
        resource: `arn:aws:kms:${region}:${accountId}:${textOf(properties, 'AliasName')}`,
      },
    ],
    deleteAction: ({ accountId, region }, id) => ({
      action: 'kms:DeleteAlias',
      resource: `arn:aws:kms:${region}:${accountId}:${id}`,
    }),
    create: createAlias,
  },
  {
    type: 'AWS::Logs::LogGroup',
    properties: propertyRules(`LogGroupName* RetentionInDays:n KmsKeyId LogGroupClass DataProtectionPolicy:j
      FieldIndexPolicies:l ResourcePolicyDocument:j Tags:l`),
    attributes: ['Arn'],
    actions: ({ accountId, region, properties, stackName, logicalId }) => {
      const name = textOf(properties, 'LogGroupName') || `${stackName}-${logicalId}-*`;
      const resource = logGroupArn(accountId, region, name);
      const retention = { action: 'logs:PutRetentionPolicy', resource };
      return [
        { action: 'logs:CreateLogGroup', resource },
        ...(properties.RetentionInDays === undefined ? [] : [retention]),
      ];
    },
    deleteAction: ({ accountId, region }, id) => ({
      action: 'logs:DeleteLogGroup',
      resource: logGroupArn(accountId, region, id),
    }),
    create: createLogGroup,
  },
];

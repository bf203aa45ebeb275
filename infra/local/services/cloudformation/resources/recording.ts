import type { AccountResource } from '../../account-resources.ts';
import {
  deleteDeliveryChannel,
  deleteRecorder,
  getDeliveryChannel,
  getRecorder,
  putDeliveryChannel,
  putRecorder,
} from '../../config/rules.ts';
import { isObject } from '../template/template.ts';
import {
  isoNow,
  nameFrom,
  propertyRules,
  type ResourceContext,
  ResourceFailure,
  type ResourceType,
  textOf,
} from './resource-type.ts';
import { bucketExists } from './storage.ts';

function createRecorder(context: ResourceContext) {
  const { world, accountId, region } = context;
  const id = textOf(context.properties, 'Name') || 'default';
  if (getRecorder(world.store, accountId, region))
    throw new ResourceFailure(
      `Failed to put configuration recorder '${id}' because the maximum number of configuration recorders: 1 is reached. (Service: AmazonConfig; Status Code: 400; Error Code: MaxNumberOfConfigurationRecordersExceededException)`,
    );
  return { id };
}

/** It records as soon as there is a delivery channel: CloudFormation starts it then. */
function writeRecorder({ world, accountId, region, properties }: ResourceContext, { id }: AccountResource) {
  const group = isObject(properties.RecordingGroup) ? properties.RecordingGroup : {};
  putRecorder(world.store, accountId, region, {
    name: id,
    roleArn: textOf(properties, 'RoleARN'),
    recording: getDeliveryChannel(world.store, accountId, region) !== undefined,
    includeGlobalResourceTypes: String(group.IncludeGlobalResourceTypes) === 'true',
    startedAt: isoNow(world),
  });
}

function createChannel(context: ResourceContext) {
  const { world, accountId, region, properties } = context;
  const id = nameFrom(context, 'Name', 256);
  if (getDeliveryChannel(world.store, accountId, region))
    throw new ResourceFailure(
      `Failed to put delivery channel '${id}' because the maximum number of delivery channels: 1 is reached. (Service: AmazonConfig; Status Code: 400; Error Code: MaxNumberOfDeliveryChannelsExceededException)`,
    );
  const bucket = textOf(properties, 'S3BucketName');
  if (!bucketExists(world, bucket))
    throw new ResourceFailure(
      `Cannot find a S3 bucket with name '${bucket}'. (Service: AmazonConfig; Status Code: 400; Error Code: NoSuchBucketException)`,
    );
  return { id };
}

function writeChannel({ world, accountId, region, properties }: ResourceContext, { id }: AccountResource) {
  putDeliveryChannel(world.store, accountId, region, {
    name: id,
    s3BucketName: textOf(properties, 'S3BucketName'),
    s3KeyPrefix: textOf(properties, 'S3KeyPrefix'),
    snsTopicARN: textOf(properties, 'SnsTopicARN'),
    ...(properties.S3KmsKeyArn === undefined ? {} : { s3KmsKeyArn: textOf(properties, 'S3KmsKeyArn') }),
  });
  const recorder = getRecorder(world.store, accountId, region);
  if (recorder && !recorder.recording)
    putRecorder(world.store, accountId, region, { ...recorder, recording: true, startedAt: isoNow(world) });
}

export const RECORDING_TYPES: readonly ResourceType[] = [
  {
    type: 'AWS::Config::ConfigurationRecorder',
    properties: propertyRules('RoleARN! Name* RecordingGroup:o RecordingMode:o'),
    attributes: [],
    actions: ({ properties }) => [
      { action: 'config:PutConfigurationRecorder' },
      { action: 'config:StartConfigurationRecorder' },
      { action: 'iam:PassRole', resource: textOf(properties, 'RoleARN') },
    ],
    deleteAction: () => ({ action: 'config:DeleteConfigurationRecorder' }),
    create: createRecorder,
    afterCreate: writeRecorder,
    afterUpdate: writeRecorder,
    afterDelete: (world, { accountId, region }) => deleteRecorder(world.store, accountId, region),
  },
  {
    type: 'AWS::Config::DeliveryChannel',
    properties: propertyRules(
      'S3BucketName! Name* S3KeyPrefix S3KmsKeyArn SnsTopicARN ConfigSnapshotDeliveryProperties:o',
    ),
    attributes: [],
    actions: () => [{ action: 'config:PutDeliveryChannel' }],
    deleteAction: () => ({ action: 'config:DeleteDeliveryChannel' }),
    create: createChannel,
    afterCreate: writeChannel,
    afterUpdate: writeChannel,
    afterDelete: (world, { accountId, region }) => deleteDeliveryChannel(world.store, accountId, region),
  },
];

import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Judge } from './resource-judges.ts';

type Trail = {
  TrailName: string;
  S3BucketName: string;
  KMSKeyId: string;
  IsMultiRegionTrail: boolean;
  EnableLogFileValidation: boolean;
  EventSelectors: { ReadWriteType: string; IncludeManagementEvents: boolean }[];
};

/** A trail of the account's own, that logs. */
export const judgeTrail: Judge<Trail> = (ask, planned, Name) => {
  // moto's trailNameList narrows nothing.
  const { trailList } = ask('cloudtrail', 'DescribeTrails');
  const made = trailList.find((one: { Name: string }) => one.Name === Name);
  ok(made, `no trail ${Name}`);
  const { S3BucketName, KmsKeyId, IsMultiRegionTrail, LogFileValidationEnabled } = made;
  deepEqual(
    { S3BucketName, KmsKeyId, IsMultiRegionTrail, LogFileValidationEnabled },
    {
      S3BucketName: planned.S3BucketName,
      KmsKeyId: planned.KMSKeyId,
      IsMultiRegionTrail: planned.IsMultiRegionTrail,
      LogFileValidationEnabled: planned.EnableLogFileValidation,
    },
  );
  equal(ask('cloudtrail', 'GetTrailStatus', { Name }).IsLogging, true);
  const { EventSelectors } = ask('cloudtrail', 'GetEventSelectors', { TrailName: Name });
  equal(EventSelectors[0].ReadWriteType, planned.EventSelectors[0]?.ReadWriteType);
};

type Recorder = { RoleARN: string; RecordingGroup: { AllSupported: boolean } };

export const judgeRecorder: Judge<Recorder> = (ask, planned, name) => {
  const names = { ConfigurationRecorderNames: [name] };
  const [made] = ask('config', 'DescribeConfigurationRecorders', names).ConfigurationRecorders;
  equal(made.roleARN, planned.RoleARN);
  equal(made.recordingGroup.allSupported, planned.RecordingGroup.AllSupported);
  const [status] = ask('config', 'DescribeConfigurationRecorderStatus', names).ConfigurationRecordersStatus;
  equal(status.recording, true);
};

type Channel = { S3BucketName: string; S3KeyPrefix: string };

export const judgeChannel: Judge<Channel> = (ask, planned, name) => {
  const names = { DeliveryChannelNames: [name] };
  const [made] = ask('config', 'DescribeDeliveryChannels', names).DeliveryChannels;
  deepEqual([made.s3BucketName, made.s3KeyPrefix], [planned.S3BucketName, planned.S3KeyPrefix]);
};

type Authorization = { AuthorizedAccountId: string; AuthorizedAwsRegion: string };

export const judgeAuthorization: Judge<Authorization> = (ask, planned) => {
  const [made, ...more] = ask('config', 'DescribeAggregationAuthorizations').AggregationAuthorizations;
  equal(more.length, 0);
  deepEqual(
    [made.AuthorizedAccountId, made.AuthorizedAwsRegion],
    [planned.AuthorizedAccountId, planned.AuthorizedAwsRegion],
  );
};

export const judgeLinkedRole: Judge<{ AWSServiceName: string }> = (ask, planned, RoleName) => {
  const { Role } = ask('iam', 'GetRole', { RoleName });
  ok(Role.Arn.includes(`:role/aws-service-role/${planned.AWSServiceName}/`), Role.Arn);
};

import { describe, expect, it } from 'vitest';
import { MEMBER, REGION } from '../account-test-world.ts';
import { deleteDeliveryChannel, deleteRecorder, getDeliveryChannel, getRecorder } from '../config/rules.ts';
import { body, MINUTES, stackWorld } from './stack-world.ts';

const RECORDER = {
  Type: 'AWS::Config::ConfigurationRecorder',
  Properties: { RoleARN: 'arn:aws:iam::1:role/x' },
};
const CHANNEL = { Type: 'AWS::Config::DeliveryChannel', Properties: { S3BucketName: 'bucket-of-logs' } };
const BUCKET = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'bucket-of-logs' } };
const LINKED = {
  Type: 'AWS::IAM::ServiceLinkedRole',
  Properties: { AWSServiceName: 'config.amazonaws.com' },
};

/** An account in which nothing records, and the buckets that a test makes. */
function unrecorded() {
  const t = stackWorld();
  t.world.store.transaction(() => {
    deleteDeliveryChannel(t.world.store, MEMBER, REGION);
    deleteRecorder(t.world.store, MEMBER, REGION);
  });
  const make = (Resources: object, StackName = 'jetway-net') => {
    t.create({ StackName, ...body({ Resources }) });
    t.pass(10 * MINUTES);
    return t.stack(StackName).StackStatus;
  };
  const recording = () => getRecorder(t.world.store, MEMBER, REGION)?.recording;
  return { ...t, make, recording };
}

describe('a recorder', () => {
  it('records once there is a delivery channel, whichever comes first', () => {
    const t = unrecorded();
    expect(t.make({ RECORDER })).toBe('CREATE_COMPLETE');
    expect(t.recording()).toBe(false);
    expect(t.make({ BUCKET, CHANNEL: { ...CHANNEL, DependsOn: 'BUCKET' } }, 'jetway-channel')).toBe(
      'CREATE_COMPLETE',
    );
    expect(t.recording()).toBe(true);
  });

  it('is one for each Region', () => {
    const t = stackWorld();
    t.create(body({ Resources: { RECORDER } }));
    t.pass(10 * MINUTES);
    expect(t.reasons().join()).toContain('MaxNumberOfConfigurationRecordersExceededException');
  });

  it('goes with its stack', () => {
    const t = unrecorded();
    t.make({ BUCKET, CHANNEL: { ...CHANNEL, DependsOn: 'BUCKET' }, RECORDER });
    t.run('DeleteStack', { StackName: 'jetway-net' });
    t.pass(10 * MINUTES);
    expect(t.recording()).toBeUndefined();
    expect(getDeliveryChannel(t.world.store, MEMBER, REGION)).toBeUndefined();
  });
});

it('a delivery channel needs a bucket', () => {
  const t = unrecorded();
  t.make({ CHANNEL });
  expect(t.reasons().join()).toContain('NoSuchBucketException');
});

it('a service-linked role is one for each account', () => {
  const t = unrecorded();
  expect(t.make({ LINKED })).toBe('CREATE_COMPLETE');
  t.make({ LINKED }, 'jetway-other');
  expect(t.reasons('jetway-other').join()).toContain(
    'AWSServiceRoleForConfig has been taken in this account',
  );
});

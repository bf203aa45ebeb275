import { describe, expect, it } from 'vitest';
import { actionOfEvent } from './cloudtrail-actions.ts';
import { record } from './cloudtrail-record.fixture.ts';
import { CloudTrailRecord } from './cloudtrail-record.schema.ts';
import { recordedCall, wasDenied } from './cloudtrail-record.ts';

const account = '444455556666';
const who = (userIdentity: CloudTrailRecord['userIdentity']) => record({ userIdentity });
const requestOf = (r: CloudTrailRecord) => {
  const call = recordedCall(r);
  if (call.kind !== 'call') throw new Error(JSON.stringify(call));
  return call.request;
};

describe('the action behind an event', () => {
  it.each([
    ['ec2', 'RunInstances', 'ec2:RunInstances'],
    ['monitoring', 'PutMetricAlarm', 'cloudwatch:PutMetricAlarm'],
    ['email', 'SendEmail', 'ses:SendEmail'],
    ['tagging', 'GetResources', 'tag:GetResources'],
    ['lambda', 'CreateFunction20150331', 'lambda:CreateFunction'],
    ['lambda', 'UpdateFunctionCode20150331v2', 'lambda:UpdateFunctionCode'],
    ['lambda', 'Invoke', 'lambda:InvokeFunction'],
    ['cloudfront', 'CreateDistribution2020_05_31', 'cloudfront:CreateDistribution'],
    ['s3', 'ListObjectsV2', 's3:ListBucket'],
    ['s3', 'HeadObject', 's3:GetObject'],
    ['s3', 'DeleteBucketEncryption', 's3:PutEncryptionConfiguration'],
    ['s3', 'PutBucketReplication', 's3:PutReplicationConfiguration'],
    ['s3', 'ListBuckets', 's3:ListAllMyBuckets'],
    ['sqs', 'SendMessageBatch', 'sqs:SendMessage'],
    ['kms', 'ReEncrypt', 'kms:ReEncrypt*'],
    ['sts', 'AssumeRole', 'sts:AssumeRole'],
  ])('%s %s is %s', (source, eventName, action) => {
    const event = { eventSource: `${source}.amazonaws.com`, eventName, ofVersion: false };
    expect(actionOfEvent(event)?.action).toBe(action);
  });

  it.each([
    ['novelty.amazonaws.com', 'PutThing'],
    ['apigateway.amazonaws.com', 'CreateRestApi'],
    ['autoscaling.amazonaws.com', 'PutScalingPolicy'],
    ['dynamodb.amazonaws.com', 'ExecuteStatement'],
    ['s3.amazonaws.com', 'DeleteObjects'],
    ['ec2.amazonaws.com', 'not-an-operation'],
    ['ec2.example.com', 'RunInstances'],
  ])('%s %s is not known', (eventSource, eventName) => {
    expect(actionOfEvent({ eventSource, eventName, ofVersion: false })).toBeUndefined();
  });

  it('of a version of an object is another action', () => {
    const event = { eventSource: 's3.amazonaws.com', eventName: 'HeadObject', ofVersion: true };
    expect(actionOfEvent(event)?.action).toBe('s3:GetObjectVersion');
  });
});

describe('the principal of a record', () => {
  it('is the role of a session, with its path', () => {
    const session = record({}, 'admins/Ana');
    expect(requestOf(session).principalArn).toBe(`arn:aws:iam::${account}:role/admins/Ana`);
  });
  it.each([
    ['Root', `arn:aws:iam::${account}:root`],
    ['IAMUser', `arn:aws:iam::${account}:user/ops/ana`],
    ['FederatedUser', `arn:aws:sts::${account}:federated-user/ana`],
  ])('of type %s is its ARN', (type, arn) => {
    expect(requestOf(who({ type, arn, accountId: account })).principalArn).toBe(arn);
  });
  it('is a root session where the record says so', () => {
    const sessionContext = { assumedRoot: 'true' };
    const arn = `arn:aws:iam::${account}:root`;
    expect(requestOf(who({ type: 'Root', arn, accountId: account, sessionContext })).principalArn).toBe(
      `arn:aws:sts::${account}:assumed-root`,
    );
  });
  it('may be a service-linked role where the path is lost', () => {
    const lost = record({}, 'AWSServiceRoleForConfig');
    expect(requestOf(lost).principalArn).toBe(
      `arn:aws:sts::${account}:assumed-role/AWSServiceRoleForConfig/ana`,
    );
  });
  it('that is a service is nobody whom policies bind', () => {
    const service = who({ type: 'AWSService', invokedBy: 'config.amazonaws.com' });
    expect(requestOf(service).context).toMatchObject({ 'aws:PrincipalIsAWSService': 'true' });
    const novelty = { ...service, eventSource: 'novelty.amazonaws.com' };
    expect(recordedCall(novelty)).toEqual({ kind: 'not-applied' });
  });
  it.each(['AWSAccount', 'WebIdentityUser', 'SAMLUser', 'Unknown', undefined])(
    'of type %s is not known',
    (type) => expect(recordedCall(who({ type, accountId: account })).kind).toBe('unclear'),
  );
});

describe('the call of a record', () => {
  it('is none for what a service reports about itself, and for what needs no permission', () => {
    expect(recordedCall(record({ eventType: 'AwsServiceEvent' }))).toEqual({ kind: 'not-applied' });
    const identity = { eventSource: 'sts.amazonaws.com', eventName: 'GetCallerIdentity' };
    expect(recordedCall(record(identity))).toEqual({ kind: 'not-applied' });
  });
  it('is not clear for a sign-in', () => {
    expect(recordedCall(record({ eventType: 'AwsConsoleSignIn' })).kind).toBe('unclear');
  });
  it('tells time, address, MFA, TLS and agent, but no parameters', () => {
    expect(requestOf(record({ requestParameters: { instanceType: 'm7i.large' } })).context).toEqual({
      'aws:CurrentTime': '2026-03-04T10:15:30Z',
      'aws:EpochTime': '1772619330',
      'aws:userid': 'AROAEXAMPLEID1234567:ana',
      'aws:MultiFactorAuthPresent': 'false',
      'aws:TokenIssueTime': '2026-03-04T10:00:00Z',
      'aws:UserAgent': 'aws-sdk-js/3.900.0',
      'aws:SecureTransport': 'true',
      'aws:SourceIp': '192.0.2.10',
    });
  });
  it('of long-term credentials surely has no MFA key', () => {
    const user = who({ type: 'IAMUser', arn: `arn:aws:iam::${account}:user/ana`, accountId: account });
    expect(requestOf(user).context).toMatchObject({ 'aws:MultiFactorAuthPresent': [] });
  });
  it('through a service or an endpoint does not tell the address that policies see', () => {
    const identity = { ...record().userIdentity, invokedBy: 'cloudformation.amazonaws.com' };
    expect(requestOf(who(identity)).context).not.toHaveProperty('aws:SourceIp');
    expect(requestOf(record({ sourceIPAddress: 'AWS Internal' })).context).not.toHaveProperty('aws:SourceIp');
    expect(requestOf(record({ vpcEndpointId: 'vpce-1' })).context).toMatchObject({
      'aws:SourceVpce': 'vpce-1',
    });
  });
  it('may need further actions', () => {
    expect(recordedCall(record())).toMatchObject({ maybeAlso: ['iam:PassRole', 'ec2:CreateTags'] });
    const upload = { bucketName: 'bucket', key: 'k', 'x-amz-acl': 'private' };
    const put = { eventSource: 's3.amazonaws.com', eventName: 'PutObject', requestParameters: upload };
    expect(recordedCall(record(put))).toMatchObject({ maybeAlso: ['s3:PutObjectAcl'] });
  });

  const s3 = (requestParameters: Record<string, unknown>) => ({
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    requestParameters,
  });
  const resource = (type: string, ARN: string) => ({ resources: [{ type, ARN }] });
  it.each<[string, Partial<CloudTrailRecord>, string]>([
    ['an object', s3({ bucketName: 'bucket', key: 'a/b' }), 'arn:aws:s3:::bucket/a/b'],
    ['a bucket', s3({ bucketName: 'bucket' }), 'arn:aws:s3:::bucket'],
    [
      'a bucket in China',
      { ...s3({ bucketName: 'bucket' }), awsRegion: 'cn-north-1' },
      'arn:aws-cn:s3:::bucket',
    ],
    ['an access point', s3({ bucketName: 'x-abc-s3alias', key: 'a' }), '*'],
    [
      'a key',
      {
        eventSource: 'kms.amazonaws.com',
        eventName: 'Decrypt',
        ...resource('AWS::KMS::Key', 'arn:aws:kms:x'),
      },
      'arn:aws:kms:x',
    ],
    ['a list of another kind', resource('AWS::EC2::Instance', 'arn:aws:ec2:x'), '*'],
    [
      'a trail by name',
      {
        eventSource: 'cloudtrail.amazonaws.com',
        eventName: 'StopLogging',
        requestParameters: { name: 'main' },
      },
      `arn:aws:cloudtrail:us-east-1:${account}:trail/main`,
    ],
    [
      'a function by ARN',
      {
        eventSource: 'lambda.amazonaws.com',
        eventName: 'Invoke',
        requestParameters: { functionName: 'arn:aws:lambda:f' },
      },
      'arn:aws:lambda:f',
    ],
    [
      'a queue by URL',
      {
        eventSource: 'sqs.amazonaws.com',
        eventName: 'DeleteQueue',
        requestParameters: { queueUrl: `https://sqs.us-east-1.amazonaws.com/${account}/q` },
      },
      `arn:aws:sqs:us-east-1:${account}:q`,
    ],
    [
      'a rule of the default bus',
      { eventSource: 'events.amazonaws.com', eventName: 'DeleteRule', requestParameters: { name: 'r' } },
      `arn:aws:events:us-east-1:${account}:rule/r`,
    ],
    [
      'a rule of another bus',
      {
        eventSource: 'events.amazonaws.com',
        eventName: 'DeleteRule',
        requestParameters: { name: 'r', eventBusName: 'b' },
      },
      '*',
    ],
  ])('is about %s', (_what, changes, expected) => {
    expect(requestOf(record(changes)).resource).toBe(expected);
  });
});

describe('a record', () => {
  it.each(['AccessDenied', 'Client.UnauthorizedOperation', 'AccessDeniedException', 'NotAuthorized'])(
    'with %s had been denied',
    (errorCode) => expect(wasDenied(record({ errorCode }))).toBe(true),
  );
  it.each([undefined, null, 'NoSuchBucket', 'Client.InvalidParameterValue'])('with %s had not', (errorCode) =>
    expect(wasDenied(record({ errorCode }))).toBe(false),
  );
  it('keeps what AWS adds, and has no nonsense where we read', () => {
    expect(CloudTrailRecord.parse({ ...record(), novelty: { a: 1 } })).toHaveProperty('novelty');
    expect(CloudTrailRecord.safeParse({ ...record(), userIdentity: 'ana' }).success).toBe(false);
    expect(CloudTrailRecord.safeParse({ ...record(), eventTime: 'yesterday' }).success).toBe(false);
  });
});

import type { CloudTrailRecord } from './cloudtrail-record.schema.ts';

/** Types whose ARNs in a record are the resources that IAM checked; of other services the list may be another one. */
const CHECKED_TYPES = new Map([
  ['kms', 'AWS::KMS::Key'],
  ['sts', 'AWS::IAM::Role'],
  ['dynamodb', 'AWS::DynamoDB::Table'],
  ['secretsmanager', 'AWS::SecretsManager::Secret'],
]);

/**
 * The resource that IAM checked, where the record surely tells it: by its own list, or by the parameters that make up
 * the ARN (Service Authorization Reference, "Resource types defined by …"). Otherwise `*`: then only what holds for
 * every resource counts.
 */
export function recordedResource(record: CloudTrailRecord, action: string, accountId: string): string {
  const service = action.split(':')[0] ?? '';
  if (service === 's3') return s3Resource(record);
  const type = CHECKED_TYPES.get(service);
  const arns = (record.resources ?? []).flatMap((r) =>
    type !== undefined && r.type === type ? [r.ARN] : [],
  );
  if (arns.length === 1 && arns[0]) return arns[0];
  const named = NAMED.get(service)?.(record.requestParameters ?? {});
  if (named === undefined) return '*';
  if (named.startsWith('arn:')) return named;
  return `arn:${partitionOf(record.awsRegion)}:${service}:${record.awsRegion}:${accountId}:${named}`;
}

type Parameters = Record<string, unknown>;
const NAME = /^[\w.-]+$/;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const arnOr = (value: string, make: (name: string) => string): string | undefined => {
  if (value.startsWith('arn:')) return value;
  return NAME.test(value) ? make(value) : undefined;
};

/** The last part of the ARN, or the whole ARN, from the parameters of a call; undefined when they do not say it. */
const NAMED: ReadonlyMap<string, (parameters: Parameters) => string | undefined> = new Map([
  ['cloudtrail', (p) => arnOr(textOf(p.name ?? p.trailName), (name) => `trail/${name}`)],
  ['lambda', (p) => arnOr(textOf(p.functionName), (name) => `function:${name}`)],
  ['sns', (p) => arnOr(textOf(p.topicArn), () => '')],
  ['events', ruleOf],
  ['sqs', (p) => /^https:\/\/[^/]+\/\d{12}\/([\w.-]+)$/.exec(textOf(p.queueUrl))?.[1]],
]);

/** A rule of another bus than the default one has the name of the bus in its ARN. */
function ruleOf(parameters: Parameters): string | undefined {
  const name = textOf(parameters.rule ?? parameters.name);
  const bus = textOf(parameters.eventBusName);
  return NAME.test(name) && (bus === '' || bus === 'default') ? `rule/${name}` : undefined;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** An alias of an access point looks like a bucket, but IAM checks the access point. */
function s3Resource({ requestParameters, awsRegion }: CloudTrailRecord): string {
  const { bucketName, key, accessPointArn } = requestParameters ?? {};
  if (typeof bucketName !== 'string' || !BUCKET.test(bucketName) || accessPointArn !== undefined) return '*';
  if (bucketName.endsWith('-s3alias') || bucketName.endsWith('--x-s3')) return '*';
  const bucket = `arn:${partitionOf(awsRegion)}:s3:::${bucketName}`;
  // A key with wildcard characters would be a question for many objects, which is only more careful.
  return typeof key === 'string' && key !== '' ? `${bucket}/${key}` : bucket;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

import { Aws, CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { CfnRepository } from 'aws-cdk-lib/aws-ecr';
import { CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { JetwayStack } from '../jetway-stack.ts';
import { artifactBucketName, LOG_RETENTION_DAYS } from '../names.ts';
import { textOf } from '../parameters.ts';

/**
 * What everything else is made from: the bucket of templates and definitions, named by their content, the bucket of
 * access logs, and the registry of the image. Deployed first; then the artifacts are copied into the bucket.
 */
export class ArtifactsStack extends JetwayStack {
  readonly accessLogBucketName: string;

  constructor(scope: Construct) {
    super(scope, 'artifacts', { account: 'management', region: 'home' }, 'templates, definitions and images');
    const logs = this.accessLogs();
    this.accessLogBucketName = logs.ref;
    this.artifacts(logs);
    this.images();
  }

  private accessLogs(): CfnBucket {
    const bucket = new CfnBucket(this, 'AccessLogs', {
      ...closedBucket(`jetway-access-logs-${Aws.ACCOUNT_ID}-${Aws.REGION}`),
      lifecycleConfiguration: {
        rules: [{ id: 'Expire', status: 'Enabled', expirationInDays: LOG_RETENTION_DAYS }],
      },
    });
    bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const arn = bucket.attrArn;
    new CfnBucketPolicy(this, 'AccessLogsPolicy', {
      bucket: bucket.ref,
      policyDocument: policy([
        onlyTls(arn),
        {
          Sid: 'BucketLogs',
          Effect: 'Allow',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `${arn}/s3/*`,
          Condition: {
            StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
            ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:s3:::jetway-*` },
          },
        },
        {
          Sid: 'LoadBalancerLogs',
          Effect: 'Allow',
          Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `${arn}/alb/AWSLogs/${Aws.ACCOUNT_ID}/*`,
          Condition: {
            ArnLike: { 'aws:SourceArn': this.arnOf('elasticloadbalancing', 'loadbalancer/*') },
          },
        },
      ]),
    });
    return bucket;
  }

  private artifacts(logs: CfnBucket): void {
    const bucket = new CfnBucket(this, 'Artifacts', {
      ...closedBucket(artifactBucketName(Aws.ACCOUNT_ID, Aws.REGION)),
      versioningConfiguration: { status: 'Enabled' },
      loggingConfiguration: { destinationBucketName: logs.ref, logFilePrefix: 's3/artifacts/' },
    });
    bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnBucketPolicy(this, 'ArtifactsPolicy', {
      bucket: bucket.ref,
      policyDocument: policy([
        onlyTls(bucket.attrArn),
        {
          // CloudFormation reads a template with the rights of the execution role of a member account.
          Sid: 'TemplatesForTheOrganization',
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `${bucket.attrArn}/*.template.json`,
          Condition: { StringEquals: { 'aws:PrincipalOrgID': textOf(this, 'OrganizationId') } },
        },
      ]),
    });
    new CfnOutput(this, 'ArtifactBucket', { value: bucket.ref });
  }

  private images(): void {
    const repository = new CfnRepository(this, 'Images', {
      repositoryName: 'jetway',
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS' },
      lifecyclePolicy: {
        lifecyclePolicyText: JSON.stringify({
          rules: [
            {
              rulePriority: 1,
              description: 'The last twenty releases are enough to go back.',
              selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 20 },
              action: { type: 'expire' },
            },
          ],
        }),
      },
    });
    repository.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnOutput(this, 'ImageRepository', { value: repository.attrRepositoryUri });
  }
}

export const policy = (statements: object[]) => ({ Version: '2012-10-17', Statement: statements });

export const closedBucket = (bucketName: string) => ({
  bucketName,
  bucketEncryption: {
    serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
  },
  ownershipControls: { rules: [{ objectOwnership: 'BucketOwnerEnforced' }] },
  publicAccessBlockConfiguration: {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  },
});

export const onlyTls = (arn: string) => ({
  Sid: 'OnlyTls',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: [arn, `${arn}/*`],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

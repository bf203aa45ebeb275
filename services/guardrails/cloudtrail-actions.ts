/**
 * From an event of CloudTrail to the action that IAM checked for it. CloudTrail records API operations; IAM's actions
 * mostly have the same names, but not all (Service Authorization Reference, "Actions defined by …"; S3 user guide,
 * "Amazon S3 CloudTrail events"). What is not listed here is not known: a guess could call a denied call allowed.
 */
export type RecordedAction = {
  /** As in a policy: `s3:ListBucket`. May hold a wildcard where one call needs several actions of one name. */
  action: string;
  /** Further actions that the call may have needed: denied, they may have stopped it. */
  maybeAlso: readonly string[];
};

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Event sources whose first word is the service prefix and whose operations are the actions, one to one. */
const SAME_NAMES: ReadonlySet<string> = new Set(
  words(`
  access-analyzer account acm athena backup batch budgets cloudformation cloudtrail codebuild codecommit codedeploy
  codepipeline cognito-identity config controltower dax dms ec2 ecr ecs eks elasticache elasticbeanstalk elasticfilesystem
  elasticloadbalancing elasticmapreduce events firehose fsx glacier glue guardduty health iam inspector2 kinesis kms
  logs macie2 organizations ram rds redshift route53 route53resolver secretsmanager securityhub servicecatalog servicequotas
  sns sqs ssm sso states storagegateway sts support transfer wafv2 workspaces xray lambda cloudfront dynamodb
`),
);

/** Sources whose first word is not the prefix. */
const OTHER_PREFIX: ReadonlyMap<string, string> = new Map([
  ['monitoring', 'cloudwatch'],
  ['email', 'ses'],
  ['tagging', 'tag'],
]);

/** S3's operations that are actions by the same name. */
const S3_SAME: ReadonlySet<string> = new Set(
  words(`
  AbortMultipartUpload CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite DeleteObjectTagging
  GetBucketAcl GetBucketCors GetBucketLocation GetBucketLogging GetBucketNotification GetBucketOwnershipControls
  GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging
  GetBucketVersioning GetBucketWebsite GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention
  GetObjectTagging GetObjectTorrent PutBucketAcl PutBucketCors PutBucketLogging PutBucketNotification
  PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging
  PutBucketVersioning PutBucketWebsite PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging RestoreObject
  GetObject PutObject DeleteObject GetAccountPublicAccessBlock PutAccountPublicAccessBlock
`),
);

const S3_OTHER: ReadonlyMap<string, string> = new Map(
  Object.entries({
    CompleteMultipartUpload: 'PutObject',
    CopyObject: 'PutObject',
    CreateMultipartUpload: 'PutObject',
    DeleteAccountPublicAccessBlock: 'PutAccountPublicAccessBlock',
    DeleteBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
    DeleteBucketCors: 'PutBucketCORS',
    DeleteBucketEncryption: 'PutEncryptionConfiguration',
    DeleteBucketInventoryConfiguration: 'PutInventoryConfiguration',
    DeleteBucketLifecycle: 'PutLifecycleConfiguration',
    DeleteBucketMetricsConfiguration: 'PutMetricsConfiguration',
    DeleteBucketOwnershipControls: 'PutBucketOwnershipControls',
    DeleteBucketPublicAccessBlock: 'PutBucketPublicAccessBlock',
    DeleteBucketReplication: 'PutReplicationConfiguration',
    DeleteBucketTagging: 'PutBucketTagging',
    GetBucketAccelerateConfiguration: 'GetAccelerateConfiguration',
    GetBucketAnalyticsConfiguration: 'GetAnalyticsConfiguration',
    GetBucketEncryption: 'GetEncryptionConfiguration',
    GetBucketInventoryConfiguration: 'GetInventoryConfiguration',
    GetBucketLifecycle: 'GetLifecycleConfiguration',
    GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
    GetBucketMetricsConfiguration: 'GetMetricsConfiguration',
    GetBucketNotificationConfiguration: 'GetBucketNotification',
    GetBucketObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
    GetBucketReplication: 'GetReplicationConfiguration',
    HeadBucket: 'ListBucket',
    HeadObject: 'GetObject',
    ListBuckets: 'ListAllMyBuckets',
    ListMultipartUploads: 'ListBucketMultipartUploads',
    ListObjects: 'ListBucket',
    ListObjectsV2: 'ListBucket',
    ListObjectVersions: 'ListBucketVersions',
    ListParts: 'ListMultipartUploadParts',
    PutBucketAccelerateConfiguration: 'PutAccelerateConfiguration',
    PutBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
    PutBucketEncryption: 'PutEncryptionConfiguration',
    PutBucketInventoryConfiguration: 'PutInventoryConfiguration',
    PutBucketLifecycle: 'PutLifecycleConfiguration',
    PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
    PutBucketMetricsConfiguration: 'PutMetricsConfiguration',
    PutBucketNotificationConfiguration: 'PutBucketNotification',
    PutBucketReplication: 'PutReplicationConfiguration',
    SelectObjectContent: 'GetObject',
    UploadPart: 'PutObject',
    UploadPartCopy: 'PutObject',
  }),
);

/** Objects by version are other actions; their names are these with `Version` after `Object`. */
const S3_VERSIONED: ReadonlySet<string> = new Set(
  words(
    'GetObject DeleteObject GetObjectAcl PutObjectAcl GetObjectTagging PutObjectTagging DeleteObjectTagging GetObjectTorrent',
  ),
);

const OTHER_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'kms:ReEncrypt': 'ReEncrypt*',
    'lambda:Invoke': 'InvokeFunction',
    'sqs:ChangeMessageVisibilityBatch': 'ChangeMessageVisibility',
    'sqs:DeleteMessageBatch': 'DeleteMessage',
    'sqs:SendMessageBatch': 'SendMessage',
    'sns:PublishBatch': 'Publish',
  }),
);

/** Operations whose actions depend on what they are given. */
const NOT_MAPPED: ReadonlySet<string> = new Set(
  words(`
  dynamodb:ExecuteStatement dynamodb:BatchExecuteStatement dynamodb:ExecuteTransaction dynamodb:TransactGetItems
  dynamodb:TransactWriteItems cloudfront:CreateDistributionWithTags cloudfront:CreateStreamingDistributionWithTags
`),
);

/** Operations that may hand a role to a service or read a second object (the column "Dependent actions"). */
const NEEDS_MORE: ReadonlyMap<string, readonly string[]> = new Map([
  ['ec2:RunInstances', ['iam:PassRole', 'ec2:CreateTags']],
  ...words(`
    ec2:AssociateIamInstanceProfile ec2:RequestSpotInstances ecs:RegisterTaskDefinition ecs:RunTask events:PutTargets
    cloudformation:CreateStack cloudformation:UpdateStack cloudformation:CreateChangeSet codebuild:CreateProject
    glue:CreateJob lambda:CreateFunction lambda:UpdateFunctionConfiguration states:CreateStateMachine
    states:UpdateStateMachine config:PutConfigurationRecorder
  `).map((name): [string, string[]] => [name, ['iam:PassRole']]),
  ['s3:CopyObject', ['s3:GetObject']],
  ['s3:UploadPartCopy', ['s3:GetObject']],
]);

/** `CreateFunction20150331`, `UpdateFunctionCode20150331v2`, `CreateDistribution2020_05_31`: the API's date. */
const API_DATE = /^([A-Za-z]+?)(\d{4}_?\d{2}_?\d{2}(v\d+)?)$/;
const DATED_SOURCES = ['lambda', 'cloudfront'];

/** The action behind an event; undefined when it is not surely known. */
export function actionOfEvent(event: {
  eventSource: string;
  eventName: string;
  ofVersion: boolean;
}): RecordedAction | undefined {
  const [source = '', ...rest] = event.eventSource.toLowerCase().split('.');
  if (rest.join('.') !== 'amazonaws.com') return undefined;
  const dated = DATED_SOURCES.includes(source) ? API_DATE.exec(event.eventName)?.[1] : undefined;
  const operation = dated ?? event.eventName;
  if (!/^[A-Z][A-Za-z0-9]*$/.test(operation)) return undefined;
  const prefix =
    source === 's3' ? 's3' : (OTHER_PREFIX.get(source) ?? (SAME_NAMES.has(source) ? source : ''));
  const name = `${prefix}:${operation}`;
  if (prefix === '' || NOT_MAPPED.has(name)) return undefined;
  const action =
    prefix === 's3' ? s3Action(operation, event.ofVersion) : (OTHER_NAMES.get(name) ?? operation);
  if (action === undefined) return undefined;
  return { action: `${prefix}:${action}`, maybeAlso: NEEDS_MORE.get(name) ?? [] };
}

function s3Action(operation: string, ofVersion: boolean): string | undefined {
  const action = S3_SAME.has(operation) ? operation : S3_OTHER.get(operation);
  if (!ofVersion || action === undefined || !S3_VERSIONED.has(action)) return action;
  return action.replace('Object', 'ObjectVersion');
}

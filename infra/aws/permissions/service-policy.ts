import type { Statement } from './statement.ts';

/** What the service is made of on AWS. Every ARN is a value of CloudFormation. */
export type ServiceResources = {
  machineArns: string[];
  executionArns: string[];
  inboxArn: string;
  deadLettersArn: string;
  busArn: string;
  messagesKeyArn: string;
  dataKeyArn: string;
  signingKeyArn: string;
  databaseSecretArn: string;
  checkpointBucketArn: string;
};

const allow = (Sid: string, Action: string[], Resource: string[]): Statement => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource,
});

/** The password is read when a connection is made, so that a rotation needs no restart. */
const database = ({ databaseSecretArn, dataKeyArn }: ServiceResources): Statement[] => [
  allow('DatabasePassword', ['secretsmanager:GetSecretValue'], [databaseSecretArn]),
  allow('DatabasePasswordKey', ['kms:Decrypt'], [dataKeyArn]),
];

const signatures = ({ signingKeyArn }: ServiceResources): Statement =>
  allow('SignDecisions', ['kms:GetPublicKey', 'kms:Sign'], [signingKeyArn]);

/** What they say is only added to: the bucket's lock keeps what is there. */
const readCheckpoints = ({ checkpointBucketArn }: ServiceResources): Statement[] => [
  allow('Checkpoints', ['s3:GetObject', 's3:GetObjectVersion'], [`${checkpointBucketArn}/*`]),
  allow('ListCheckpoints', ['s3:ListBucketVersions'], [checkpointBucketArn]),
];

/** Whoever takes over a task of the API can start nothing and answer nothing: everything leaves through the worker. */
export const apiPolicy = (resources: ServiceResources): Statement[] => [
  ...database(resources),
  signatures(resources),
  ...readCheckpoints(resources),
];

/** Starts what was approved, answers what was asked, reads the inbox, tells the bus. No call that changes the organization. */
export const workerPolicy = (resources: ServiceResources): Statement[] => [
  ...database(resources),
  signatures(resources),
  ...readCheckpoints(resources),
  allow('KeepCheckpoints', ['s3:PutObject'], [`${resources.checkpointBucketArn}/*`]),
  allow('Start', ['states:StartExecution'], resources.machineArns),
  allow('Follow', ['states:DescribeExecution', 'states:RedriveExecution'], resources.executionArns),
  // A task token is the capability; the action knows no resource.
  allow('Answer', ['states:SendTaskSuccess'], ['*']),
  allow(
    'Inbox',
    ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
    [resources.inboxArn],
  ),
  allow('DeadLetters', ['sqs:GetQueueUrl', 'sqs:SendMessage'], [resources.deadLettersArn]),
  allow('Messages', ['kms:Decrypt', 'kms:GenerateDataKey'], [resources.messagesKeyArn]),
  allow('Publish', ['events:PutEvents'], [resources.busArn]),
];

/** Brings the schema up to date, once for each release. */
export const migratePolicy = (resources: ServiceResources): Statement[] => database(resources);

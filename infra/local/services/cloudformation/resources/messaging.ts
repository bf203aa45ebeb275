import { nameFrom, propertyRules, type ResourceType, textOf } from './resource-type.ts';

const queueArn = (accountId: string, region: string, name: string): string =>
  `arn:aws:sqs:${region}:${accountId}:${name}`;
const alarmArn = (accountId: string, region: string, name: string): string =>
  `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`;

/** As resources of the account: nothing is ever sent to these queues, and no alarm rings. */
export const MESSAGING_TYPES: readonly ResourceType[] = [
  {
    type: 'AWS::SQS::Queue',
    properties: propertyRules(`QueueName* MessageRetentionPeriod:n VisibilityTimeout:n DelaySeconds:n
      SqsManagedSseEnabled:b KmsMasterKeyId RedrivePolicy:j RedriveAllowPolicy:j Tags:l`),
    attributes: ['Arn', 'QueueName', 'QueueUrl'],
    actions: ({ accountId, region, properties, stackName, logicalId }) => [
      {
        action: 'sqs:CreateQueue',
        resource: queueArn(
          accountId,
          region,
          textOf(properties, 'QueueName') || `${stackName}-${logicalId}-*`,
        ),
      },
    ],
    deleteAction: ({ accountId, region }, id) => ({
      action: 'sqs:DeleteQueue',
      resource: queueArn(accountId, region, id.split('/').at(-1) ?? '*'),
    }),
    create: (context) => {
      const { accountId, region } = context;
      const QueueName = nameFrom(context, 'QueueName', 80);
      const id = `https://sqs.${region}.amazonaws.com/${accountId}/${QueueName}`;
      return { id, attributes: { Arn: queueArn(accountId, region, QueueName), QueueName, QueueUrl: id } };
    },
  },
  {
    type: 'AWS::CloudWatch::Alarm',
    properties:
      propertyRules(`ComparisonOperator! EvaluationPeriods:n! AlarmName* AlarmDescription AlarmActions:l
      OKActions:l InsufficientDataActions:l ActionsEnabled:b Namespace MetricName Dimensions:l Statistic
      ExtendedStatistic Period:n Threshold:n DatapointsToAlarm:n TreatMissingData Unit Metrics:l Tags:l`),
    attributes: ['Arn'],
    actions: ({ accountId, region, properties, stackName, logicalId }) => [
      {
        action: 'cloudwatch:PutMetricAlarm',
        resource: alarmArn(
          accountId,
          region,
          textOf(properties, 'AlarmName') || `${stackName}-${logicalId}-*`,
        ),
      },
    ],
    deleteAction: ({ accountId, region }, id) => ({
      action: 'cloudwatch:DeleteAlarms',
      resource: alarmArn(accountId, region, id),
    }),
    create: (context) => {
      const id = nameFrom(context, 'AlarmName', 255);
      return { id, attributes: { Arn: alarmArn(context.accountId, context.region, id) } };
    },
  },
];

import type { AccountResource } from '../../account-resources.ts';
import { configMayInvoke } from '../../config/custom-rules.ts';
import { hasRecorder, ruleArn, scheduleEvaluation } from '../../config/rules.ts';
import { isObject, type JsonObject } from '../template/template.ts';
import {
  nameFrom,
  propertyRules,
  type ResourceContext,
  ResourceFailure,
  type ResourceType,
  textOf,
} from './resource-type.ts';
import { bucketExists } from './storage.ts';

function createConfigRule(context: ResourceContext) {
  const { world, accountId, region, properties } = context;
  if (!hasRecorder(world.store, accountId, region))
    throw new ResourceFailure(
      'Configuration recorder is not available to put config rule. (NoAvailableConfigurationRecorderException)',
    );
  const source = properties.Source;
  if (!isObject(source) || typeof source.Owner !== 'string')
    throw new ResourceFailure('#/Source: required key [Owner] not found');
  checkFunction(context, source);
  const id = nameFrom(context, 'ConfigRuleName', 128);
  const ConfigRuleId = `config-rule-${world.random.hex(6)}`;
  return {
    id,
    attributes: {
      ConfigRuleId,
      Arn: ruleArn(accountId, region, ConfigRuleId),
      'Compliance.Type': 'INSUFFICIENT_DATA',
    },
  };
}

/** Config tries whether it may invoke the function before it takes the rule. */
function checkFunction({ world, accountId, region }: ResourceContext, source: JsonObject): void {
  if (source.Owner !== 'CUSTOM_LAMBDA') return;
  const functionArn = textOf(source, 'SourceIdentifier');
  if (functionArn.split(':')[3] === region && configMayInvoke(world, functionArn, accountId)) return;
  throw new ResourceFailure(
    `The AWS Lambda function ${functionArn} cannot be invoked. Check the specified function ARN, and check the function's permissions. (InsufficientPermissionsException)`,
    'AccessDenied',
  );
}

const evaluateSoon = ({ world, accountId, region }: ResourceContext): void =>
  scheduleEvaluation(world, accountId, region);

function createTopic(context: ResourceContext) {
  const isFifo = String(context.properties.FifoTopic) === 'true';
  const name =
    nameFrom(context, 'TopicName', 256) +
    (isFifo && context.properties.TopicName === undefined ? '.fifo' : '');
  const id = `arn:aws:sns:${context.region}:${context.accountId}:${name}`;
  return { id, attributes: { TopicArn: id, TopicName: name } };
}

function createEventRule(context: ResourceContext) {
  const { accountId, region, properties } = context;
  if (properties.EventPattern === undefined && properties.ScheduleExpression === undefined)
    throw new ResourceFailure('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  const name = nameFrom(context, 'Name');
  const bus = textOf(properties, 'EventBusName');
  const isDefault = bus === '' || bus === 'default';
  return {
    id: isDefault ? name : `${bus}|${name}`,
    attributes: { Arn: `arn:aws:events:${region}:${accountId}:rule/${isDefault ? '' : `${bus}/`}${name}` },
  };
}

const budgetName = ({ properties: { Budget } }: Pick<ResourceContext, 'properties'>): string =>
  isObject(Budget) ? textOf(Budget, 'BudgetName') : '';

const createBudget = (context: ResourceContext) => ({
  id: budgetName(context) || nameFrom(context, 'BudgetName', 100),
});

function createTrail(context: ResourceContext) {
  const bucket = textOf(context.properties, 'S3BucketName');
  if (!bucketExists(context.world, bucket))
    throw new ResourceFailure(
      `S3 bucket ${bucket} does not exist! (Service: CloudTrail, Status Code: 400, Error Code: S3BucketDoesNotExistException)`,
    );
  const id = nameFrom(context, 'TrailName', 128);
  const Arn = `arn:aws:cloudtrail:${context.region}:${context.accountId}:trail/${id}`;
  return { id, attributes: { Arn, SnsTopicArn: '' } };
}

const rulePlace = ({ accountId, region }: Pick<ResourceContext, 'accountId' | 'region'>, name: string) =>
  ruleArn(accountId, region, name);

export const GOVERNANCE_TYPES: readonly ResourceType[] = [
  {
    type: 'AWS::Config::ConfigRule',
    properties:
      propertyRules(`Source:o! ConfigRuleName* Description InputParameters:j MaximumExecutionFrequency Scope:o
      EvaluationModes:l Compliance:o`),
    attributes: ['Arn', 'ConfigRuleId', 'Compliance.Type'],
    // The rule's id is made by the call, so its ARN cannot be known before.
    actions: (context) => [{ action: 'config:PutConfigRule', resource: rulePlace(context, '*') }],
    deleteAction: (context) => ({ action: 'config:DeleteConfigRule', resource: rulePlace(context, '*') }),
    create: createConfigRule,
    afterCreate: evaluateSoon,
    afterUpdate: evaluateSoon,
    afterDelete: (world, rule: AccountResource) => scheduleEvaluation(world, rule.accountId, rule.region),
  },
  {
    type: 'AWS::Config::AggregationAuthorization',
    properties: propertyRules('AuthorizedAccountId!* AuthorizedAwsRegion!* Tags:l'),
    attributes: ['AggregationAuthorizationArn'],
    actions: ({ accountId, region, properties }) => [
      {
        action: 'config:PutAggregationAuthorization',
        resource: authorizationArn(accountId, region, properties),
      },
    ],
    deleteAction: ({ accountId, region }, id) => ({
      action: 'config:DeleteAggregationAuthorization',
      resource: `arn:aws:config:${region}:${accountId}:aggregation-authorization/${id}`,
    }),
    create: ({ accountId, region, properties }) => ({
      id: `${textOf(properties, 'AuthorizedAccountId')}/${textOf(properties, 'AuthorizedAwsRegion')}`,
      attributes: { AggregationAuthorizationArn: authorizationArn(accountId, region, properties) },
    }),
  },
  {
    type: 'AWS::SNS::Topic',
    properties: propertyRules(`TopicName* DisplayName FifoTopic:b* ContentBasedDeduplication:b KmsMasterKeyId
      Subscription:l ArchivePolicy:j DataProtectionPolicy:j DeliveryStatusLogging:l SignatureVersion TracingConfig
      FifoThroughputScope Tags:l`),
    attributes: ['TopicArn', 'TopicName'],
    actions: ({ accountId, region, properties, stackName, logicalId }) => [
      {
        action: 'sns:CreateTopic',
        resource: `arn:aws:sns:${region}:${accountId}:${textOf(properties, 'TopicName') || `${stackName}-${logicalId}-*`}`,
      },
    ],
    deleteAction: (_context, id) => ({ action: 'sns:DeleteTopic', resource: id }),
    create: createTopic,
  },
  {
    type: 'AWS::SNS::TopicPolicy',
    properties: propertyRules('Topics:l! PolicyDocument:j!'),
    attributes: ['Id'],
    references: { Topics: 'AWS::SNS::Topic' },
    actions: ({ properties }) =>
      (Array.isArray(properties.Topics) ? properties.Topics : []).map((topic) => ({
        action: 'sns:SetTopicAttributes',
        resource: String(topic),
      })),
    deleteAction: () => ({ action: 'sns:SetTopicAttributes' }),
    create: (context) => {
      const id = nameFrom(context, 'Id');
      return { id, attributes: { Id: id } };
    },
  },
  {
    type: 'AWS::Events::Rule',
    properties: propertyRules(
      'Description EventBusName* EventPattern:j Name* RoleArn ScheduleExpression State Targets:l Tags:l',
    ),
    attributes: ['Arn'],
    actions: ({ accountId, region, properties, stackName, logicalId }) => {
      const name = textOf(properties, 'Name') || `${stackName}-${logicalId}-*`;
      const resource = `arn:aws:events:${region}:${accountId}:rule/${name}`;
      return [
        { action: 'events:PutRule', resource },
        ...(properties.Targets === undefined ? [] : [{ action: 'events:PutTargets', resource }]),
      ];
    },
    deleteAction: ({ accountId, region }, id) => ({
      action: 'events:DeleteRule',
      resource: `arn:aws:events:${region}:${accountId}:rule/${id.replace('|', '/')}`,
    }),
    create: createEventRule,
  },
  {
    type: 'AWS::Budgets::Budget',
    properties: propertyRules('Budget:o! NotificationsWithSubscribers:l* ResourceTags:l'),
    attributes: [],
    actions: (context) => [
      {
        action: 'budgets:ModifyBudget',
        resource: `arn:aws:budgets::${context.accountId}:budget/${budgetName(context) || '*'}`,
      },
    ],
    deleteAction: ({ accountId }, id) => ({
      action: 'budgets:ModifyBudget',
      resource: `arn:aws:budgets::${accountId}:budget/${id}`,
    }),
    create: createBudget,
  },
  {
    type: 'AWS::CloudTrail::Trail',
    properties:
      propertyRules(`S3BucketName! IsLogging:b! TrailName* CloudWatchLogsLogGroupArn CloudWatchLogsRoleArn
      EnableLogFileValidation:b EventSelectors:l AdvancedEventSelectors:l InsightSelectors:l
      IncludeGlobalServiceEvents:b IsMultiRegionTrail:b IsOrganizationTrail:b KMSKeyId S3KeyPrefix SnsTopicName Tags:l`),
    attributes: ['Arn', 'SnsTopicArn'],
    actions: ({ accountId, region, properties, stackName, logicalId }) => {
      const name = textOf(properties, 'TrailName') || `${stackName}-${logicalId}-*`;
      const resource = `arn:aws:cloudtrail:${region}:${accountId}:trail/${name}`;
      return [
        { action: 'cloudtrail:CreateTrail', resource },
        { action: 'cloudtrail:StartLogging', resource },
      ];
    },
    deleteAction: ({ accountId, region }, id) => ({
      action: 'cloudtrail:DeleteTrail',
      resource: `arn:aws:cloudtrail:${region}:${accountId}:trail/${id}`,
    }),
    create: createTrail,
  },
];

function authorizationArn(
  accountId: string,
  region: string,
  properties: ResourceContext['properties'],
): string {
  const to = `${textOf(properties, 'AuthorizedAccountId')}/${textOf(properties, 'AuthorizedAwsRegion')}`;
  return `arn:aws:config:${region}:${accountId}:aggregation-authorization/${to}`;
}

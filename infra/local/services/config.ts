import { page } from '../paging.ts';
import { AwsError, type Caller, type ServiceModule, type World } from '../world.ts';
import type { AccountResource } from './account-resources.ts';
import { aggregateOperations } from './config/aggregator.ts';
import type { ComplianceType } from './config/checks.ts';
import { customRuleOperations } from './config/custom-api.ts';
import { complianceOf, describeRecord } from './config/describe.ts';
import { listEvaluations, registerEvaluation } from './config/evaluation.ts';
import {
  getDeliveryChannel,
  getRecorder,
  listRules,
  type Recorder,
  scheduleEvaluation,
} from './config/rules.ts';

/** AWS documents no page size; 25 is what its answers have. */
const RULES_PER_PAGE = 25;
const DETAILS_PER_PAGE = 10;

type Recorders = { ConfigurationRecorderNames?: string[] };
type Named = { ConfigRuleNames?: string[]; NextToken?: string };

/** AWS Config for reading, and for the functions of custom rules; rules are made by CloudFormation, recorders by Account Factory. */
export function configService(world: World): ServiceModule {
  registerEvaluation(world);
  return {
    shape: 'config',
    operations: {
      DescribeConfigurationRecorders: (input: Recorders, caller: Caller) => ({
        ConfigurationRecorders: recorders(world, input, caller).map((one) => describeRecorder(one, caller)),
      }),
      DescribeConfigurationRecorderStatus: (input: Recorders, caller: Caller) => ({
        ConfigurationRecordersStatus: recorders(world, input, caller).map((one) =>
          recorderStatus(one, caller),
        ),
      }),
      DescribeDeliveryChannels: (input: { DeliveryChannelNames?: string[] }, caller: Caller) =>
        describeChannels(world, input, caller),
      DescribeConfigRules: (input: Named, caller: Caller) => {
        const { items, next } = pageOfRules(world, input, caller);
        return { ConfigRules: items.map(describeRule), ...next };
      },
      DescribeComplianceByConfigRule: (
        input: Named & { ComplianceTypes?: ComplianceType[] },
        caller: Caller,
      ) => {
        const { items, next } = pageOfRules(world, input, caller);
        const wanted = input.ComplianceTypes ?? [];
        const found = items.map((rule) => complianceOf(world, rule));
        return {
          ComplianceByConfigRules: found.filter(
            ({ Compliance }) => wanted.length === 0 || wanted.includes(Compliance.ComplianceType),
          ),
          ...next,
        };
      },
      GetComplianceDetailsByConfigRule: (input: DetailsInput, caller: Caller) =>
        details(world, input, caller),
      StartConfigRulesEvaluation: (input: Named, caller: Caller) => {
        rulesNamed(world, input.ConfigRuleNames, caller);
        scheduleEvaluation(world, caller.accountId, caller.region);
        return {};
      },
      ...aggregateOperations(world),
      ...customRuleOperations(world),
    },
  };
}

const recorderArn = ({ accountId, region }: Caller, name: string): string =>
  `arn:aws:config:${region}:${accountId}:configuration-recorder/${name}`;

function describeRecorder(recorder: Recorder, caller: Caller) {
  return {
    arn: recorderArn(caller, recorder.name),
    name: recorder.name,
    roleARN: recorder.roleArn,
    recordingGroup: {
      allSupported: true,
      includeGlobalResourceTypes: recorder.includeGlobalResourceTypes,
      resourceTypes: [],
      recordingStrategy: { useOnly: 'ALL_SUPPORTED_RESOURCE_TYPES' },
    },
    recordingMode: { recordingFrequency: 'CONTINUOUS', recordingModeOverrides: [] },
    recordingScope: 'PAID',
  };
}

const recorderStatus = (recorder: Recorder, caller: Caller) => ({
  arn: recorderArn(caller, recorder.name),
  name: recorder.name,
  lastStartTime: recorder.startedAt,
  recording: recorder.recording,
  lastStatus: recorder.recording ? 'Success' : 'Pending',
  lastStatusChangeTime: recorder.startedAt,
});

function recorders(world: World, input: Recorders, { accountId, region }: Caller): Recorder[] {
  const recorder = getRecorder(world.store, accountId, region);
  for (const name of input.ConfigurationRecorderNames ?? [])
    if (name !== recorder?.name)
      throw new AwsError(
        'NoSuchConfigurationRecorderException',
        `Cannot find configuration recorder with the specified name '${name}'.`,
      );
  return recorder ? [recorder] : [];
}

function describeChannels(world: World, input: { DeliveryChannelNames?: string[] }, caller: Caller) {
  const channel = getDeliveryChannel(world.store, caller.accountId, caller.region);
  for (const name of input.DeliveryChannelNames ?? [])
    if (name !== channel?.name)
      throw new AwsError(
        'NoSuchDeliveryChannelException',
        `Cannot find delivery channel with specified name '${name}'.`,
      );
  const configSnapshotDeliveryProperties = { deliveryFrequency: 'TwentyFour_Hours' };
  if (!channel) return { DeliveryChannels: [] };
  const { snsTopicARN, ...rest } = channel;
  const topic = snsTopicARN === '' ? {} : { snsTopicARN };
  return { DeliveryChannels: [{ ...rest, ...topic, configSnapshotDeliveryProperties }] };
}

function rulesNamed(
  world: World,
  names: string[] | undefined,
  { accountId, region }: Caller,
): AccountResource[] {
  const all = listRules(world.store, accountId, region);
  if (names === undefined || names.length === 0) return all;
  return names.map((name) => {
    const rule = all.find((one) => one.id === name);
    if (!rule)
      throw new AwsError(
        'NoSuchConfigRuleException',
        `The ConfigRule '${name}' provided in the request is invalid. Please check the configRule name`,
      );
    return rule;
  });
}

function pageOfRules(world: World, input: Named, caller: Caller) {
  const rules = rulesNamed(world, input.ConfigRuleNames, caller);
  const { items, nextToken } = page(rules, input.NextToken, RULES_PER_PAGE, 'InvalidNextTokenException');
  return { items, next: nextToken === undefined ? {} : { NextToken: nextToken } };
}

function describeRule({ id, properties, attributes }: AccountResource) {
  const { InputParameters: parameters } = properties;
  return {
    ConfigRuleName: id,
    ConfigRuleArn: attributes.Arn,
    ConfigRuleId: attributes.ConfigRuleId,
    Description: properties.Description ?? '',
    ...(properties.Scope === undefined ? {} : { Scope: properties.Scope }),
    Source: properties.Source,
    // The API has a text here, whatever the template had.
    InputParameters: typeof parameters === 'string' ? parameters : JSON.stringify(parameters ?? {}),
    ...(properties.MaximumExecutionFrequency === undefined
      ? {}
      : { MaximumExecutionFrequency: properties.MaximumExecutionFrequency }),
    ConfigRuleState: 'ACTIVE',
    EvaluationModes: [{ Mode: 'DETECTIVE' }],
  };
}

type DetailsInput = {
  ConfigRuleName: string;
  ComplianceTypes?: ComplianceType[];
  Limit?: number;
  NextToken?: string;
};

function details(world: World, input: DetailsInput, caller: Caller) {
  rulesNamed(world, [input.ConfigRuleName], caller);
  const wanted = input.ComplianceTypes ?? [];
  const records = listEvaluations(world.store, caller.accountId, caller.region, input.ConfigRuleName).filter(
    (record) => wanted.length === 0 || wanted.includes(record.complianceType),
  );
  const { items, nextToken } = page(
    records,
    input.NextToken,
    input.Limit || DETAILS_PER_PAGE,
    'InvalidNextTokenException',
  );
  return { EvaluationResults: items.map(describeRecord), ...(nextToken ? { NextToken: nextToken } : {}) };
}

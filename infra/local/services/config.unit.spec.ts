import { beforeEach, describe, expect, it } from 'vitest';
import type { ServiceModule } from '../world.ts';
import { enrolAccount } from './account-baseline.ts';
import { call, MEMBER, REGION, refusal, roleCaller, testWorld } from './account-test-world.ts';
import { cloudFormationService } from './cloudformation.ts';
import { type ComplianceType, evaluateRule } from './config/checks.ts';
import { setCompliance } from './config/evaluation.ts';
import { configService } from './config.ts';

const caller = roleCaller('jetway-execution');
const rule = (ConfigRuleName: string, SourceIdentifier: string) => ({
  Type: 'AWS::Config::ConfigRule',
  Properties: { ConfigRuleName, Source: { Owner: 'AWS', SourceIdentifier } },
});
const MINUTES = 60_000;

let t: ReturnType<typeof testWorld>;
let config: ServiceModule;
let cloudformation: ServiceModule;
const ask = <T>(action: string, input: object = {}): T => call<T>(t.world, config, action, input, caller);
const deploy = (StackName: string, Resources: object, action = 'CreateStack') => {
  call(t.world, cloudformation, action, { StackName, TemplateBody: JSON.stringify({ Resources }) }, caller);
  t.pass(6 * MINUTES);
};
const compliance = (): Record<string, ComplianceType> =>
  Object.fromEntries(
    ask<{
      ComplianceByConfigRules: { ConfigRuleName: string; Compliance: { ComplianceType: ComplianceType } }[];
    }>('DescribeComplianceByConfigRule').ComplianceByConfigRules.map((one) => [
      one.ConfigRuleName,
      one.Compliance.ComplianceType,
    ]),
  );
const changes = () => t.events.filter((event) => event.source === 'aws.config');

const RULES = {
  Volumes: rule('jetway-volumes', 'ENCRYPTED_VOLUMES'),
  Trail: rule('jetway-trail', 'CLOUD_TRAIL_ENABLED'),
  Mfa: rule('jetway-root-mfa', 'ROOT_ACCOUNT_MFA_ENABLED'),
  Flow: rule('jetway-flow-logs', 'VPC_FLOW_LOGS_ENABLED'),
};

beforeEach(() => {
  t = testWorld();
  config = configService(t.world);
  cloudformation = cloudFormationService(t.world);
  enrolAccount(t.world, MEMBER);
  t.start();
});

describe('rules of a stack', () => {
  it('are evaluated over what the account has', () => {
    deploy('rules', RULES);
    expect(compliance()).toEqual({
      'jetway-flow-logs': 'INSUFFICIENT_DATA',
      'jetway-root-mfa': 'NON_COMPLIANT',
      'jetway-trail': 'COMPLIANT',
      'jetway-volumes': 'INSUFFICIENT_DATA',
    });
    expect(changes().map((event) => event.detail.configRuleName)).toEqual([
      'jetway-root-mfa',
      'jetway-trail',
    ]);
  });

  it('are evaluated again when resources come, change and go', () => {
    deploy('rules', RULES);
    const Vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
    deploy('net', { Vpc });
    expect(compliance()['jetway-flow-logs']).toBe('NON_COMPLIANT');
    const Log = {
      Type: 'AWS::EC2::FlowLog',
      Properties: {
        ResourceId: { Ref: 'Vpc' },
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        LogDestinationType: 's3',
        LogDestination: 'arn:aws:s3:::logs',
      },
    };
    deploy('net', { Vpc, Log }, 'UpdateStack');
    expect(compliance()['jetway-flow-logs']).toBe('COMPLIANT');
    call(t.world, cloudformation, 'DeleteStack', { StackName: 'net' }, caller);
    t.pass(6 * MINUTES);
    expect(compliance()['jetway-flow-logs']).toBe('INSUFFICIENT_DATA');
    const types = changes()
      .filter((event) => event.detail.configRuleName === 'jetway-flow-logs')
      .map((event) => (event.detail.newEvaluationResult as { complianceType: string }).complianceType);
    expect(types).toEqual(['NON_COMPLIANT', 'COMPLIANT', 'NOT_APPLICABLE']);
  });

  it('are listed in pages and by name', () => {
    const many = Object.fromEntries(
      Array.from({ length: 27 }, (_, i) => [`R${i}`, rule(`r-${i}`, 'CLOUD_TRAIL_ENABLED')]),
    );
    deploy('many', many);
    type Page = {
      ConfigRules: { ConfigRuleName: string; ConfigRuleState: string; InputParameters: string }[];
      NextToken?: string;
    };
    const first = ask<Page>('DescribeConfigRules');
    const second = ask<Page>('DescribeConfigRules', { NextToken: first.NextToken });
    expect([first.ConfigRules.length, second.ConfigRules.length, second.NextToken]).toEqual([
      25,
      2,
      undefined,
    ]);
    expect(ask<Page>('DescribeConfigRules', { ConfigRuleNames: ['r-3'] }).ConfigRules[0]).toMatchObject({
      ConfigRuleName: 'r-3',
      ConfigRuleState: 'ACTIVE',
      InputParameters: '{}',
    });
    expect(refusal(() => ask('DescribeConfigRules', { ConfigRuleNames: ['nope'] }))).toContain(
      "NoSuchConfigRuleException: The ConfigRule 'nope' provided in the request is invalid.",
    );
    expect(refusal(() => ask('DescribeConfigRules', { NextToken: 'Zm9v' }))).toContain(
      'InvalidNextTokenException',
    );
  });

  it('cannot be made where nothing records', () => {
    const stranger = roleCaller('x', '999900001111');
    const input = {
      StackName: 's',
      TemplateBody: JSON.stringify({ Resources: { R: rule('r', 'CLOUD_TRAIL_ENABLED') } }),
    };
    call(t.world, cloudformation, 'CreateStack', input, stranger);
    t.pass(6 * MINUTES);
    const { StackEvents } = call<{ StackEvents: { ResourceStatusReason?: string }[] }>(
      t.world,
      cloudformation,
      'DescribeStackEvents',
      { StackName: 's' },
      stranger,
    );
    expect(JSON.stringify(StackEvents)).toContain(
      'Configuration recorder is not available to put config rule.',
    );
  });
});

describe('the knob', () => {
  const bucket = {
    accountId: MEMBER,
    ruleName: 'jetway-volumes',
    resourceType: 'AWS::EC2::Volume',
    resourceId: 'vol-1',
  };

  it('changes a resource, sends the event of AWS, and holds', () => {
    deploy('rules', RULES);
    t.events.length = 0;
    setCompliance(t.world, { ...bucket, complianceType: 'NON_COMPLIANT' });
    t.pass(1_000);
    setCompliance(t.world, { ...bucket, complianceType: 'COMPLIANT', annotation: 'mended' });
    const [first, second] = changes();
    const qualifier = {
      configRuleName: 'jetway-volumes',
      resourceType: 'AWS::EC2::Volume',
      resourceId: 'vol-1',
    };
    expect(first?.detail).not.toHaveProperty('oldEvaluationResult');
    expect(second).toMatchObject({
      'detail-type': 'Config Rules Compliance Change',
      source: 'aws.config',
      account: MEMBER,
      region: REGION,
      resources: [],
      detail: {
        awsAccountId: MEMBER,
        awsRegion: REGION,
        ...qualifier,
        messageType: 'ComplianceChangeNotification',
        recordVersion: '1.0',
        newEvaluationResult: {
          complianceType: 'COMPLIANT',
          annotation: 'mended',
          evaluationResultIdentifier: { evaluationResultQualifier: qualifier },
        },
        oldEvaluationResult: { complianceType: 'NON_COMPLIANT' },
      },
    });
    expect(Object.keys(second?.detail ?? {}).sort()).toEqual([
      'awsAccountId',
      'awsRegion',
      'configRuleARN',
      'configRuleName',
      'messageType',
      'newEvaluationResult',
      'notificationCreationTime',
      'oldEvaluationResult',
      'recordVersion',
      'resourceId',
      'resourceType',
    ]);
    ask('StartConfigRulesEvaluation', { ConfigRuleNames: ['jetway-volumes'] });
    t.pass(2 * MINUTES);
    expect(compliance()['jetway-volumes']).toBe('COMPLIANT');
    setCompliance(t.world, { ...bucket, complianceType: 'NOT_APPLICABLE' });
    expect(compliance()['jetway-volumes']).toBe('INSUFFICIENT_DATA');
  });

  it('knows its rules', () => {
    expect(refusal(() => setCompliance(t.world, { ...bucket, complianceType: 'COMPLIANT' }))).toContain(
      'NoSuchConfigRuleException',
    );
  });
});

describe('managed rules', () => {
  const view = (type: string, properties: object, isTrailLogging = true) => ({
    accountId: MEMBER,
    isTrailLogging,
    setting: () => undefined,
    list: (asked: string) =>
      asked === type
        ? [
            {
              type,
              id: 'x',
              accountId: MEMBER,
              region: REGION,
              properties: { ...properties },
              attributes: {},
              createdAt: '',
            },
          ]
        : [],
  });
  const open = (FromPort: number, ToPort = FromPort, CidrIp = '0.0.0.0/0') => ({
    SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort, ToPort, CidrIp }],
  });

  it.each<[identifier: string, type: string, properties: object, answer: ComplianceType]>([
    ['INCOMING_SSH_DISABLED', 'AWS::EC2::SecurityGroup', open(22), 'NON_COMPLIANT'],
    ['INCOMING_SSH_DISABLED', 'AWS::EC2::SecurityGroup', open(0, 65_535), 'NON_COMPLIANT'],
    ['INCOMING_SSH_DISABLED', 'AWS::EC2::SecurityGroup', open(22, 22, '10.0.0.0/8'), 'COMPLIANT'],
    ['INCOMING_SSH_DISABLED', 'AWS::EC2::SecurityGroup', open(443), 'COMPLIANT'],
    ['RESTRICTED_INCOMING_TRAFFIC', 'AWS::EC2::SecurityGroup', open(3389), 'NON_COMPLIANT'],
    ['S3_BUCKET_PUBLIC_READ_PROHIBITED', 'AWS::S3::Bucket', { AccessControl: 'PublicRead' }, 'NON_COMPLIANT'],
    ['S3_BUCKET_PUBLIC_READ_PROHIBITED', 'AWS::S3::Bucket', {}, 'COMPLIANT'],
    [
      'S3_BUCKET_VERSIONING_ENABLED',
      'AWS::S3::Bucket',
      { VersioningConfiguration: { Status: 'Enabled' } },
      'COMPLIANT',
    ],
    ['S3_BUCKET_VERSIONING_ENABLED', 'AWS::S3::Bucket', {}, 'NON_COMPLIANT'],
    [
      'SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED',
      'AWS::EC2::Subnet',
      { MapPublicIpOnLaunch: true },
      'NON_COMPLIANT',
    ],
    ['CMK_BACKING_KEY_ROTATION_ENABLED', 'AWS::KMS::Key', { EnableKeyRotation: true }, 'COMPLIANT'],
  ])('%s over %s %j', (identifier, type, properties, answer) => {
    expect(evaluateRule(identifier, view(type, properties)).map((one) => one.complianceType)).toEqual([
      answer,
    ]);
  });

  it('find nothing where there is nothing to find', () => {
    expect(evaluateRule('ENCRYPTED_VOLUMES', view('AWS::S3::Bucket', {}))).toEqual([]);
    expect(evaluateRule('CLOUD_TRAIL_ENABLED', view('', {}, false))[0]?.complianceType).toBe('NON_COMPLIANT');
  });
});

import { describe, expect, it } from 'vitest';
import { REGION } from '../../infra/local/services/account-test-world.ts';
import { cloudTrailService } from '../../infra/local/services/cloudtrail.ts';
import { configService } from '../../infra/local/services/config.ts';
import { parseCatalogue } from '../../services/guardrails/catalogue.ts';
import { chooseControls } from '../../services/guardrails/choose.ts';
import { planDetective } from '../../services/guardrails/detective.ts';
import catalogueFile from '../guardrails/catalogue.json' with { type: 'json' };
import { fencedAccount } from './fenced-account.fixture.ts';
import { artifacts, blueprintNamed, folders, plannedAlone, plannedComponents } from './plan.fixture.ts';

const planned = (name: string, given: Record<string, unknown> = {}) =>
  plannedComponents(blueprintNamed(name), given).filter(({ mode }) => mode === 'deploy');

describe('the blueprint, deployed behind the fence', () => {
  it.each(['standard', 'sandbox'])(
    '%s makes every component with the roles of the execution chain',
    (name) => {
      const { deploy } = fencedAccount(artifacts);
      for (const component of planned(name))
        expect([component.name, component.region, ...deploy(component)]).toEqual([
          component.name,
          component.region,
          'CREATE_COMPLETE',
        ]);
    },
  );

  it.each([
    [
      { availabilityZones: 1, tiers: ['isolated'] },
      { Subnet: 1, NatGateway: 0, InternetGateway: 0, Route: 0, FlowLog: 1 },
    ],
    [{ availabilityZones: 2 }, { Subnet: 4, NatGateway: 0, InternetGateway: 0, Route: 0, FlowLog: 1 }],
    [
      { availabilityZones: 2, tiers: ['public', 'private'] },
      { Subnet: 4, NatGateway: 0, InternetGateway: 1, Route: 1, FlowLog: 1 },
    ],
    [
      { availabilityZones: 3, natGateway: true },
      { Subnet: 9, NatGateway: 1, InternetGateway: 1, Route: 2, FlowLog: 1, VPCEndpoint: 2 },
    ],
    [
      { availabilityZones: 3, natGateway: true, natGatewayPerZone: true },
      { Subnet: 9, NatGateway: 3, InternetGateway: 1, Route: 4, FlowLog: 1, EIP: 3 },
    ],
    [
      { availabilityZones: 2, interfaceEndpoints: ['kms', 'sts'] },
      { Subnet: 4, NatGateway: 0, VPCEndpoint: 4, SecurityGroup: 2 },
    ],
  ])('makes the network that %j asks for', (given, expected) => {
    const { deploy, count } = fencedAccount(artifacts);
    const vpc = planned('standard', { vpc: given }).find(({ name }) => name === 'vpc');
    expect(vpc && deploy(vpc)).toEqual(['CREATE_COMPLETE']);
    const made = Object.keys(expected).map((type) => [type, count(`AWS::EC2::${type}`)]);
    expect(Object.fromEntries(made)).toEqual(expected);
  });

  it('is refused to a person', () => {
    const { deploy } = fencedAccount(artifacts);
    const parameters = { MonthlyLimitUsd: '1', OwnerEmail: 'ana@example.com' };
    const person = 'aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1';
    expect(deploy({ name: 'budget', parameters }, person)).not.toEqual(['CREATE_COMPLETE']);
  });
});

const TRAIL = 'arn:aws:cloudtrail:us-east-1:444455556666:trail/jetway-account';
const alone = (name: string) => {
  const folder = folders.find(({ component }) => component.name === name);
  const planned = folder && plannedAlone(folder, {});
  if (!planned) throw new Error(`no ${name}`);
  return planned;
};

describe('where Control Tower does not manage it', () => {
  it('the trail is one of the account alone, logging, of all Regions, validated and encrypted', () => {
    const { deploy, ask } = fencedAccount(artifacts, { recorded: false });
    expect(deploy(alone('cloudtrail'))).toEqual(['CREATE_COMPLETE']);
    const { trailList } = ask<{ trailList: { Name: string }[] }>(cloudTrailService, 'DescribeTrails', {});
    expect(trailList.find(({ Name }) => Name === 'jetway-account')).toEqual({
      Name: 'jetway-account',
      TrailARN: TRAIL,
      HomeRegion: 'us-east-1',
      S3BucketName: 'jetway-logs-222233334444-us-east-1',
      S3KeyPrefix: '',
      KmsKeyId: 'arn:aws:kms:us-east-1:222233334444:alias/jetway-logs',
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
      LogFileValidationEnabled: true,
      HasCustomEventSelectors: true,
      HasInsightSelectors: false,
      IsOrganizationTrail: false,
    });
    expect(ask(cloudTrailService, 'GetTrailStatus', { Name: TRAIL })).toMatchObject({ IsLogging: true });
  });

  it('the recorder records into the log archive', () => {
    const { deploy, ask, count } = fencedAccount(artifacts, { recorded: false });
    expect(deploy(alone('config'))).toEqual(['CREATE_COMPLETE']);
    expect(ask(configService, 'DescribeConfigurationRecorderStatus', {})).toMatchObject({
      ConfigurationRecordersStatus: [{ name: 'jetway', recording: true }],
    });
    expect(ask(configService, 'DescribeDeliveryChannels', {})).toMatchObject({
      DeliveryChannels: [{ name: 'jetway', s3BucketName: 'jetway-logs-222233334444-us-east-1' }],
    });
    expect(count('AWS::Config::AggregationAuthorization')).toBe(1);
  });

  it('a recorder beside Control Tower’s is refused, in the words of AWS', () => {
    const { deploy } = fencedAccount(artifacts);
    expect(deploy(alone('config')).join()).toMatch(/maximum number of .+: 1 is reached/);
  });

  it('a trail into a bucket that is not there fails', () => {
    const { deploy } = fencedAccount(artifacts);
    const { name, parameters } = alone('cloudtrail');
    const elsewhere = { name, parameters: { ...parameters, LogBucketName: 'nobodys-bucket' } };
    expect(deploy(elsewhere).join()).toContain('S3 bucket nobodys-bucket does not exist!');
  });
});

describe('the detective guardrails, deployed', () => {
  const catalogue = parseCatalogue(catalogueFile);
  // Our own rule needs its function in the audit account: workflows/guardrails/rules has its spec.
  const every = catalogue.controls
    .filter(({ configRule }) => configRule?.source === 'managed')
    .map(({ id }) => id);
  const defaults = { governedRegions: [REGION], homeRegion: REGION, organizationId: 'o-exampleorg1' };

  it.each([
    ['one', ['AWS-GR_RESTRICTED_SSH']],
    ['all', every],
  ])('make %s', (_name, ids) => {
    const choice = chooseControls(catalogue, ids, defaults);
    if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
    const { stackParameters, rules } = planDetective(catalogue.controls, choice.controls, {
      regions: [REGION],
      homeRegion: REGION,
      auditAccountId: '333344445555',
    });
    const { deploy, count } = fencedAccount(artifacts);
    const before = count('AWS::Config::ConfigRule');
    const component = { name: 'guardrails-detective', parameters: stackParameters };
    expect(deploy(component)).toEqual(['CREATE_COMPLETE']);
    expect(count('AWS::Config::ConfigRule') - before).toBe(rules.length);
  });
});

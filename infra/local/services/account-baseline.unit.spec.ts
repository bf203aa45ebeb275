import { beforeEach, describe, expect, it } from 'vitest';
import type { ServiceModule } from '../world.ts';
import { accountService } from './account.ts';
import { bareAccount, enrolAccount, seedCoreAccounts } from './account-baseline.ts';
import { listResources } from './account-resources.ts';
import {
  call,
  joinOrganization,
  MANAGEMENT,
  MEMBER,
  REGION,
  refusal,
  roleCaller,
  testWorld,
} from './account-test-world.ts';
import { cloudTrailService, setTrailLogging } from './cloudtrail.ts';
import { configService } from './config.ts';
import { registerRoles } from './iam.ts';
import { stsService } from './sts.ts';

const TRAIL = `arn:aws:cloudtrail:${REGION}:${MANAGEMENT}:trail/aws-controltower-BaselineCloudTrail`;
const member = roleCaller('jetway-execution');

let t: ReturnType<typeof testWorld>;
let config: ServiceModule;
let cloudtrail: ServiceModule;
const ask = <T>(service: ServiceModule, action: string, input: object = {}, caller = member): T =>
  call<T>(t.world, service, action, input, caller);
const roles = () => listResources(t.world.store, MEMBER, REGION, 'AWS::IAM::Role').map((role) => role.id);

beforeEach(() => {
  t = testWorld();
  registerRoles(t.world);
  config = configService(t.world);
  cloudtrail = cloudTrailService(t.world);
  t.start();
});

describe('a bare account', () => {
  beforeEach(() => bareAccount(t.world, MEMBER));

  it('has one role and a default VPC, and nothing records', () => {
    expect(roles()).toEqual(['AWSControlTowerExecution']);
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::VPC')).toHaveLength(1);
    expect(ask(config, 'DescribeConfigurationRecorders')).toEqual({ ConfigurationRecorders: [] });
    expect(ask(config, 'DescribeDeliveryChannels')).toEqual({ DeliveryChannels: [] });
    expect(ask(cloudtrail, 'DescribeTrails')).toEqual({ trailList: [] });
  });

  it('loses its default VPC when it is enrolled', () => {
    enrolAccount(t.world, MEMBER);
    expect(listResources(t.world.store, MEMBER, REGION)).toEqual([]);
  });
});

describe('an enrolled account', () => {
  beforeEach(() => enrolAccount(t.world, MEMBER));

  it('has the roles of Control Tower', () => {
    expect(roles()).toEqual([
      'AWSControlTowerExecution',
      'aws-controltower-AdministratorExecutionRole',
      'aws-controltower-ReadOnlyExecutionRole',
      'aws-controltower-ConfigRecorderRole',
      'aws-controltower-ForwardSnsNotificationRole',
      'aws-controltower-CloudWatchLogsRole',
    ]);
    const before = listResources(t.world.store, MEMBER, REGION, 'AWS::IAM::Role');
    enrolAccount(t.world, MEMBER);
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::IAM::Role')).toEqual(before);
  });

  it('records to the log archive', () => {
    const {
      ConfigurationRecordersStatus: [status],
    } = ask<{ ConfigurationRecordersStatus: object[] }>(config, 'DescribeConfigurationRecorderStatus');
    expect(status).toMatchObject({ name: 'aws-controltower-BaselineConfigRecorder', recording: true });
    const {
      DeliveryChannels: [channel],
    } = ask<{ DeliveryChannels: object[] }>(config, 'DescribeDeliveryChannels');
    expect(channel).toMatchObject({ s3BucketName: 'aws-controltower-logs-222233334444-us-east-1' });
    expect(
      refusal(() => ask(config, 'DescribeConfigurationRecorders', { ConfigurationRecorderNames: ['x'] })),
    ).toContain('NoSuchConfigurationRecorderException');
  });

  it("sees the organization's trail, by ARN", () => {
    const {
      trailList: [trail],
    } = ask<{ trailList: object[] }>(cloudtrail, 'DescribeTrails');
    expect(trail).toMatchObject({
      TrailARN: TRAIL,
      HomeRegion: REGION,
      IsOrganizationTrail: true,
      IsMultiRegionTrail: true,
      LogFileValidationEnabled: true,
    });
    expect(ask(cloudtrail, 'DescribeTrails', { includeShadowTrails: false })).toEqual({ trailList: [] });
    expect(ask(cloudtrail, 'GetTrailStatus', { Name: TRAIL })).toMatchObject({ IsLogging: true });
    expect(
      refusal(() => ask(cloudtrail, 'GetTrailStatus', { Name: 'aws-controltower-BaselineCloudTrail' })),
    ).toContain(
      'TrailNotFoundException: Unknown trail: aws-controltower-BaselineCloudTrail for the user: 444455556666',
    );
    setTrailLogging(t.world, MEMBER, false);
    expect(ask(cloudtrail, 'GetTrailStatus', { Name: TRAIL })).toMatchObject({ IsLogging: false });
  });
});

describe('the core accounts', () => {
  it('are there from the start', () => {
    seedCoreAccounts(t.world);
    const management = roleCaller('jetway-vend', MANAGEMENT);
    expect(
      ask(cloudtrail, 'GetTrailStatus', { Name: 'aws-controltower-BaselineCloudTrail' }, management),
    ).toMatchObject({ IsLogging: true });
    expect(
      listResources(t.world.store, MANAGEMENT, REGION, 'AWS::IAM::Role').map((role) => role.id),
    ).toContain('jetway-vend');
    expect(ask(stsService(), 'GetCallerIdentity', {}, management)).toEqual({
      UserId: 'AROAEXAMPLE111122223333:embedded',
      Account: MANAGEMENT,
      Arn: 'arn:aws:sts::111122223333:assumed-role/jetway-vend/embedded',
    });
  });
});

describe('contacts of an account', () => {
  const contact = {
    AlternateContactType: 'SECURITY',
    Name: 'Sec',
    Title: 'Team',
    EmailAddress: 's@example.com',
    PhoneNumber: '+1 206',
  };

  it('are put and read, by the management account for a member too', () => {
    const account = accountService(t.world);
    joinOrganization(t.world, MEMBER);
    const management = roleCaller('jetway-vend', MANAGEMENT);
    const asked = { AccountId: MEMBER, AlternateContactType: 'SECURITY' };
    expect(refusal(() => ask(account, 'GetAlternateContact', asked, management))).toContain(
      'ResourceNotFoundException',
    );
    ask(account, 'PutAlternateContact', { AccountId: MEMBER, ...contact }, management);
    expect(ask(account, 'GetAlternateContact', asked, management)).toEqual({ AlternateContact: contact });
    expect(refusal(() => ask(account, 'GetAlternateContact', asked))).toContain('AccessDeniedException');
    expect(ask(account, 'GetContactInformation')).toMatchObject({
      ContactInformation: { CountryCode: 'US' },
    });
  });
});

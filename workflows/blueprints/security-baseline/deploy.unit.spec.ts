import { beforeEach, describe, expect, it } from 'vitest';
import { accountService } from '../../../infra/local/services/account.ts';
import { enrolAccount } from '../../../infra/local/services/account-baseline.ts';
import {
  ALLOW_ALL,
  attachPolicy,
  call,
  joinOrganization,
  MEMBER,
  REGION,
  roleCaller,
  testWorld,
  withFunctions,
} from '../../../infra/local/services/account-test-world.ts';
import { cloudFormationService } from '../../../infra/local/services/cloudformation.ts';
import { configService } from '../../../infra/local/services/config.ts';
import { ec2Service } from '../../../infra/local/services/ec2.ts';
import { iamService } from '../../../infra/local/services/iam-api.ts';
import { s3ControlService } from '../../../infra/local/services/s3control.ts';
import type { Caller, ServiceModule } from '../../../infra/local/world.ts';
import { quarantinePolicy } from '../../../services/guardrails/fence.ts';
import template from './security-baseline.template.json' with { type: 'json' };

const ABROAD = 'eu-west-1';
const MINUTES = 60_000;
const StackName = 'jetway-security-baseline';
const home = roleCaller('jetway-execution');
const abroad: Caller = { ...roleCaller('stacksets-exec-0123'), region: ABROAD };
type Stacks = { Stacks: { StackStatus: string; Outputs: { OutputKey: string; OutputValue: string }[] }[] };
type Events = { StackEvents: { LogicalResourceId: string; ResourceStatusReason?: string }[] };

let t: ReturnType<typeof testWorld>;
let services: Record<string, ServiceModule>;
const ask = <T>(service: string, action: string, input: object, caller: Caller): T =>
  call<T>(t.world, services[service]!, action, input, caller);

/** Made with `parameters`, by whoever makes stacks there. Returns how it ended. */
function deploy(
  parameters: Record<string, string> = {},
  caller: Caller = home,
  action: 'CreateStack' | 'UpdateStack' = 'CreateStack',
  body: object = template,
) {
  const Parameters = Object.entries({ HomeRegion: REGION, ...parameters }).map(
    ([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }),
  );
  const TemplateBody = JSON.stringify(body);
  const input = { StackName, TemplateBody, Parameters, Capabilities: ['CAPABILITY_NAMED_IAM'] };
  ask('cloudformation', action, input, caller);
  t.pass(30 * MINUTES);
  return status(caller);
}
const status = (caller: Caller) => {
  const [stack] = ask<Stacks>('cloudformation', 'DescribeStacks', { StackName }, caller).Stacks;
  const outputs = stack?.Outputs.map(({ OutputKey, OutputValue }) => `${OutputKey}: ${OutputValue}`) ?? [];
  return [stack?.StackStatus, ...outputs];
};
const reasons = (caller: Caller): string =>
  ask<Events>('cloudformation', 'DescribeStackEvents', { StackName }, caller)
    .StackEvents.map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason ?? ''}`)
    .join('\n');

beforeEach(() => {
  t = testWorld();
  t.world.landingZone.governedRegions.splice(0, 9, REGION, ABROAD);
  const modules = [
    accountService,
    cloudFormationService,
    configService,
    ec2Service,
    iamService,
    s3ControlService,
  ];
  const made = modules.map((service) => service(t.world));
  services = Object.fromEntries(made.map((one) => [one.shape, one]));
  withFunctions(t, made);
  joinOrganization(t.world, MEMBER);
  attachPolicy(t.world, 'r-ab12', 'FullAWSAccess', [ALLOW_ALL]);
  attachPolicy(t.world, MEMBER, 'FullAWSAccess', [ALLOW_ALL]);
  attachPolicy(t.world, MEMBER, 'jetway-quarantine', JSON.parse(quarantinePolicy()).Statement);
  enrolAccount(t.world, MEMBER);
  t.start();
});

describe('the security baseline, deployed behind the fence', () => {
  it('makes the settings of the account and of the home Region', () => {
    expect(deploy()).toEqual([
      'CREATE_COMPLETE',
      'VerifiedSettings: EbsEncryption, InstanceMetadata, PasswordPolicy, S3PublicAccessBlock',
    ]);
    expect(ask('ec2', 'GetEbsEncryptionByDefault', {}, home)).toMatchObject({ EbsEncryptionByDefault: true });
    expect(ask('ec2', 'GetInstanceMetadataDefaults', {}, home)).toMatchObject({
      AccountLevel: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
    });
    expect(ask('iam', 'GetAccountPasswordPolicy', {}, home)).toMatchObject({
      PasswordPolicy: { MinimumPasswordLength: 14, MaxPasswordAge: 90 },
    });
    expect(ask('s3control', 'GetPublicAccessBlock', { AccountId: MEMBER }, home)).toMatchObject({
      PublicAccessBlockConfiguration: { RestrictPublicBuckets: true },
    });
  });

  it('makes only the settings of the Region in another Region, with a role of its own', () => {
    expect(deploy({}, abroad)).toEqual([
      'CREATE_COMPLETE',
      'VerifiedSettings: EbsEncryption, InstanceMetadata',
    ]);
    expect(ask('ec2', 'GetEbsEncryptionByDefault', {}, home)).toMatchObject({
      EbsEncryptionByDefault: false,
    });
    expect(deploy()[0]).toBe('CREATE_COMPLETE');
  });

  it('enters the contacts that are given, and no half of one', () => {
    const contact = {
      SecurityContactName: 'Sam',
      SecurityContactTitle: 'Security',
      SecurityContactEmail: 'security@example.com',
      SecurityContactPhone: '+1 206 555 0100',
    };
    expect(deploy(contact)[1]).toContain('S3PublicAccessBlock, SecurityContact');
    const get = { AlternateContactType: 'SECURITY' };
    expect(ask('account', 'GetAlternateContact', get, home)).toMatchObject({
      AlternateContact: { Name: 'Sam', EmailAddress: 'security@example.com' },
    });
    expect(deploy({ BillingContactPhone: '+1 206 555 0100' }, home, 'UpdateStack')[0]).toBe(
      'UPDATE_ROLLBACK_COMPLETE',
    );
    expect(reasons(home)).toContain('BillingContact.Name has to be a text');
  });

  it('fails in the words of AWS when a policy denies a setting, and rolls back', () => {
    attachPolicy(t.world, MEMBER, 'no-metadata', [
      { Sid: 'No', Effect: 'Deny', Action: 'ec2:ModifyInstanceMetadataDefaults', Resource: '*' },
    ]);
    expect(deploy()[0]).toBe('ROLLBACK_COMPLETE');
    expect(reasons(home)).toMatch(
      /AccountSettings: Received response status \[FAILED\] from custom resource\. Message returned: InstanceMetadata: ModifyInstanceMetadataDefaults: UnauthorizedOperation: .*assumed-role\/jetway-security-baseline-us-east-1.* explicit deny in a service control policy/,
    );
  });

  it('asks for no action that its role does not allow, and the role allows nothing more', () => {
    const without = structuredClone(template);
    const [log, regional] = without.Resources.FunctionRole.Properties.Policies[0]!.PolicyDocument.Statement;
    without.Resources.FunctionRole.Properties.Policies[0]!.PolicyDocument.Statement = [
      log,
      regional,
    ] as never;
    expect(deploy({}, home, 'CreateStack', without)[0]).toBe('ROLLBACK_COMPLETE');
    expect(reasons(home)).toContain(
      'no identity-based policy allows the iam:UpdateAccountPasswordPolicy action',
    );
  });

  it('sets again what an update asks for, and leaves the settings when the stack goes', () => {
    deploy();
    ask('ec2', 'DisableEbsEncryptionByDefault', {}, home);
    const stricter = structuredClone(template);
    stricter.Resources.AccountSettings.Properties.InstanceMetadata.HttpPutResponseHopLimit = 1;
    expect(deploy({}, home, 'UpdateStack', stricter)[0]).toBe('UPDATE_COMPLETE');
    const shown = () => ask<object>('ec2', 'GetInstanceMetadataDefaults', {}, home);
    expect(shown()).toMatchObject({ AccountLevel: { HttpPutResponseHopLimit: 1 } });
    expect(ask('ec2', 'GetEbsEncryptionByDefault', {}, home)).toMatchObject({ EbsEncryptionByDefault: true });
    ask('cloudformation', 'DeleteStack', { StackName }, home);
    t.pass(30 * MINUTES);
    expect(shown()).toMatchObject({ AccountLevel: { HttpTokens: 'required' } });
  });

  it('waits in CREATE_IN_PROGRESS and goes on after a restart', () => {
    const TemplateBody = JSON.stringify(template);
    const Parameters = [{ ParameterKey: 'HomeRegion', ParameterValue: REGION }];
    const Capabilities = ['CAPABILITY_NAMED_IAM'];
    ask('cloudformation', 'CreateStack', { StackName, TemplateBody, Parameters, Capabilities }, home);
    t.pass(30_000);
    t.world.scheduler.stop();
    expect(status(home)[0]).toBe('CREATE_IN_PROGRESS');
    t.world.scheduler.start();
    t.pass(30 * MINUTES);
    expect(status(home)[0]).toBe('CREATE_COMPLETE');
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { enrolAccount } from './account-baseline.ts';
import { putResource } from './account-resources.ts';
import { call, MEMBER, refusal, roleCaller, testWorld } from './account-test-world.ts';
import { evaluateAll, listEvaluations } from './config/evaluation.ts';
import { configService } from './config.ts';
import { ec2Service } from './ec2.ts';
import { iamService } from './iam-api.ts';
import { s3ControlService } from './s3control.ts';

const caller = roleCaller('admin');
let t: ReturnType<typeof testWorld>;
beforeEach(() => {
  t = testWorld();
  configService(t.world);
  enrolAccount(t.world, MEMBER);
  t.start();
});
const iam = <T>(action: string, input: object = {}): T =>
  call(t.world, iamService(t.world), action, input, caller);
const ec2 = <T>(action: string, input: object = {}): T =>
  call(t.world, ec2Service(t.world), action, input, caller);
const s3 = <T>(action: string, input: object = {}): T =>
  call(t.world, s3ControlService(t.world), action, input, caller);

describe('roles', () => {
  const trust = (principal: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: principal } }],
    });

  it('are made, trusted otherwise, shown URL-encoded, and deleted', () => {
    iam('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust('111122223333') });
    iam('UpdateAssumeRolePolicy', { RoleName: 'r', PolicyDocument: trust('*') });
    const { Role } = iam<{ Role: { Arn: string; AssumeRolePolicyDocument: string } }>('GetRole', {
      RoleName: 'r',
    });
    expect(Role.Arn).toBe(`arn:aws:iam::${MEMBER}:role/r`);
    expect(decodeURIComponent(Role.AssumeRolePolicyDocument)).toBe(trust('*'));
    iam('DeleteRole', { RoleName: 'r' });
    expect(refusal(() => iam('GetRole', { RoleName: 'r' }))).toContain('NoSuchEntityException');
  });

  it('are refused twice, or with what is no policy', () => {
    const input = { RoleName: 'r', AssumeRolePolicyDocument: trust('*') };
    iam('CreateRole', input);
    expect(refusal(() => iam('CreateRole', input))).toContain('EntityAlreadyExistsException');
    expect(refusal(() => iam('UpdateAssumeRolePolicy', { RoleName: 'r', PolicyDocument: 'x' }))).toContain(
      'MalformedPolicyDocumentException',
    );
  });
});

describe('switches of an account', () => {
  it('are not set in a new account', () => {
    expect(refusal(() => iam('GetAccountPasswordPolicy'))).toContain('NoSuchEntityException');
    expect(refusal(() => s3('GetPublicAccessBlock', { AccountId: MEMBER }))).toContain(
      'NoSuchPublicAccessBlockConfiguration',
    );
    expect(ec2('GetEbsEncryptionByDefault')).toEqual({ EbsEncryptionByDefault: false, SseType: 'none' });
    expect(ec2('GetInstanceMetadataDefaults')).toEqual({ AccountLevel: { ManagedBy: 'account' } });
  });

  it('belong to their account', () => {
    const input = { AccountId: '999900001111' };
    expect(refusal(() => s3('GetPublicAccessBlock', input))).toContain('AccessDenied');
  });

  it('of the instance metadata are changed one by one, and taken away', () => {
    ec2('ModifyInstanceMetadataDefaults', { HttpTokens: 'required', HttpPutResponseHopLimit: 2 });
    ec2('ModifyInstanceMetadataDefaults', { HttpPutResponseHopLimit: -1 });
    expect(ec2('GetInstanceMetadataDefaults')).toEqual({
      AccountLevel: { HttpTokens: 'required', ManagedBy: 'account' },
    });
  });

  it('are what the managed rules about the account look at', () => {
    const identifiers = [
      'IAM_PASSWORD_POLICY',
      'EC2_EBS_ENCRYPTION_BY_DEFAULT',
      'S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS',
    ];
    const verdicts = () => {
      t.world.store.transaction(() => evaluateAll(t.world, MEMBER, caller.region));
      return identifiers.map(
        (id) => listEvaluations(t.world.store, MEMBER, caller.region, id)[0]?.complianceType,
      );
    };
    for (const id of identifiers) putRule(id);
    expect(verdicts()).toEqual(['NON_COMPLIANT', 'NON_COMPLIANT', 'NON_COMPLIANT']);
    const all = Object.fromEntries(
      ['RequireSymbols', 'RequireNumbers', 'RequireUppercaseCharacters', 'RequireLowercaseCharacters'].map(
        (name) => [name, true],
      ),
    );
    iam('UpdateAccountPasswordPolicy', {
      ...all,
      MinimumPasswordLength: 14,
      PasswordReusePrevention: 24,
      MaxPasswordAge: 90,
    });
    ec2('EnableEbsEncryptionByDefault');
    const on = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'].map(
      (name) => [name, true] as const,
    );
    s3('PutPublicAccessBlock', {
      AccountId: MEMBER,
      PublicAccessBlockConfiguration: Object.fromEntries(on),
    });
    expect(verdicts()).toEqual(['COMPLIANT', 'COMPLIANT', 'COMPLIANT']);
    iam('UpdateAccountPasswordPolicy', { ...all, MinimumPasswordLength: 8 });
    ec2('DisableEbsEncryptionByDefault');
    s3('PutPublicAccessBlock', {
      AccountId: MEMBER,
      PublicAccessBlockConfiguration: Object.fromEntries(on.slice(1)),
    });
    expect(verdicts()).toEqual(['NON_COMPLIANT', 'NON_COMPLIANT', 'NON_COMPLIANT']);
  });
});

function putRule(SourceIdentifier: string): void {
  t.world.store.transaction(() =>
    putResource(t.world.store, {
      type: 'AWS::Config::ConfigRule',
      id: SourceIdentifier,
      accountId: MEMBER,
      region: caller.region,
      properties: { Source: { Owner: 'AWS', SourceIdentifier } },
      attributes: { Arn: 'arn' },
      createdAt: '',
    }),
  );
}

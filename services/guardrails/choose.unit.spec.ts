import { describe, expect, it } from 'vitest';
import file from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { parseCatalogue } from './catalogue.ts';
import { type ChooseOptions, chooseControls, RequestedGuardrail } from './choose.ts';

const catalogue = parseCatalogue(file);
const defaults = {
  governedRegions: ['us-east-1', 'eu-west-1'],
  homeRegion: 'us-east-1',
  organizationId: 'o-exampleorg1',
};
const choose = (requested: RequestedGuardrail[], options: ChooseOptions = {}) => {
  const choice = chooseControls(catalogue, requested, defaults, options);
  return 'errors' in choice
    ? choice.errors
    : choice.controls.map(({ control, parameters }) => ({ id: control.id, parameters }));
};
const one = (id: string, parameters: Record<string, unknown>) => choose([{ id, parameters }]);

describe('chooseControls', () => {
  it('takes an id, or an id with parameters, and fills in defaults', () => {
    expect(choose(['AWS-GR_ENCRYPTED_VOLUMES', { id: 'AWS-GR_REGION_DENY' }])).toEqual([
      { id: 'AWS-GR_ENCRYPTED_VOLUMES', parameters: {} },
      { id: 'AWS-GR_REGION_DENY', parameters: { GovernedRegions: ['eu-west-1', 'us-east-1'] } },
    ]);
    expect(choose(['AWS-GR_IAM_USER_MFA_ENABLED'])).toEqual([
      { id: 'AWS-GR_IAM_USER_MFA_ENABLED', parameters: { MaximumExecutionFrequency: 'One_Hour' } },
    ]);
  });

  it('sorts lists and drops doubles, so that one choice is one policy', () => {
    const Regions = ['us-east-1', 'eu-west-1', 'us-east-1'];
    expect(one('AWS-GR_REGION_DENY', { GovernedRegions: Regions })).toEqual([
      { id: 'AWS-GR_REGION_DENY', parameters: { GovernedRegions: ['eu-west-1', 'us-east-1'] } },
    ]);
  });

  it('tells every error, each with its place', () => {
    const errors = choose([
      'AWS-GR_NOTHING',
      { id: 'CT.NO.PV.1' },
      { id: 'AWS-GR_REGION_DENY', parameters: { GovernedRegions: 'us-east-1', 'a/b~c': 1 } },
      'AWS-GR_ENCRYPTED_VOLUMES',
      'AWS-GR_ENCRYPTED_VOLUMES',
    ]);
    expect(errors).toEqual([
      { pointer: '/guardrails/0', message: 'there is no guardrail AWS-GR_NOTHING' },
      { pointer: '/guardrails/1/id', message: 'there is no guardrail CT.NO.PV.1' },
      {
        pointer: '/guardrails/2/parameters/a~1b~0c',
        message: 'AWS-GR_REGION_DENY has no parameter a/b~c; it has GovernedRegions',
      },
      {
        pointer: '/guardrails/2/parameters/GovernedRegions',
        message: 'must be a list of texts, each a Region code like eu-west-1',
      },
      { pointer: '/guardrails/4', message: 'AWS-GR_ENCRYPTED_VOLUMES is there twice' },
    ]);
  });

  it('puts pointers under the given one', () => {
    expect(choose(['X'], { pointer: '/enable' })).toMatchObject([{ pointer: '/enable/0' }]);
  });

  it('refuses for an account what only an OU can have, when asked to', () => {
    expect(choose(['CT.S3.PV.5', 'CT.EC2.PV.7', 'CT.ACM.PR.1'])).toHaveLength(3);
    const errors = choose(['CT.S3.PV.5', 'AWS-GR_RESTRICTED_SSH', 'CT.ACM.PR.1'], { onlyAttachable: true });
    expect(errors).toMatchObject([{ pointer: '/guardrails/0' }, { pointer: '/guardrails/2' }]);
  });

  it('needs the home Region among the governed ones', () => {
    expect(one('AWS-GR_REGION_DENY', { GovernedRegions: ['eu-west-1'] })).toEqual([
      {
        pointer: '/guardrails/0/parameters/GovernedRegions',
        message: 'must contain the home Region us-east-1',
      },
    ]);
  });

  it('fills in the organization and lets nobody choose another', () => {
    expect(choose(['CT.SQS.PV.1'])).toMatchObject([{ parameters: { OrganizationIds: ['o-exampleorg1'] } }]);
    expect(one('CT.SQS.PV.1', { OrganizationIds: ['o-other00000'] })).toMatchObject([
      { message: 'is filled in by the service' },
    ]);
  });
});

describe('exemptions name something', () => {
  const exempt = (arn: unknown) => one('CT.EC2.PV.6', { ExemptedPrincipalArns: [arn] });
  it.each([
    'arn:aws:iam::444455556666:role/Deploy',
    'arn:*:iam::*:role/Deploy*',
    'arn:aws:iam::444455556666:root',
    'arn:aws:iam::*:user/ops/ana',
    'arn:aws:sts::444455556666:assumed-role/Deploy/*',
  ])('takes %s', (arn) => {
    expect(exempt(arn)).toEqual([{ id: 'CT.EC2.PV.6', parameters: { ExemptedPrincipalArns: [arn] } }]);
  });
  it.each([
    '*',
    'arn:aws:iam::*:role/*',
    'arn:aws:iam::*:*',
    'arn:aws:s3:::bucket',
    'Deploy',
    7,
    null,
    `arn:aws:iam::*:role/${'x'.repeat(300)}`,
  ])('refuses %s', (arn) => {
    expect(exempt(arn)).toMatchObject([{ pointer: '/guardrails/0/parameters/ExemptedPrincipalArns' }]);
  });
  it.each(['*', 'sns:*', 'sns', 'SNS:Publish'])('refuses the action %s', (action) => {
    expect(one('CT.MULTISERVICE.PV.1', { ExemptedActions: [action] })).toMatchObject([
      { pointer: '/guardrails/0/parameters/ExemptedActions' },
    ]);
  });
});

describe('parameters of Config rules', () => {
  const ports = (blockedPort1: unknown) => one('AWS-GR_RESTRICTED_COMMON_PORTS', { blockedPort1 });
  it.each([
    [22, '22'],
    ['022', '22'],
    ['', ''],
  ])('reads port %j as %j', (given, read) => {
    expect(ports(given)).toMatchObject([{ parameters: { blockedPort1: read, blockedPort2: '21' } }]);
  });
  it.each([65_536, -1, 2.5, 'ssh', true, [22]])('refuses port %j', (given) => {
    expect(ports(given)).toMatchObject([{ pointer: '/guardrails/0/parameters/blockedPort1' }]);
  });
  it('takes a choice in any case', () => {
    const id = 'AWS-GR_S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC';
    expect(one(id, { PublicAccessBlockSetting: false })).toMatchObject([
      { parameters: { PublicAccessBlockSetting: 'False' } },
    ]);
    expect(one(id, { MaximumExecutionFrequency: 'Weekly' })).toMatchObject([
      { message: '"Weekly" is not one of One_Hour, Three_Hours, Six_Hours, Twelve_Hours, TwentyFour_Hours' },
    ]);
  });
});

describe('RequestedGuardrail', () => {
  it.each(['', { id: '' }, { id: 'x', extra: 1 }, 7, { parameters: {} }])('refuses %j', (value) => {
    expect(RequestedGuardrail.safeParse(value).success).toBe(false);
  });

  it.each(['x', { id: 'x' }, { id: 'x', parameters: { Port: 22 } }, 'x'.repeat(128)])('takes %j', (value) => {
    expect(RequestedGuardrail.parse(value)).toEqual(value);
  });

  it.each(['x'.repeat(129), { id: 'x'.repeat(129) }, { id: 'x', parameters: { ['p'.repeat(101)]: 1 } }])(
    'refuses names that are too long',
    (value) => {
      expect(RequestedGuardrail.safeParse(value).success).toBe(false);
    },
  );
});

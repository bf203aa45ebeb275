import { describe, expect, it } from 'vitest';
import file from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { parseCatalogue } from './catalogue.ts';
import { chooseControls, type RequestedGuardrail } from './choose.ts';
import { type ChainLevel, FULL_AWS_ACCESS } from './evaluate.ts';
import { type AccountCall, lockedOut } from './lockout.ts';
import { packPolicies } from './pack.ts';

const catalogue = parseCatalogue(file);
const defaults = { governedRegions: ['us-east-1'], homeRegion: 'us-east-1', organizationId: 'o-exampleorg1' };
const accountId = '444455556666';
const executor = `arn:aws:iam::${accountId}:role/jetway-execution`;
const full = { id: 'p-FullAWSAccess', name: 'FullAWSAccess', content: FULL_AWS_ACCESS };

const check = (requested: RequestedGuardrail[], calls: AccountCall[], chain: ChainLevel[] = []) => {
  const choice = chooseControls(catalogue, requested, defaults);
  if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
  const packed = packPolicies(choice.controls, { maxPolicies: 5, maxCharacters: 10_240 });
  if ('refused' in packed) throw new Error(packed.refused.reason);
  const account = {
    accountId,
    homeRegion: 'us-east-1',
    organizationPaths: ['o-exampleorg1/r-ab12/ou-ab12-workloads/'],
  };
  return lockedOut({ packed, chain, calls, account, controlsBySid: catalogue.bySid });
};

describe('lockedOut', () => {
  it('finds nothing where nothing binds the workflow', () => {
    const calls = [
      'cloudformation:CreateStack',
      'config:DescribeConfigRules',
      'cloudtrail:GetTrailStatus',
    ].map((action) => ({ action, principalArn: executor }));
    expect(check(['AWS-GR_REGION_DENY', 'AWS-GR_RESTRICT_ROOT_USER', 'CT.EC2.PV.6'], calls)).toEqual([]);
  });

  it('names the control that denies a call', () => {
    const calls = [
      { action: 'ec2:CreateInternetGateway', principalArn: executor },
      { action: 'ec2:CreateVpc', principalArn: executor },
    ];
    expect(check(['AWS-GR_DISALLOW_VPC_INTERNET_ACCESS'], calls)).toMatchObject([
      {
        action: 'ec2:CreateInternetGateway',
        principalArn: executor,
        decision: 'denied',
        by: [{ controls: ['AWS-GR_DISALLOW_VPC_INTERNET_ACCESS'], targetId: accountId }],
      },
    ]);
  });

  it('spares the first hop, which the controls exempt', () => {
    const principalArn = `arn:aws:iam::${accountId}:role/AWSControlTowerExecution`;
    expect(
      check(['AWS-GR_DISALLOW_VPC_INTERNET_ACCESS'], [{ action: 'ec2:CreateInternetGateway', principalArn }]),
    ).toEqual([]);
  });

  it('finds a Region deny that leaves out the Region of a call', () => {
    const call = { action: 'cloudformation:CreateStack', principalArn: executor, region: 'eu-west-1' };
    expect(check(['AWS-GR_REGION_DENY'], [call])).toMatchObject([{ decision: 'denied' }]);
  });

  it('tells a resource that is locked from one that is not', () => {
    const call = { action: 'iam:CreateRole', principalArn: executor };
    const named = (name: string) => ({ ...call, resource: `arn:aws:iam::${accountId}:role/${name}` });
    const guard = ['AWS-GR_IAM_ROLE_CHANGE_PROHIBITED'];
    expect(check(guard, [named('jetway-break-glass')])).toEqual([]);
    expect(check(guard, [named('aws-controltower-x')])).toMatchObject([{ decision: 'denied' }]);
    expect(check(guard, [call])).toMatchObject([
      { decision: 'unknown', why: expect.stringContaining('only partly') },
    ]);
  });

  it('counts what binds the account already', () => {
    const deny = {
      id: 'p-1',
      name: 'aws-guardrails-abc',
      content: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Sid: 'GRCONFIGENABLED', Effect: 'Deny', Action: 'config:*', Resource: '*' }],
      }),
    };
    const chain = [{ targetId: 'ou-ab12-workloads', policies: [full, deny] }];
    expect(check([], [{ action: 'config:PutConfigRule', principalArn: executor }], chain)).toMatchObject([
      {
        by: [
          {
            controls: ['AWS-GR_CONFIG_CHANGE_PROHIBITED', 'AWS-GR_CONFIG_ENABLED'],
            policyName: 'aws-guardrails-abc',
            targetId: 'ou-ab12-workloads',
          },
        ],
      },
    ]);
  });
});

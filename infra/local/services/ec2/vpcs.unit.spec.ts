import { beforeEach, describe, expect, it } from 'vitest';
import { bareAccount, enrolAccount } from '../account-baseline.ts';
import { call, MEMBER, refusal, roleCaller, testWorld } from '../account-test-world.ts';
import { cloudFormationService } from '../cloudformation.ts';
import { configService } from '../config.ts';
import { ec2Service } from '../ec2.ts';

type Vpc = { VpcId: string; IsDefault: boolean; Tags: { Key: string; Value: string }[] };
const member = roleCaller('AWSControlTowerExecution');
const MINUTE = 60_000;

let t: ReturnType<typeof testWorld>;
const ask = <T>(action: string, input: object = {}): T =>
  call<T>(t.world, ec2Service(t.world), action, input, member);
const vpcs = () => ask<{ Vpcs: Vpc[] }>('DescribeVpcs').Vpcs;

beforeEach(() => {
  t = testWorld();
  bareAccount(t.world, MEMBER);
});

describe('VPCs of an account', () => {
  it('are the default one, until the account is enrolled', () => {
    expect(vpcs()).toMatchObject([
      { IsDefault: true, OwnerId: MEMBER, CidrBlock: '172.31.0.0/16', State: 'available', Tags: [] },
    ]);
    enrolAccount(t.world, MEMBER);
    expect(vpcs()).toEqual([]);
  });

  it('are one of Account Factory, where its settings say so, with the tags of its stack', () => {
    enrolAccount(t.world, MEMBER, true);
    const [vpc, ...more] = vpcs();
    expect(more).toEqual([]);
    expect(vpc?.IsDefault).toBe(false);
    expect(vpc?.Tags).toMatchObject([
      { Key: 'aws:cloudformation:stack-id', Value: expect.stringMatching(/^arn:.+ACCOUNT-FACTORY-V1-/) },
      { Key: 'aws:cloudformation:stack-name' },
    ]);
  });

  const inStack = (resources: object): string => {
    enrolAccount(t.world, MEMBER, true);
    const cloudFormation = cloudFormationService(t.world);
    configService(t.world);
    t.start();
    const stack = { StackName: 'jetway-net', TemplateBody: JSON.stringify({ Resources: resources }) };
    const { StackId } = call<{ StackId: string }>(t.world, cloudFormation, 'CreateStack', stack, member);
    t.pass(5 * MINUTE);
    return StackId;
  };
  const network = (CidrBlock: string, more = {}) => ({
    Type: 'AWS::EC2::VPC',
    Properties: { CidrBlock, ...more },
  });

  it('carry the tags of the stack that made them, and are not deleted under their subnets', () => {
    const subnet = { CidrBlock: '10.0.0.0/25', VpcId: { Ref: 'Vpc' } };
    const stackId = inStack({
      Vpc: network('10.0.0.0/24', { Tags: [{ Key: 'a', Value: 'b' }] }),
      Subnet: { Type: 'AWS::EC2::Subnet', Properties: subnet },
    });
    const [, vpc] = vpcs();
    expect(vpc?.Tags).toEqual([
      { Key: 'a', Value: 'b' },
      { Key: 'aws:cloudformation:stack-id', Value: stackId },
      { Key: 'aws:cloudformation:stack-name', Value: 'jetway-net' },
    ]);
    expect(refusal(() => ask('DeleteVpc', { VpcId: vpc?.VpcId }))).toMatch(/^DependencyViolation: /);
  });

  it('come in pages, by id, and go when they are deleted', () => {
    inStack(Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`Vpc${n}`, network(`10.0.${n}.0/24`)])));
    const first = ask<{ Vpcs: Vpc[]; NextToken: string }>('DescribeVpcs', { MaxResults: 5 });
    const second = ask<{ Vpcs: Vpc[] }>('DescribeVpcs', { MaxResults: 5, NextToken: first.NextToken });
    expect([first.Vpcs.length, second.Vpcs.length]).toEqual([5, 1]);
    const [{ VpcId } = { VpcId: '' }] = second.Vpcs;
    expect(ask('DescribeVpcs', { VpcIds: [VpcId] })).toMatchObject({ Vpcs: [{ VpcId }] });
    ask('DeleteVpc', { VpcId });
    expect(vpcs().map((vpc) => vpc.VpcId)).toEqual(first.Vpcs.map((vpc) => vpc.VpcId));
    expect(refusal(() => ask('DeleteVpc', { VpcId }))).toMatch(/^InvalidVpcID.NotFound: /);
  });

  it('are not filtered here: who asks for it is told', () => {
    const Filters = [{ Name: 'is-default', Values: ['true'] }];
    expect(refusal(() => ask('DescribeVpcs', { Filters }))).toMatch(/^InvalidParameterValue: /);
  });
});

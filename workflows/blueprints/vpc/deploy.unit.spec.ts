import { beforeEach, expect, it } from 'vitest';
import { enrolAccount } from '../../../infra/local/services/account-baseline.ts';
import {
  ALLOW_ALL,
  attachPolicy,
  call,
  joinOrganization,
  MEMBER,
  roleCaller,
  testWorld,
  withFunctions,
} from '../../../infra/local/services/account-test-world.ts';
import { cloudFormationService } from '../../../infra/local/services/cloudformation.ts';
import { configService } from '../../../infra/local/services/config.ts';
import { ec2Service } from '../../../infra/local/services/ec2.ts';
import type { ServiceModule } from '../../../infra/local/world.ts';
import { quarantinePolicy } from '../../../services/guardrails/fence.ts';
import template from './vpc.template.json' with { type: 'json' };

const StackName = 'jetway-vpc';
const caller = roleCaller('jetway-execution');
type Stacks = { Stacks: { StackStatus: string; Outputs: { OutputKey: string; OutputValue: string }[] }[] };
type Rules = { SecurityGroupRules: { GroupId: string }[] };
type Events = { StackEvents: { ResourceStatusReason?: string }[] };

let t: ReturnType<typeof testWorld>;
let services: Record<string, ServiceModule>;
const ask = <T>(service: string, action: string, input: object): T =>
  call<T>(t.world, services[service]!, action, input, caller);

/** @returns how it ended, and the default group of the VPC */
function deploy(body: object = template) {
  const Parameters = [
    ['VpcCidr', '10.0.0.0/24'],
    ['AvailabilityZone1', 'us-east-1a'],
    ['IsolatedSubnet1Cidr', '10.0.0.0/26'],
  ].map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
  const TemplateBody = JSON.stringify(body);
  const Capabilities = ['CAPABILITY_NAMED_IAM'];
  ask('cloudformation', 'CreateStack', { StackName, TemplateBody, Parameters, Capabilities });
  t.pass(30 * 60_000);
  const [stack] = ask<Stacks>('cloudformation', 'DescribeStacks', { StackName }).Stacks;
  const group = stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'DefaultSecurityGroupId')?.OutputValue;
  return { status: stack?.StackStatus, group };
}
const rulesOf = (group = '') =>
  ask<Rules>('ec2', 'DescribeSecurityGroupRules', { Filters: [{ Name: 'group-id', Values: [group] }] })
    .SecurityGroupRules;
const reasons = () =>
  ask<Events>('cloudformation', 'DescribeStackEvents', { StackName })
    .StackEvents.map(({ ResourceStatusReason = '' }) => ResourceStatusReason)
    .join('\n');

beforeEach(() => {
  t = testWorld();
  const made = [cloudFormationService, configService, ec2Service].map((service) => service(t.world));
  services = Object.fromEntries(made.map((one) => [one.shape, one]));
  withFunctions(t, made);
  joinOrganization(t.world, MEMBER);
  attachPolicy(t.world, 'r-ab12', 'FullAWSAccess', [ALLOW_ALL]);
  attachPolicy(t.world, MEMBER, 'FullAWSAccess', [ALLOW_ALL]);
  attachPolicy(t.world, MEMBER, 'jetway-quarantine', JSON.parse(quarantinePolicy()).Statement);
  enrolAccount(t.world, MEMBER);
  t.start();
});

it('closes the default security group of its VPC, behind the fence', () => {
  const { status, group } = deploy();
  expect(status).toBe('CREATE_COMPLETE');
  expect(group).toMatch(/^sg-/);
  expect(rulesOf(group)).toEqual([]);
});

it('lets the group in and out as AWS made it when nobody closes it', () => {
  const open = structuredClone(template) as { Resources: Record<string, unknown>; Outputs: object };
  delete open.Resources.DefaultGroup;
  const Value = { 'Fn::GetAtt': ['Vpc', 'DefaultSecurityGroup'] };
  open.Outputs = { DefaultSecurityGroupId: { Value } };
  const { group } = deploy(open);
  expect(rulesOf(group)).toMatchObject([
    { IsEgress: false, IpProtocol: '-1', ReferencedGroupInfo: { GroupId: group } },
    { IsEgress: true, IpProtocol: '-1', CidrIpv4: '0.0.0.0/0' },
  ]);
});

it('fails in the words of AWS when a policy keeps the rules, and rolls back', () => {
  attachPolicy(t.world, MEMBER, 'keep-rules', [
    { Sid: 'No', Effect: 'Deny', Action: 'ec2:RevokeSecurityGroupEgress', Resource: '*' },
  ]);
  expect(deploy().status).toBe('ROLLBACK_COMPLETE');
  expect(reasons()).toMatch(
    /custom resource\. Message returned: UnauthorizedOperation: .*assumed-role\/jetway-vpc-default-group.* explicit deny in a service control policy/,
  );
});

it('has a role for this group alone', () => {
  const strange = structuredClone(template);
  const role = JSON.stringify(template.Resources.DefaultGroupRole);
  strange.Resources.DefaultGroupRole = JSON.parse(role.replace('${Vpc.DefaultSecurityGroup}', 'sg-0f'));
  expect(deploy(strange).status).toBe('ROLLBACK_COMPLETE');
  expect(reasons()).toContain('no identity-based policy allows the ec2:RevokeSecurityGroupIngress action');
});

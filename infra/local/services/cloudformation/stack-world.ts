import type { Caller } from '../../world.ts';
import { enrolAccount } from '../account-baseline.ts';
import {
  ALLOW_ALL,
  attachPolicy,
  call,
  joinOrganization,
  MEMBER,
  roleCaller,
  testWorld,
} from '../account-test-world.ts';
import { cloudFormationService } from '../cloudformation.ts';
import { configService } from '../config.ts';

/** A small network: a subnet cut out of its VPC, a gateway on demand. */
export const NETWORK = {
  Parameters: { Cidr: { Type: 'String', Default: '10.0.0.0/16' }, Public: { Type: 'String', Default: 'no' } },
  Conditions: { IsPublic: { 'Fn::Equals': [{ Ref: 'Public' }, 'yes'] } },
  Resources: {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: { Ref: 'Cidr' } } },
    Subnet: {
      Type: 'AWS::EC2::Subnet',
      Properties: {
        VpcId: { Ref: 'Vpc' },
        CidrBlock: { 'Fn::Select': [0, { 'Fn::Cidr': [{ 'Fn::GetAtt': 'Vpc.CidrBlock' }, 4, 8] }] },
        AvailabilityZone: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
      },
    },
    Gateway: { Type: 'AWS::EC2::InternetGateway', Condition: 'IsPublic' },
    Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: { Ref: 'Vpc' } } },
  },
  Outputs: {
    VpcId: { Value: { Ref: 'Vpc' } },
    Subnets: { Value: { 'Fn::Join': [',', [{ Ref: 'Subnet' }]] } },
  },
};
/** The role that our first stack makes. */
export const ROLE = {
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'jetway-execution',
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: 'arn:aws:iam::111122223333:role/jetway-vend' },
              Action: 'sts:AssumeRole',
              Condition: { StringEquals: { 'sts:ExternalId': 'machine-arn' } },
            },
          ],
        },
      },
    },
  },
};

export const MINUTES = 60_000;
const caller: Caller = roleCaller('jetway-execution');

type Described = {
  Stacks: {
    StackStatus: string;
    StackStatusReason?: string;
    Outputs: { OutputKey: string; OutputValue: string }[];
  }[];
};
type Events = {
  StackEvents: { LogicalResourceId: string; ResourceStatus: string; ResourceStatusReason?: string }[];
};

/** An enrolled member account with CloudFormation and Config, and short words for what specs ask. */
export function stackWorld(artifacts: Record<string, string> = {}) {
  const t = testWorld(artifacts);
  const service = cloudFormationService(t.world);
  configService(t.world);
  joinOrganization(t.world, MEMBER);
  attachPolicy(t.world, 'r-ab12', 'FullAWSAccess', [ALLOW_ALL]);
  attachPolicy(t.world, MEMBER, 'FullAWSAccess', [ALLOW_ALL]);
  enrolAccount(t.world, MEMBER);
  t.start();
  const run = <T>(action: string, input: unknown): T => call<T>(t.world, service, action, input, caller);
  const events = (name: string) => run<Events>('DescribeStackEvents', { StackName: name }).StackEvents;
  return {
    ...t,
    run,
    create: (input: object) => run<{ StackId: string }>('CreateStack', { StackName: 'jetway-net', ...input }),
    stack: (name = 'jetway-net') => {
      const [found] = run<Described>('DescribeStacks', { StackName: name }).Stacks;
      if (!found) throw new Error('no stack');
      return found;
    },
    /** `<logical id> <status>`, oldest first. */
    history: (name = 'jetway-net') =>
      events(name)
        .reverse()
        .map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`),
    reasons: (name = 'jetway-net') => events(name).map((event) => event.ResourceStatusReason ?? ''),
    /** Statuses of stacks that went out as events. */
    statuses: () =>
      t.events
        .filter((event) => event.source === 'aws.cloudformation')
        .map((event) => (event.detail['status-details'] as { status: string }).status),
  };
}

export const body = (template: unknown) => ({ TemplateBody: JSON.stringify(template) });

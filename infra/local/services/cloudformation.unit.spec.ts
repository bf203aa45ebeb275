import { beforeEach, describe, expect, it } from 'vitest';
import { createAuthorizer } from '../authorization/create-authorizer.ts';
import type { Caller, ServiceModule } from '../world.ts';
import { enrolAccount } from './account-baseline.ts';
import { getResource, listResources } from './account-resources.ts';
import {
  ALLOW_ALL,
  attachPolicy,
  call,
  joinOrganization,
  MEMBER,
  REGION,
  refusal,
  roleCaller,
  testWorld,
} from './account-test-world.ts';
import { failResource } from './cloudformation/resource-faults.ts';
import { cloudFormationService } from './cloudformation.ts';
import { configService } from './config.ts';

const NETWORK = {
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
const ROLE = {
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
const MINUTES = 60_000;

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

let t: ReturnType<typeof testWorld>;
let service: ServiceModule;
const caller: Caller = roleCaller('jetway-execution');
const URL = 'https://artifacts.s3.us-east-1.amazonaws.com/';

beforeEach(() => {
  t = testWorld({ 'abc.template.json': JSON.stringify(NETWORK) });
  service = cloudFormationService(t.world);
  configService(t.world);
  joinOrganization(t.world, MEMBER);
  attachPolicy(t.world, 'r-ab12', 'FullAWSAccess', [ALLOW_ALL]);
  attachPolicy(t.world, MEMBER, 'FullAWSAccess', [ALLOW_ALL]);
  enrolAccount(t.world, MEMBER);
  t.start();
});

const run = <T>(action: string, input: unknown): T => call<T>(t.world, service, action, input, caller);
const create = (input: object) =>
  run<{ StackId: string }>('CreateStack', { StackName: 'jetway-net', ...input });
const body = (template: unknown) => ({ TemplateBody: JSON.stringify(template) });
const stack = (name = 'jetway-net') => {
  const [found] = run<Described>('DescribeStacks', { StackName: name }).Stacks;
  if (!found) throw new Error('no stack');
  return found;
};
const history = (name = 'jetway-net') =>
  run<Events>('DescribeStackEvents', { StackName: name })
    .StackEvents.reverse()
    .map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`);
const reasons = (name: string) =>
  run<Events>('DescribeStackEvents', { StackName: name }).StackEvents.map(
    (event) => event.ResourceStatusReason ?? '',
  );
const statuses = () =>
  t.events
    .filter((event) => event.source === 'aws.cloudformation')
    .map((event) => (event.detail['status-details'] as { status: string }).status);

describe('creating a stack', () => {
  it('takes its time, makes resources in order and answers with outputs', () => {
    const { StackId } = create({ TemplateURL: `${URL}abc.template.json`, ClientRequestToken: 'tok-1' });
    expect(stack().StackStatus).toBe('CREATE_IN_PROGRESS');
    t.pass(30_000);
    expect(stack().StackStatus).toBe('CREATE_IN_PROGRESS');
    t.pass(2 * MINUTES);
    expect(stack().StackStatus).toBe('CREATE_COMPLETE');
    const [vpc] = listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::VPC');
    expect(vpc?.id).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(stack().Outputs[0]).toEqual({ OutputKey: 'VpcId', OutputValue: vpc?.id });
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::Subnet')[0]?.properties).toMatchObject({
      CidrBlock: '10.0.0.0/24',
      AvailabilityZone: 'us-east-1a',
      VpcId: vpc?.id,
    });
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::InternetGateway')).toEqual([]);
    expect(history()).toEqual([
      'jetway-net CREATE_IN_PROGRESS',
      'Vpc CREATE_IN_PROGRESS',
      'Vpc CREATE_COMPLETE',
      'Subnet CREATE_IN_PROGRESS',
      'Table CREATE_IN_PROGRESS',
      'Subnet CREATE_COMPLETE',
      'Table CREATE_COMPLETE',
      'jetway-net CREATE_COMPLETE',
    ]);
    expect(t.events.find((event) => event['detail-type'] === 'CloudFormation Stack Status Change')).toEqual({
      'detail-type': 'CloudFormation Stack Status Change',
      source: 'aws.cloudformation',
      account: MEMBER,
      region: REGION,
      resources: [StackId],
      detail: {
        'stack-id': StackId,
        'status-details': { status: 'CREATE_IN_PROGRESS', 'status-reason': 'User Initiated' },
        'client-request-token': 'tok-1',
      },
    });
    expect(statuses()).toEqual(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE']);
  });

  it('is idempotent by token and refuses a second stack of the name', () => {
    const first = create({ ...body(NETWORK), ClientRequestToken: 'tok-1' });
    expect(create({ ...body(NETWORK), ClientRequestToken: 'tok-1' })).toEqual(first);
    expect(refusal(() => create({ ...body(ROLE), ClientRequestToken: 'tok-1' }))).toContain(
      'TokenAlreadyExistsException',
    );
    expect(refusal(() => create(body(NETWORK)))).toBe(
      'AlreadyExistsException: Stack [jetway-net] already exists',
    );
  });

  it.each<[name: string, input: object, text: string]>([
    [
      'a missing artifact',
      { TemplateURL: `${URL}gone.template.json` },
      'ValidationError: S3 error: The specified key does not exist.',
    ],
    [
      'a foreign URL',
      { TemplateURL: 'https://example.com/abc.template.json' },
      'TemplateURL must be a supported URL.',
    ],
    ['no template', {}, 'Either Template URL or Template Body must be specified.'],
    [
      'a template that is too long',
      { TemplateBody: ' '.repeat(51_201) },
      'length less than or equal to 51200',
    ],
    [
      'roles without capability',
      body(ROLE),
      'InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]',
    ],
    [
      'too little capability',
      { ...body(ROLE), Capabilities: ['CAPABILITY_IAM'] },
      'Requires capabilities : [CAPABILITY_NAMED_IAM]',
    ],
    ['a bad name', { StackName: 'a_b', ...body(NETWORK) }, "Value 'a_b' at 'stackName'"],
  ])('refuses %s', (_name, input, text) => {
    expect(refusal(() => create(input))).toContain(text);
  });

  it('says that a stack does not exist', () => {
    expect(refusal(() => run('DescribeStacks', { StackName: 'nope' }))).toBe(
      'ValidationError: Stack with id nope does not exist',
    );
  });
});

describe('a stack that fails', () => {
  it('rolls back what it had made', () => {
    failResource(t.world, { stackName: 'jetway-net', logicalId: 'Subnet', reason: 'no capacity' });
    create(body(NETWORK));
    t.pass(5 * MINUTES);
    expect(stack().StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(statuses()).toEqual(['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_COMPLETE']);
    expect(history()).toContain('Vpc DELETE_COMPLETE');
    expect(reasons('jetway-net')).toContain('Resource creation cancelled');
    expect(reasons('jetway-net')).toContain(
      'The following resource(s) failed to create: [Subnet, Table]. Rollback requested by user.',
    );
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::VPC')).toEqual([]);
    expect(refusal(() => run('UpdateStack', { StackName: 'jetway-net', ...body(NETWORK) }))).toContain(
      'is in ROLLBACK_COMPLETE state and can not be updated.',
    );
    run('DeleteStack', { StackName: 'jetway-net' });
    t.pass(2 * MINUTES);
    create(body(NETWORK));
    t.pass(3 * MINUTES);
    expect(stack().StackStatus).toBe('CREATE_COMPLETE');
  });

  it('fails on properties that a resource does not have, and on a range outside its VPC', () => {
    create(body({ Resources: { A: { Type: 'AWS::EC2::VPC', Properties: { Cidr: '10.0.0.0/16' } } } }));
    t.pass(5 * MINUTES);
    expect(reasons('jetway-net').join('\n')).toContain('#: extraneous key [Cidr] is not permitted');
    const outside = structuredClone(NETWORK);
    Object.assign(outside.Resources.Subnet.Properties, { CidrBlock: '192.168.0.0/24' });
    create({ StackName: 'other', ...body(outside) });
    t.pass(5 * MINUTES);
    expect(reasons('other').join('\n')).toContain("The CIDR '192.168.0.0/24' is invalid.");
  });

  it('fails where a service control policy denies what a resource needs', () => {
    attachPolicy(t.world, MEMBER, 'fence', [
      {
        Sid: 'Fence',
        Effect: 'Deny',
        Action: 'iam:CreateRole',
        Resource: '*',
        Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/AWSControlTowerExecution' } },
      },
    ]);
    create({ ...body(ROLE), Capabilities: ['CAPABILITY_NAMED_IAM'] });
    t.pass(5 * MINUTES);
    expect(stack().StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(reasons('jetway-net').join('\n')).toContain(
      'not authorized to perform: iam:CreateRole on resource: arn:aws:iam::444455556666:role/jetway-execution with an explicit deny in a service control policy',
    );
  });

  it('stays as it is when roll-back is off, and goes when it is to be deleted', () => {
    failResource(t.world, { stackName: '*', logicalId: 'Vpc', times: 2 });
    create({ ...body(NETWORK), DisableRollback: true });
    create({ StackName: 'gone', ...body(NETWORK), OnFailure: 'DELETE' });
    t.pass(5 * MINUTES);
    expect(stack().StackStatus).toBe('CREATE_FAILED');
    expect(refusal(() => stack('gone'))).toContain('does not exist');
  });
});

describe('updating a stack', () => {
  const update = (input: object) => run('UpdateStack', { StackName: 'jetway-net', ...input });
  const wider = {
    ...NETWORK,
    Parameters: { ...NETWORK.Parameters, Cidr: { Type: 'String', Default: '10.8.0.0/16' } },
  };

  beforeEach(() => {
    create({ ...body(NETWORK), Parameters: [{ ParameterKey: 'Public', ParameterValue: 'no' }] });
    t.pass(3 * MINUTES);
    t.events.length = 0;
  });

  it('refuses an update that changes nothing', () => {
    expect(refusal(() => update({ UsePreviousTemplate: true }))).toBe(
      'ValidationError: No updates are to be performed.',
    );
    expect(refusal(() => update({ StackName: 'nope', UsePreviousTemplate: true }))).toContain(
      'Stack [nope] does not exist',
    );
  });

  it('adds, changes and removes', () => {
    const { Table: _table, ...rest } = NETWORK.Resources;
    const changed = {
      ...NETWORK,
      Resources: {
        ...rest,
        Vpc: { ...rest.Vpc, Properties: { ...rest.Vpc.Properties, EnableDnsHostnames: true } },
      },
    };
    update({ ...body(changed), Parameters: [{ ParameterKey: 'Public', ParameterValue: 'yes' }] });
    t.pass(5 * MINUTES);
    expect(stack().StackStatus).toBe('UPDATE_COMPLETE');
    expect(statuses()).toEqual([
      'UPDATE_IN_PROGRESS',
      'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_COMPLETE',
    ]);
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::InternetGateway')).toHaveLength(1);
    expect(history()).toContain('Table DELETE_COMPLETE');
    expect(
      listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::VPC')[0]?.properties.EnableDnsHostnames,
    ).toBe(true);
  });

  it('replaces what cannot be changed, and what refers to it', () => {
    const [old] = listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::VPC');
    update(body(wider));
    t.pass(6 * MINUTES);
    const vpcs = listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::VPC');
    expect(vpcs).toHaveLength(1);
    expect(vpcs[0]?.id).not.toBe(old?.id);
    expect(
      listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::Subnet').map((one) => one.properties.VpcId),
    ).toEqual([vpcs[0]?.id]);
  });

  it('comes back to what it was when the update fails', () => {
    const before = listResources(t.world.store, MEMBER, REGION);
    failResource(t.world, { stackName: 'jetway-net', logicalId: 'Subnet', phase: 'create' });
    update(body(wider));
    t.pass(6 * MINUTES);
    expect(stack().StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(listResources(t.world.store, MEMBER, REGION)).toEqual(before);
    update(body(wider));
    t.pass(6 * MINUTES);
    expect(stack().StackStatus).toBe('UPDATE_COMPLETE');
  });
});

describe('deleting a stack', () => {
  it('takes everything away; the name is free, the ARN still answers', () => {
    const { StackId } = create(body(NETWORK));
    t.pass(3 * MINUTES);
    run('DeleteStack', { StackName: 'jetway-net' });
    expect(stack().StackStatus).toBe('DELETE_IN_PROGRESS');
    t.pass(2 * MINUTES);
    expect(refusal(() => stack())).toContain('does not exist');
    expect(stack(StackId).StackStatus).toBe('DELETE_COMPLETE');
    expect(listResources(t.world.store, MEMBER, REGION)).toEqual([]);
    expect(run('DeleteStack', { StackName: 'jetway-net' })).toEqual({});
  });

  it('keeps what is to be retained, and stops where a resource cannot be deleted', () => {
    const kept = {
      Resources: {
        Group: {
          Type: 'AWS::Logs::LogGroup',
          DeletionPolicy: 'Retain',
          Properties: { LogGroupName: 'flow' },
        },
        Bucket: { Type: 'AWS::S3::Bucket' },
      },
    };
    create(body(kept));
    t.pass(3 * MINUTES);
    failResource(t.world, {
      stackName: 'jetway-net',
      logicalId: 'Bucket',
      phase: 'delete',
      reason: 'not empty',
    });
    run('DeleteStack', { StackName: 'jetway-net' });
    t.pass(2 * MINUTES);
    expect(stack().StackStatus).toBe('DELETE_FAILED');
    run('DeleteStack', { StackName: 'jetway-net', RetainResources: ['Bucket'] });
    t.pass(2 * MINUTES);
    expect(refusal(() => stack())).toContain('does not exist');
    expect(getResource(t.world.store, MEMBER, REGION, 'AWS::Logs::LogGroup', 'flow')).toBeDefined();
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::S3::Bucket')).toHaveLength(1);
  });

  it('overtakes a creation', () => {
    create(body(NETWORK));
    t.pass(50_000);
    run('DeleteStack', { StackName: 'jetway-net' });
    t.pass(5 * MINUTES);
    expect(refusal(() => stack())).toContain('does not exist');
    expect(listResources(t.world.store, MEMBER, REGION)).toEqual([]);
  });
});

describe('a role made by a stack', () => {
  it('can be assumed by whom it trusts, after a while', () => {
    const authorizer = createAuthorizer(t.world);
    create({ ...body(ROLE), Capabilities: ['CAPABILITY_NAMED_IAM'] });
    const by = {
      principalArn: 'arn:aws:iam::111122223333:role/jetway-vend',
      externalId: 'machine-arn',
      region: REGION,
    };
    const arn = `arn:aws:iam::${MEMBER}:role/jetway-execution`;
    const assume = (who: object = {}) => authorizer.assume(arn, { ...by, ...who });
    for (let waited = 0; stack().StackStatus === 'CREATE_IN_PROGRESS' && waited < 300; waited++)
      t.pass(1_000);
    expect(refusal(() => assume())).toContain(
      'AccessDenied: User: arn:aws:sts::111122223333:assumed-role/jetway-vend/',
    );
    t.pass(10_000);
    expect(assume()).toEqual({ accountId: MEMBER, region: REGION, principalArn: arn });
    expect(refusal(() => assume({ externalId: 'other' }))).toContain(
      'not authorized to perform: sts:AssumeRole',
    );
    expect(refusal(() => assume({ principalArn: 'arn:aws:iam::111122223333:role/other' }))).toContain(
      'AccessDenied',
    );
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { listResources } from './account-resources.ts';
import { attachPolicy, MEMBER, REGION, refusal } from './account-test-world.ts';
import { failResource } from './cloudformation/resource-faults.ts';
import { body, MINUTES, NETWORK, ROLE, stackWorld } from './cloudformation/stack-world.ts';

const URL = 'https://artifacts.s3.us-east-1.amazonaws.com/';
let t: ReturnType<typeof stackWorld>;

beforeEach(() => {
  t = stackWorld({ 'abc.template.json': JSON.stringify(NETWORK) });
});

describe('creating a stack', () => {
  it('takes its time, makes resources in order and answers with outputs', () => {
    const { StackId } = t.create({ TemplateURL: `${URL}abc.template.json`, ClientRequestToken: 'tok-1' });
    expect(t.stack().StackStatus).toBe('CREATE_IN_PROGRESS');
    t.pass(30_000);
    expect(t.stack().StackStatus).toBe('CREATE_IN_PROGRESS');
    t.pass(2 * MINUTES);
    expect(t.stack().StackStatus).toBe('CREATE_COMPLETE');
    const [vpc] = listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::VPC');
    expect(vpc?.id).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(t.stack().Outputs[0]).toEqual({ OutputKey: 'VpcId', OutputValue: vpc?.id });
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::Subnet')[0]?.properties).toMatchObject({
      CidrBlock: '10.0.0.0/24',
      AvailabilityZone: 'us-east-1a',
      VpcId: vpc?.id,
    });
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::InternetGateway')).toEqual([]);
    expect(t.history()).toEqual([
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
    expect(t.statuses()).toEqual(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE']);
  });

  it('is idempotent by token and refuses a second stack of the name', () => {
    const first = t.create({ ...body(NETWORK), ClientRequestToken: 'tok-1' });
    expect(t.create({ ...body(NETWORK), ClientRequestToken: 'tok-1' })).toEqual(first);
    expect(refusal(() => t.create({ ...body(ROLE), ClientRequestToken: 'tok-1' }))).toContain(
      'TokenAlreadyExistsException',
    );
    expect(refusal(() => t.create(body(NETWORK)))).toBe(
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
    expect(refusal(() => t.create(input))).toContain(text);
  });

  it('says that a stack does not exist', () => {
    expect(refusal(() => t.run('DescribeStacks', { StackName: 'nope' }))).toBe(
      'ValidationError: Stack with id nope does not exist',
    );
  });
});

describe('a stack that fails', () => {
  it('rolls back what it had made', () => {
    failResource(t.world, { stackName: 'jetway-net', logicalId: 'Subnet', reason: 'no capacity' });
    t.create(body(NETWORK));
    t.pass(5 * MINUTES);
    expect(t.stack().StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(t.statuses()).toEqual(['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_COMPLETE']);
    expect(t.history()).toContain('Vpc DELETE_COMPLETE');
    expect(t.reasons('jetway-net')).toContain('Resource creation cancelled');
    expect(t.reasons('jetway-net')).toContain(
      'The following resource(s) failed to create: [Subnet, Table]. Rollback requested by user.',
    );
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::VPC')).toEqual([]);
    expect(refusal(() => t.run('UpdateStack', { StackName: 'jetway-net', ...body(NETWORK) }))).toContain(
      'is in ROLLBACK_COMPLETE state and can not be updated.',
    );
    t.run('DeleteStack', { StackName: 'jetway-net' });
    t.pass(2 * MINUTES);
    t.create(body(NETWORK));
    t.pass(3 * MINUTES);
    expect(t.stack().StackStatus).toBe('CREATE_COMPLETE');
  });

  it('fails on properties that a resource does not have, and on a range outside its VPC', () => {
    t.create(body({ Resources: { A: { Type: 'AWS::EC2::VPC', Properties: { Cidr: '10.0.0.0/16' } } } }));
    t.pass(5 * MINUTES);
    expect(t.reasons('jetway-net').join('\n')).toContain('#: extraneous key [Cidr] is not permitted');
    const outside = structuredClone(NETWORK);
    Object.assign(outside.Resources.Subnet.Properties, { CidrBlock: '192.168.0.0/24' });
    t.create({ StackName: 'other', ...body(outside) });
    t.pass(5 * MINUTES);
    expect(t.reasons('other').join('\n')).toContain("The CIDR '192.168.0.0/24' is invalid.");
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
    t.create({ ...body(ROLE), Capabilities: ['CAPABILITY_NAMED_IAM'] });
    t.pass(5 * MINUTES);
    expect(t.stack().StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(t.reasons('jetway-net').join('\n')).toContain(
      'not authorized to perform: iam:CreateRole on resource: arn:aws:iam::444455556666:role/jetway-execution with an explicit deny in a service control policy',
    );
  });

  it('stays as it is when roll-back is off, and goes when it is to be deleted', () => {
    failResource(t.world, { stackName: '*', logicalId: 'Vpc', times: 2 });
    t.create({ ...body(NETWORK), DisableRollback: true });
    t.create({ StackName: 'gone', ...body(NETWORK), OnFailure: 'DELETE' });
    t.pass(5 * MINUTES);
    expect(t.stack().StackStatus).toBe('CREATE_FAILED');
    expect(refusal(() => t.stack('gone'))).toContain('does not exist');
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { ORGANIZATION_COLLECTIONS, type OrganizationAccount } from '../../../organization-tree.ts';
import { AwsError } from '../../../world.ts';
import { bareAccount } from '../../account-baseline.ts';
import { listResources } from '../../account-resources.ts';
import {
  ALLOW_ALL,
  attachPolicy,
  call,
  joinOrganization,
  MANAGEMENT,
  MEMBER,
  REGION,
  refusal,
  roleCaller,
  testWorld,
} from '../../account-test-world.ts';
import { cloudFormationService } from '../../cloudformation.ts';
import { configService } from '../../config.ts';
import { failResource } from '../resource-faults.ts';
import { allStacks } from '../stacks.ts';

const OTHER = 'eu-west-1';
const SECOND = '555566667777';
const UNIT = 'ou-ab12-workloads';
const SET = 'jetway-network-0123456789ab';
const MINUTE = 60_000;
const NETWORK = {
  Parameters: { Cidr: { Type: 'String' } },
  Resources: { Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: { Ref: 'Cidr' } } } },
};
const CIDR = [{ ParameterKey: 'Cidr', ParameterValue: '10.1.0.0/16' }];
const admin = roleCaller('jetway-vend', MANAGEMENT);

type Summary = {
  Region: string;
  Status: string;
  StackId?: string;
  StatusReason?: string;
  StackInstanceStatus: { DetailedStatus: string };
};
type Listed = { Summaries: Summary[] };
type Shown = { StackSetOperation: { Status: string; Action: string; StatusDetails: object } };

function setWorld() {
  const t = testWorld({}, [REGION, OTHER]);
  const service = cloudFormationService(t.world);
  configService(t.world);
  t.world.store.transaction(() =>
    t.world.store.put(ORGANIZATION_COLLECTIONS.units, UNIT, {
      Id: UNIT,
      Name: 'Workloads',
      ParentId: 'r-ab12',
    }),
  );
  for (const id of [MANAGEMENT, MEMBER, SECOND]) joinOrganization(t.world, id, UNIT);
  for (const id of ['r-ab12', UNIT, MEMBER, SECOND]) attachPolicy(t.world, id, 'FullAWSAccess', [ALLOW_ALL]);
  t.start();
  const run = <T>(action: string, input: object, caller = admin): T =>
    call<T>(t.world, service, action, { StackSetName: SET, ...input }, caller);
  const DeploymentTargets = {
    OrganizationalUnitIds: [UNIT],
    Accounts: [MEMBER],
    AccountFilterType: 'INTERSECTION',
  };
  return {
    ...t,
    run,
    make: (input: object = {}) =>
      run('CreateStackSet', {
        TemplateBody: JSON.stringify(NETWORK),
        Parameters: CIDR,
        PermissionModel: 'SERVICE_MANAGED',
        CallAs: 'SELF',
        AutoDeployment: { Enabled: false },
        ManagedExecution: { Active: true },
        Tags: [{ Key: 'jetway:template-digest', Value: 'sha256:1' }],
        ...input,
      }),
    instances: (verb: string, OperationId: string, input: object = {}) =>
      run<{ OperationId: string }>(`${verb}StackInstances`, {
        DeploymentTargets,
        Regions: [REGION, OTHER],
        OperationPreferences: { RegionConcurrencyType: 'PARALLEL' },
        OperationId,
        ...input,
      }),
    to: (...Accounts: string[]) => ({ DeploymentTargets: { ...DeploymentTargets, Accounts } }),
    status: (OperationId: string) =>
      run<Shown>('DescribeStackSetOperation', { OperationId }).StackSetOperation.Status,
    list: (account = MEMBER) =>
      run<Listed>('ListStackInstances', { StackInstanceAccount: account }).Summaries.map((one) => [
        one.Region,
        one.Status,
        one.StackInstanceStatus.DetailedStatus,
      ]),
    vpcs: (account: string, region: string) => listResources(t.world.store, account, region, 'AWS::EC2::VPC'),
    said: (type: string) => t.events.filter((event) => event['detail-type'] === type),
  };
}

let t: ReturnType<typeof setWorld>;
beforeEach(() => {
  t = setWorld();
});

describe('a stack set', () => {
  it('is made once for its name, and is what it was made with', () => {
    t.make({ Description: 'the network' });
    expect(refusal(() => t.make())).toBe(
      `NameAlreadyExistsException: The Name ${SET} already exists. Choose a different name.`,
    );
    expect(t.run('DescribeStackSet', {})).toMatchObject({
      StackSet: {
        StackSetName: SET,
        Description: 'the network',
        Status: 'ACTIVE',
        PermissionModel: 'SERVICE_MANAGED',
        Tags: [{ Key: 'jetway:template-digest', Value: 'sha256:1' }],
        TemplateBody: JSON.stringify(NETWORK),
        StackSetARN: expect.stringMatching(/^arn:aws:cloudformation:us-east-1:111122223333:stackset\/jetway/),
      },
    });
  });

  it('answers the same call with the same token the same', () => {
    const first = t.make({ ClientRequestToken: 'req-1' });
    expect(t.make({ ClientRequestToken: 'req-1' })).toEqual(first);
    expect(refusal(() => t.make({ ClientRequestToken: 'req-1', Description: 'other' }))).toContain(
      'NameAlreadyExistsException',
    );
  });

  it.each([
    ['no values', { Parameters: [] }, 'Parameters: [Cidr] must have values'],
    ['deploying by itself', { AutoDeployment: { Enabled: true } }, 'AutoDeployment.Enabled = false only'],
    ['roles of its own', { ExecutionRoleName: 'mine' }, 'Roles cannot be specified'],
    ['its own permissions', { PermissionModel: 'SELF_MANAGED' }, 'SERVICE_MANAGED permissions only'],
    ['a bad name', { StackSetName: '9' }, 'failed to satisfy constraint: Member must satisfy regular'],
  ])('is refused with %s', (_, input, words) => {
    expect(refusal(() => t.make(input))).toContain(words);
  });

  it('belongs to the management account, and is not found before it is made', () => {
    expect(refusal(() => t.run('DescribeStackSet', {}))).toBe(
      `StackSetNotFoundException: StackSet ${SET} not found`,
    );
    expect(refusal(() => t.run('DescribeStackSet', {}, roleCaller('jetway-execution')))).toContain(
      'You must be the management account',
    );
  });
});

describe('instances', () => {
  beforeEach(() => void t.make());

  it('are made in every Region at once, with the values of the account', () => {
    t.instances('Create', 'op-1', {
      ParameterOverrides: [{ ParameterKey: 'Cidr', ParameterValue: '10.2.0.0/16' }],
    });
    expect(t.list()).toEqual([
      [OTHER, 'OUTDATED', 'PENDING'],
      [REGION, 'OUTDATED', 'PENDING'],
    ]);
    expect(t.status('op-1')).toBe('RUNNING');
    t.pass(10_000);
    expect(t.list()).toEqual([
      [OTHER, 'OUTDATED', 'RUNNING'],
      [REGION, 'OUTDATED', 'RUNNING'],
    ]);
    t.pass(5 * MINUTE);
    expect(t.status('op-1')).toBe('SUCCEEDED');
    for (const region of [REGION, OTHER]) {
      expect(t.vpcs(MEMBER, region)).toMatchObject([{ properties: { CidrBlock: '10.2.0.0/16' } }]);
      expect(t.vpcs(SECOND, region)).toEqual([]);
      expect(
        t.run('DescribeStackInstance', { StackInstanceAccount: MEMBER, StackInstanceRegion: region }),
      ).toMatchObject({
        StackInstance: {
          Status: 'CURRENT',
          StackInstanceStatus: { DetailedStatus: 'SUCCEEDED' },
          OrganizationalUnitId: UNIT,
          ParameterOverrides: [{ ParameterKey: 'Cidr', ParameterValue: '10.2.0.0/16' }],
          StackId: expect.stringContaining(`:${region}:${MEMBER}:stack/StackSet-${SET}-`),
        },
      });
    }
    const [stack] = allStacks(t.world, { accountId: MEMBER, region: OTHER });
    expect(stack?.actor.principalArn).toMatch(
      new RegExp(`^arn:aws:iam::${MEMBER}:role/stacksets-exec-[0-9a-f]{32}$`),
    );
    expect(stack?.revision.tags).toEqual([{ Key: 'jetway:template-digest', Value: 'sha256:1' }]);
  });

  it('say where they stand as events of the management account', () => {
    t.instances('Create', 'op-1', { Regions: [OTHER] });
    t.pass(5 * MINUTE);
    const operation = t.said('CloudFormation StackSet Operation Status Change');
    expect(operation.map((event) => event.detail)).toEqual(
      ['RUNNING', 'SUCCEEDED'].map((status) => ({
        'stack-set-arn': expect.stringContaining(`:stackset/${SET}:`),
        'stack-set-operation-id': 'op-1',
        'status-details': { status },
      })),
    );
    const instance = t.said('CloudFormation StackSet StackInstance Status Change');
    expect(instance.map((event) => event.detail['status-details'])).toEqual([
      { status: 'OUTDATED', 'status-reason': '', 'detailed-status': 'PENDING' },
      { status: 'OUTDATED', 'status-reason': '', 'detailed-status': 'RUNNING' },
      { status: 'CURRENT', 'status-reason': '', 'detailed-status': 'SUCCEEDED' },
    ]);
    expect(instance.every((event) => event.account === MANAGEMENT && event.region === REGION)).toBe(true);
  });

  it('fail in one Region and not in the other, and say which resource it was', () => {
    failResource(t.world, {
      stackName: `StackSet-${SET}-*`,
      region: OTHER,
      reason: 'The maximum number of VPCs has been reached.',
    });
    t.instances('Create', 'op-1');
    t.pass(5 * MINUTE);
    expect(t.status('op-1')).toBe('FAILED');
    expect(t.list()).toEqual([
      [OTHER, 'OUTDATED', 'FAILED'],
      [REGION, 'CURRENT', 'SUCCEEDED'],
    ]);
    expect(t.run('ListStackSetOperationResults', { OperationId: 'op-1' })).toMatchObject({
      Summaries: [
        { Region: REGION, Status: 'SUCCEEDED' },
        {
          Region: OTHER,
          Account: MEMBER,
          Status: 'FAILED',
          StatusReason: expect.stringMatching(
            /^ResourceLogicalId:Vpc, ResourceType:AWS::EC2::VPC, ResourceStatusReason:.*maximum number of VPCs/,
          ),
        },
      ],
    });
    // A stack that was rolled back is not updated; it is deleted and made again.
    t.instances('Update', 'op-2', { Regions: [OTHER] });
    t.pass(MINUTE);
    expect(t.run<Listed>('ListStackInstances', {}).Summaries[0]?.StatusReason).toContain(
      'is in ROLLBACK_COMPLETE state and can not be updated.',
    );
    t.instances('Delete', 'op-3', { Regions: [OTHER], RetainStacks: false });
    t.pass(5 * MINUTE);
    expect(t.list()).toEqual([[REGION, 'CURRENT', 'SUCCEEDED']]);
    t.instances('Create', 'op-4', { Regions: [OTHER] });
    t.pass(5 * MINUTE);
    expect(t.list()).toEqual([
      [OTHER, 'CURRENT', 'SUCCEEDED'],
      [REGION, 'CURRENT', 'SUCCEEDED'],
    ]);
  });

  it('one Region after the other: a failure cancels what comes after it', () => {
    failResource(t.world, { stackName: 'StackSet-*', region: REGION });
    t.instances('Create', 'op-1', { OperationPreferences: { RegionOrder: [REGION, OTHER] } });
    t.pass(10 * MINUTE);
    expect(t.list()).toEqual([
      [OTHER, 'OUTDATED', 'CANCELLED'],
      [REGION, 'OUTDATED', 'FAILED'],
    ]);
    expect(t.vpcs(MEMBER, OTHER)).toEqual([]);
    // What never began is made by an update.
    t.instances('Update', 'op-2', { Regions: [OTHER] });
    t.pass(5 * MINUTE);
    expect(t.list()[0]).toEqual([OTHER, 'CURRENT', 'SUCCEEDED']);
  });

  it('change with new values, and an update that changes nothing is none', () => {
    t.instances('Create', 'op-1');
    t.pass(5 * MINUTE);
    t.instances('Update', 'op-2');
    t.pass(MINUTE);
    expect(t.status('op-2')).toBe('SUCCEEDED');
    t.instances('Update', 'op-3', {
      ParameterOverrides: [{ ParameterKey: 'Cidr', ParameterValue: '10.3.0.0/16' }],
    });
    t.pass(10 * MINUTE);
    expect(t.status('op-3')).toBe('SUCCEEDED');
    expect(t.vpcs(MEMBER, OTHER)).toMatchObject([{ properties: { CidrBlock: '10.3.0.0/16' } }]);
  });

  it('are let go with their stacks retained', () => {
    t.instances('Create', 'op-1');
    t.pass(5 * MINUTE);
    t.instances('Delete', 'op-2', { RetainStacks: true });
    t.pass(MINUTE);
    expect(t.list()).toEqual([]);
    expect(t.vpcs(MEMBER, OTHER)).toHaveLength(1);
  });

  it('that cannot be deleted are inoperable', () => {
    t.instances('Create', 'op-1');
    t.pass(5 * MINUTE);
    failResource(t.world, { stackName: 'StackSet-*', region: OTHER, phase: 'delete' });
    t.instances('Delete', 'op-2', { RetainStacks: false });
    t.pass(5 * MINUTE);
    expect(t.list()).toEqual([[OTHER, 'INOPERABLE', 'INOPERABLE']]);
    t.instances('Delete', 'op-3', { RetainStacks: false });
    t.pass(5 * MINUTE);
    expect(t.list()).toEqual([]);
  });

  it('are kept out by a service control policy that does not spare the role of stack sets', () => {
    attachPolicy(t.world, MEMBER, 'region-deny', [
      {
        Sid: 'Regions',
        Effect: 'Deny',
        Action: 'ec2:*',
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:RequestedRegion': [REGION] } },
      },
    ]);
    t.instances('Create', 'op-1');
    t.pass(5 * MINUTE);
    expect(t.list()).toEqual([
      [OTHER, 'OUTDATED', 'FAILED'],
      [REGION, 'CURRENT', 'SUCCEEDED'],
    ]);
    expect(t.run<Listed>('ListStackInstances', {}).Summaries[0]?.StatusReason).toContain(
      'is not authorized to perform: ec2:CreateVpc',
    );
  });

  it('skip an account that is suspended', () => {
    const { accounts } = ORGANIZATION_COLLECTIONS;
    const known = t.world.store.get<OrganizationAccount>(accounts, MEMBER);
    t.world.store.transaction(() => t.world.store.put(accounts, MEMBER, { ...known, State: 'SUSPENDED' }));
    t.instances('Create', 'op-1', { Regions: [OTHER] });
    t.pass(MINUTE);
    expect(t.list()).toEqual([[OTHER, 'OUTDATED', 'SKIPPED_SUSPENDED_ACCOUNT']]);
  });

  it('never are in the management account', () => {
    bareAccount(t.world, MANAGEMENT);
    t.instances('Create', 'op-1', { DeploymentTargets: { OrganizationalUnitIds: ['r-ab12'] } });
    t.pass(5 * MINUTE);
    expect(t.list(MANAGEMENT)).toEqual([]);
    expect(t.list(SECOND)).toHaveLength(2);
  });

  it.each([
    ['a Region that nobody governs', { Regions: ['sa-east-1'] }, 'Region [sa-east-1] is not supported'],
    [
      'accounts alone',
      { DeploymentTargets: undefined, Accounts: [MEMBER] },
      'can only have OrganizationalUnit',
    ],
    [
      'a unit that is none',
      { DeploymentTargets: { OrganizationalUnitIds: ['ou-ab12-nowhere0'] } },
      'does not exist in the organization',
    ],
    [
      'accounts without a filter',
      { DeploymentTargets: { OrganizationalUnitIds: [UNIT], Accounts: [MEMBER] } },
      'AccountFilterType must be given',
    ],
    [
      'a parameter that the template has not',
      { ParameterOverrides: [{ ParameterKey: 'Nope', ParameterValue: '1' }] },
      'Parameters: [Nope] do not exist in the template',
    ],
  ])('are refused for %s', (_, input, words) => {
    expect(refusal(() => t.instances('Create', 'op-1', input))).toContain(words);
  });

  it('that are not there cannot be updated', () => {
    expect(refusal(() => t.instances('Update', 'op-1'))).toContain('StackInstanceNotFoundException');
    expect(
      refusal(() =>
        t.run('DescribeStackInstance', { StackInstanceAccount: MEMBER, StackInstanceRegion: OTHER }),
      ),
    ).toContain('StackInstanceNotFoundException');
    expect(refusal(() => t.status('op-1'))).toContain('OperationNotFoundException');
  });
});

describe('operations of one set', () => {
  it('with managed execution run side by side, and wait where they touch the same account', () => {
    t.make();
    t.instances('Create', 'op-1');
    expect(refusal(() => t.instances('Create', 'op-1'))).toBe(
      'OperationIdAlreadyExistsException: Operation with OperationId op-1 already exists',
    );
    t.instances('Create', 'op-2', t.to(SECOND));
    t.instances('Update', 'op-3');
    expect(['op-1', 'op-2', 'op-3'].map(t.status)).toEqual(['RUNNING', 'RUNNING', 'QUEUED']);
    t.pass(5 * MINUTE);
    expect(['op-1', 'op-2', 'op-3'].map(t.status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(t.list()).toHaveLength(2);
    expect(t.list(SECOND)).toHaveLength(2);
  });

  it('without it are refused while another is under way', () => {
    t.make({ ManagedExecution: { Active: false } });
    t.instances('Create', 'op-1');
    const error = (() => {
      try {
        t.instances('Create', 'op-2', t.to(SECOND));
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(AwsError);
    expect(error).toMatchObject({ code: 'OperationInProgressException', httpStatus: 409 });
    t.pass(5 * MINUTE);
    t.instances('Create', 'op-2', t.to(SECOND));
    t.pass(5 * MINUTE);
    expect(t.status('op-2')).toBe('SUCCEEDED');
  });
});

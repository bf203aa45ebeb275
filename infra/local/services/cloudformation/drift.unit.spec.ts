import { beforeEach, describe, expect, it } from 'vitest';
import { type AccountResource, deleteResource, listResources, putResource } from '../account-resources.ts';
import { MEMBER, REGION, refusal } from '../account-test-world.ts';
import { differences } from './drift-compare.ts';
import { body, MINUTES, ROLE, stackWorld } from './stack-world.ts';
import { findStack, saveStack } from './stacks.ts';

type Status = { DetectionStatus: string; StackDriftStatus?: string; DriftedStackResourceCount?: number };
type Drifts = {
  StackResourceDrifts: {
    LogicalResourceId: string;
    StackResourceDriftStatus: string;
    PropertyDifferences: object[];
  }[];
};

const GROUP = {
  Resources: {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    Group: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        GroupDescription: 'web',
        VpcId: { Ref: 'Vpc' },
        SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '10.0.0.0/8' }],
      },
    },
  },
};

let t: ReturnType<typeof stackWorld>;
beforeEach(() => {
  t = stackWorld({});
  t.create(body(GROUP));
  t.pass(3 * MINUTES);
});

const detect = () =>
  t.run<{ StackDriftDetectionId: string }>('DetectStackDrift', { StackName: 'jetway-net' });
const status = (id: { StackDriftDetectionId: string }) =>
  t.run<Status>('DescribeStackDriftDetectionStatus', id);
const drifts = (more: object = {}) =>
  t.run<Drifts>('DescribeStackResourceDrifts', { StackName: 'jetway-net', ...more }).StackResourceDrifts;
const group = () =>
  listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::SecurityGroup').find((one) => one.stackId)!;

const put = (resource: AccountResource) =>
  t.world.store.transaction(() => putResource(t.world.store, resource));

function detected(): Status {
  const id = detect();
  t.pass(MINUTES);
  return status(id);
}

describe('drift detection', () => {
  it('takes its time, and says that nothing changed', () => {
    const id = detect();
    expect(status(id)).toMatchObject({ DetectionStatus: 'DETECTION_IN_PROGRESS' });
    expect(refusal(detect)).toContain('already in progress');
    t.pass(MINUTES);
    expect(status(id)).toMatchObject({ DetectionStatus: 'DETECTION_COMPLETE', StackDriftStatus: 'IN_SYNC' });
    expect(drifts().map((one) => one.StackResourceDriftStatus)).toEqual(['IN_SYNC', 'IN_SYNC']);
  });

  it('finds a group that was opened behind the stack, and shows which property', () => {
    const { properties, ...rest } = group();
    const open = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' };
    const rules = properties.SecurityGroupIngress as { CidrIp: string }[];
    const changed = [{ ...rules[0], CidrIp: '0.0.0.0/0' }, open];
    // A property that the template does not set is not looked at.
    put({
      ...rest,
      properties: { ...properties, SecurityGroupIngress: changed, Tags: [{ Key: 'a', Value: 'b' }] },
    });
    expect(detected()).toMatchObject({ StackDriftStatus: 'DRIFTED', DriftedStackResourceCount: 1 });
    expect(drifts({ StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'] })).toMatchObject([
      {
        LogicalResourceId: 'Group',
        StackResourceDriftStatus: 'MODIFIED',
        PropertyDifferences: [
          {
            PropertyPath: '/SecurityGroupIngress/0/CidrIp',
            ExpectedValue: '10.0.0.0/8',
            ActualValue: '0.0.0.0/0',
            DifferenceType: 'NOT_EQUAL',
          },
          {
            PropertyPath: '/SecurityGroupIngress/1',
            ExpectedValue: 'null',
            ActualValue: JSON.stringify(open),
            DifferenceType: 'ADD',
          },
        ],
      },
    ]);
    const events = t.events.filter(
      (e) => e['detail-type'] === 'CloudFormation Drift Detection Status Change',
    );
    expect(events.at(-1)?.detail).toMatchObject({
      'status-details': { 'stack-drift-status': 'DRIFTED', 'detection-status': 'DETECTION_COMPLETE' },
      'drift-detection-details': { 'drifted-stack-resource-count': 1 },
    });
  });

  it('finds what was deleted, and is content again when it is back', () => {
    const taken = group();
    const { store } = t.world;
    store.transaction(() => deleteResource(store, MEMBER, REGION, taken.type, taken.id));
    expect(detected()).toMatchObject({ StackDriftStatus: 'DRIFTED' });
    expect(drifts({ StackResourceDriftStatusFilters: ['DELETED'] })).toMatchObject([
      { LogicalResourceId: 'Group', StackResourceDriftStatus: 'DELETED', PropertyDifferences: [] },
    ]);
    put(taken);
    expect(detected()).toMatchObject({ StackDriftStatus: 'IN_SYNC', DriftedStackResourceCount: 0 });
  });

  it('refuses a stack that is being made, that is not there, and an id that nobody gave', () => {
    t.create({ ...body(ROLE), StackName: 'jetway-role', Capabilities: ['CAPABILITY_NAMED_IAM'] });
    expect(refusal(() => t.run('DetectStackDrift', { StackName: 'jetway-role' }))).toContain(
      'CREATE_IN_PROGRESS',
    );
    expect(refusal(() => t.run('DetectStackDrift', { StackName: 'nowhere' }))).toContain('does not exist');
    expect(refusal(() => status({ StackDriftDetectionId: 'x' }))).toContain('does not exist');
  });

  it('fails when the stack is deleted meanwhile', () => {
    const id = detect();
    const { store } = t.world;
    const stack = findStack(t.world, { accountId: MEMBER, region: REGION }, 'jetway-net')!;
    store.transaction(() => saveStack(t.world, { ...stack, status: 'DELETE_COMPLETE' }));
    t.pass(MINUTES);
    expect(status(id)).toMatchObject({ DetectionStatus: 'DETECTION_FAILED' });
  });
});

it('names a difference by its place', () => {
  expect(differences({ a: { b: 1 } }, { a: {} }, '')).toEqual([
    { PropertyPath: '/a/b', ExpectedValue: '1', ActualValue: 'null', DifferenceType: 'REMOVE' },
  ]);
  expect(differences({ a: [1] }, { a: { 0: 1 } }, '')).toMatchObject([
    { PropertyPath: '/a', DifferenceType: 'NOT_EQUAL' },
  ]);
});

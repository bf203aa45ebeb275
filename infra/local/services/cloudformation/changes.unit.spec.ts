import { beforeEach, describe, expect, it } from 'vitest';
import { createAuthorizer } from '../../authorization/create-authorizer.ts';
import { getResource, listResources } from '../account-resources.ts';
import { MEMBER, REGION, refusal } from '../account-test-world.ts';
import { failResource } from './resource-faults.ts';
import { body, MINUTES, NETWORK, ROLE, stackWorld } from './stack-world.ts';

let t: ReturnType<typeof stackWorld>;

beforeEach(() => {
  t = stackWorld();
});

describe('updating a stack', () => {
  const update = (input: object) => t.run('UpdateStack', { StackName: 'jetway-net', ...input });
  const wider = {
    ...NETWORK,
    Parameters: { ...NETWORK.Parameters, Cidr: { Type: 'String', Default: '10.8.0.0/16' } },
  };

  beforeEach(() => {
    t.create({ ...body(NETWORK), Parameters: [{ ParameterKey: 'Public', ParameterValue: 'no' }] });
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
    expect(t.stack().StackStatus).toBe('UPDATE_COMPLETE');
    expect(t.statuses()).toEqual([
      'UPDATE_IN_PROGRESS',
      'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_COMPLETE',
    ]);
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::InternetGateway')).toHaveLength(1);
    expect(t.history()).toContain('Table DELETE_COMPLETE');
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
    expect(t.stack().StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(listResources(t.world.store, MEMBER, REGION)).toEqual(before);
    update(body(wider));
    t.pass(6 * MINUTES);
    expect(t.stack().StackStatus).toBe('UPDATE_COMPLETE');
  });
});

describe('deleting a stack', () => {
  it('takes everything away; the name is free, the ARN still answers', () => {
    const { StackId } = t.create(body(NETWORK));
    t.pass(3 * MINUTES);
    t.run('DeleteStack', { StackName: 'jetway-net' });
    expect(t.stack().StackStatus).toBe('DELETE_IN_PROGRESS');
    t.pass(2 * MINUTES);
    expect(refusal(() => t.stack())).toContain('does not exist');
    expect(t.stack(StackId).StackStatus).toBe('DELETE_COMPLETE');
    expect(listResources(t.world.store, MEMBER, REGION)).toEqual([]);
    expect(t.run('DeleteStack', { StackName: 'jetway-net' })).toEqual({});
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
    t.create(body(kept));
    t.pass(3 * MINUTES);
    failResource(t.world, {
      stackName: 'jetway-net',
      logicalId: 'Bucket',
      phase: 'delete',
      reason: 'not empty',
    });
    t.run('DeleteStack', { StackName: 'jetway-net' });
    t.pass(2 * MINUTES);
    expect(t.stack().StackStatus).toBe('DELETE_FAILED');
    t.run('DeleteStack', { StackName: 'jetway-net', RetainResources: ['Bucket'] });
    t.pass(2 * MINUTES);
    expect(refusal(() => t.stack())).toContain('does not exist');
    expect(getResource(t.world.store, MEMBER, REGION, 'AWS::Logs::LogGroup', 'flow')).toBeDefined();
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::S3::Bucket')).toHaveLength(1);
  });

  it('overtakes a creation', () => {
    t.create(body(NETWORK));
    t.pass(50_000);
    t.run('DeleteStack', { StackName: 'jetway-net' });
    t.pass(5 * MINUTES);
    expect(refusal(() => t.stack())).toContain('does not exist');
    expect(listResources(t.world.store, MEMBER, REGION)).toEqual([]);
  });
});

describe('a role made by a stack', () => {
  it('can be assumed by whom it trusts, after a while', () => {
    const authorizer = createAuthorizer(t.world);
    t.create({ ...body(ROLE), Capabilities: ['CAPABILITY_NAMED_IAM'] });
    const by = {
      principalArn: 'arn:aws:iam::111122223333:role/jetway-vend',
      externalId: 'machine-arn',
      region: REGION,
    };
    const arn = `arn:aws:iam::${MEMBER}:role/jetway-execution`;
    const assume = (who: object = {}) => authorizer.assume(arn, { ...by, ...who });
    for (let waited = 0; t.stack().StackStatus === 'CREATE_IN_PROGRESS' && waited < 300; waited++)
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

import { beforeEach, describe, expect, it } from 'vitest';
import { listResources } from '../account-resources.ts';
import { MEMBER, REGION, refusal } from '../account-test-world.ts';
import { failResource } from './resource-faults.ts';
import { body, MINUTES, NETWORK, stackWorld } from './stack-world.ts';

type Described = {
  Status: string;
  StatusReason?: string;
  ExecutionStatus: string;
  Changes: {
    ResourceChange: { Action: string; LogicalResourceId: string; Replacement?: string; Details: object[] };
  }[];
};

const NAMES = { StackName: 'jetway-net', ChangeSetName: 'wider' };
const WIDER = [{ ParameterKey: 'Cidr', ParameterValue: '10.8.0.0/16' }];
const PUBLIC = [{ ParameterKey: 'Public', ParameterValue: 'yes' }];

let t: ReturnType<typeof stackWorld>;
beforeEach(() => {
  t = stackWorld();
  t.create(body(NETWORK));
  t.pass(3 * MINUTES);
});

const create = (more: object = {}) =>
  t.run<{ Id: string; StackId: string }>('CreateChangeSet', {
    ...NAMES,
    ChangeSetType: 'UPDATE',
    UsePreviousTemplate: true,
    ...more,
  });
const show = (names: object = NAMES) => t.run<Described>('DescribeChangeSet', names);
const execute = (more: object = {}) => t.run('ExecuteChangeSet', { ...NAMES, ...more });
const remove = (names: object = NAMES) => t.run('DeleteChangeSet', names);
const created = (more: object = {}) => {
  create(more);
  t.pass(MINUTES);
  return show();
};
const words = ({ Changes }: Described) =>
  Changes.map(({ ResourceChange: one }) =>
    [one.Action, one.LogicalResourceId, one.Replacement ?? ''].join(' ').trim(),
  );
const vpc = () => listResources(t.world.store, MEMBER, REGION, 'AWS::EC2::VPC')[0];

describe('a change set', () => {
  it('is made over time, and changes nothing by itself', () => {
    const { Id } = create({ Parameters: WIDER, Description: 'more addresses' });
    expect(show()).toMatchObject({ Status: 'CREATE_PENDING', ExecutionStatus: 'UNAVAILABLE', Changes: [] });
    expect(refusal(() => execute())).toMatch(/^InvalidChangeSetStatus: .*UNAVAILABLE/);
    expect(refusal(() => remove())).toMatch(/^InvalidChangeSetStatus: .*CREATE_PENDING/);
    t.pass(MINUTES);
    expect(show({ ChangeSetName: Id })).toMatchObject({
      Status: 'CREATE_COMPLETE',
      ExecutionStatus: 'AVAILABLE',
      Description: 'more addresses',
      StackName: 'jetway-net',
    });
    expect(t.stack().StackStatus).toBe('CREATE_COMPLETE');
    expect(vpc()?.properties.CidrBlock).toBe('10.0.0.0/16');
  });

  it('says what is replaced, and what may be replaced with it', () => {
    const found = created({ Parameters: WIDER });
    expect(words(found)).toEqual([
      'Modify Vpc True',
      'Modify Subnet Conditional',
      'Modify Table Conditional',
    ]);
    expect(found.Changes[0]?.ResourceChange.Details).toEqual([
      {
        Target: { Attribute: 'Properties', Name: 'CidrBlock', RequiresRecreation: 'Always' },
        Evaluation: 'Static',
        ChangeSource: 'DirectModification',
      },
    ]);
    expect(found.Changes[2]?.ResourceChange.Details).toMatchObject([
      { Evaluation: 'Dynamic', ChangeSource: 'ResourceReference' },
    ]);
  });

  it('says what is added, changed and removed', () => {
    const { Table: _, ...rest } = NETWORK.Resources;
    const dns = { ...rest.Vpc, Properties: { ...rest.Vpc.Properties, EnableDnsHostnames: true } };
    const other = { ...NETWORK, Resources: { ...rest, Vpc: dns } };
    const found = created({ UsePreviousTemplate: undefined, ...body(other), Parameters: PUBLIC });
    expect(words(found)).toEqual(['Modify Vpc False', 'Add Gateway', 'Remove Table']);
  });

  it('of nothing fails in the words of CloudFormation', () => {
    expect(created()).toMatchObject({
      Status: 'FAILED',
      StatusReason:
        "The submitted information didn't contain changes. Submit different information to create a change set.",
      ExecutionStatus: 'UNAVAILABLE',
    });
    expect(remove()).toEqual({});
    expect(refusal(() => show())).toMatch(/^ChangeSetNotFound: /);
    // A tag is a change, though of no resource.
    const tagged = created({ Tags: [{ Key: 'jetway:template-digest', Value: 'x' }] });
    expect(tagged).toMatchObject({ Status: 'CREATE_COMPLETE', Changes: [] });
  });

  it('is refused for a stack that is not there or is busy, and under a name that is taken', () => {
    expect(refusal(() => create({ StackName: 'nope' }))).toContain('Stack [nope] does not exist');
    expect(refusal(() => create({ ChangeSetType: 'CREATE' }))).toMatch(/^ValidationError: /);
    create();
    expect(refusal(() => create())).toMatch(/^AlreadyExistsException: ChangeSet wider/);
    t.run('UpdateStack', { StackName: 'jetway-net', UsePreviousTemplate: true, Parameters: PUBLIC });
    expect(refusal(() => create({ ChangeSetName: 'b' }))).toContain('UPDATE_IN_PROGRESS state and can not');
  });

  it('is found by its ARN, or by its name together with the stack', () => {
    expect(refusal(() => show({ ChangeSetName: 'wider' }))).toContain('StackName must be specified');
    expect(refusal(() => show({ ChangeSetName: `arn:aws:cloudformation:x/${MEMBER}` }))).toMatch(
      /^ChangeSetNotFound: /,
    );
    expect(refusal(() => remove({ ...NAMES, StackName: 'nope' }))).toContain('nope does not exist');
    expect(remove()).toEqual({});
  });

  it('goes with its stack', () => {
    const { Id } = create({ Parameters: WIDER });
    t.run('DeleteStack', { StackName: 'jetway-net' });
    t.pass(5 * MINUTES);
    expect(refusal(() => show({ ChangeSetName: Id }))).toMatch(/^ChangeSetNotFound: /);
  });
});

describe('executing a change set', () => {
  it('updates the stack, and leaves no other change set', () => {
    const { Id } = create({ Parameters: WIDER, Tags: [{ Key: 'a', Value: 'b' }] });
    create({ ChangeSetName: 'other', Parameters: PUBLIC });
    t.pass(MINUTES);
    execute();
    expect(show()).toMatchObject({ ExecutionStatus: 'EXECUTE_IN_PROGRESS' });
    expect(refusal(() => execute())).toMatch(/^InvalidChangeSetStatus: .*EXECUTE_IN_PROGRESS/);
    expect(refusal(() => show({ ...NAMES, ChangeSetName: 'other' }))).toMatch(/^ChangeSetNotFound: /);
    t.pass(6 * MINUTES);
    expect(show()).toMatchObject({ ExecutionStatus: 'EXECUTE_COMPLETE' });
    expect(t.stack()).toMatchObject({
      StackStatus: 'UPDATE_COMPLETE',
      ChangeSetId: Id,
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(vpc()?.properties.CidrBlock).toBe('10.8.0.0/16');
    // The next update has nothing to do with it.
    t.run('UpdateStack', { StackName: 'jetway-net', UsePreviousTemplate: true, Parameters: PUBLIC });
    expect(t.stack()).not.toHaveProperty('ChangeSetId');
    expect(refusal(() => show())).toMatch(/^ChangeSetNotFound: /);
  });

  it('rolls back when a resource fails', () => {
    const before = listResources(t.world.store, MEMBER, REGION);
    created({ Parameters: WIDER });
    failResource(t.world, { stackName: 'jetway-net', logicalId: 'Subnet', phase: 'create' });
    execute({ ClientRequestToken: 'token-1' });
    t.pass(6 * MINUTES);
    expect(t.stack().StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(show()).toMatchObject({ ExecutionStatus: 'EXECUTE_FAILED' });
    expect(listResources(t.world.store, MEMBER, REGION)).toEqual(before);
  });
});

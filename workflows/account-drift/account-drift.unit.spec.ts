import { afterAll, describe, expect, it } from 'vitest';
import { DriftChecked } from '../../services/drift/check.schema.ts';
import { statesOf } from '../asl/walk.ts';
import { answer, refuse, type Script, times, type Walked, walk } from '../walk.fixture.ts';
import { accountDrift } from './definition.ts';
import { AccountDriftInput } from './input.schema.ts';

const ACCOUNT = '444455556666';
const DIGEST = (digit: string) => `sha256:${digit.repeat(64)}`;
const UNIT = 'ou-ab12-workloadsprod';
const visited = new Set<string>();

const input = AccountDriftInput.parse({
  checkId: 'drift-1',
  accountId: ACCOUNT,
  unitId: UNIT,
  unitArn: `arn:aws:organizations::111122223333:ou/o-exampleorg1/${UNIT}`,
  stacks: [
    { name: 'execution-role', stackName: 'jetway-execution-role', templateDigest: DIGEST('1') },
    { name: 'vpc', stackName: 'jetway-vpc', templateDigest: DIGEST('2') },
  ],
  instances: [
    { name: 'vpc', stackSetName: 'jetway-vpc-2', region: 'eu-west-1', controls: [] },
    { name: 'vpc', stackSetName: 'jetway-vpc-2', region: 'eu-central-1', controls: [] },
    { name: 'guardrails-detective', stackSetName: 'jetway-gd-4', region: 'eu-west-1', controls: ['C'] },
  ],
  policies: [{ policyName: 'jetway-aaaa', controls: ['AWS-GR_RESTRICT_ROOT_USER'], content: '{}' }],
  rules: [{ ruleName: 'jetway-volumes', control: 'AWS-GR_ENCRYPTED_VOLUMES' }],
  controls: ['AWS-GR_REGION_DENY', 'AWS-GR_CLOUDTRAIL_ENABLED'],
});

type Args = Record<string, string | undefined>;
type World = Record<string, (args: Args, role: string | undefined) => unknown>;

const listed = (id: string, Status = 'SUCCEEDED', DriftStatus = 'NOT_CHECKING') => ({
  ControlIdentifier: `arn:aws:controltower:us-east-1::control/${id}`,
  StatusSummary: { Status },
  DriftStatusSummary: { DriftStatus },
});
const current = (Region: string, more: object = {}) => ({
  Region,
  Status: 'CURRENT',
  StackInstanceStatus: { DetailedStatus: 'SUCCEEDED' },
  StackId: 'arn:1',
  ...more,
});
const missing = 'CloudFormation.CloudFormationException';

/** An account that has everything; a detection takes one look. */
function world(): World {
  const polled = new Set<string>();
  return {
    'cloudformation:describeStacks': ({ StackName }) => ({
      Stacks: [
        {
          StackName,
          StackStatus: 'CREATE_COMPLETE',
          Tags: [{ Key: 'jetway:template-digest', Value: DIGEST(StackName === 'jetway-vpc' ? '2' : '1') }],
        },
      ],
    }),
    'cloudformation:detectStackDrift': ({ StackName }) => ({ StackDriftDetectionId: `of-${StackName}` }),
    'cloudformation:describeStackDriftDetectionStatus': ({ StackDriftDetectionId: id = '' }) => {
      if (polled.has(id)) return { DetectionStatus: 'DETECTION_COMPLETE', StackDriftStatus: 'IN_SYNC' };
      polled.add(id);
      return { DetectionStatus: 'DETECTION_IN_PROGRESS' };
    },
    'cloudformation:listStackInstances': ({ NextToken }) =>
      NextToken
        ? { Summaries: [current('eu-west-1')] }
        : { Summaries: [current('eu-central-1')], NextToken: 'more' },
    'organizations:listPoliciesForTarget': ({ NextToken }) =>
      NextToken
        ? { Policies: [{ Id: 'p-jetwayaaaa', Name: 'jetway-aaaa' }] }
        : { Policies: [{ Id: 'p-FullAWSAccess', Name: 'FullAWSAccess' }], NextToken: 'more' },
    'organizations:describePolicy': () => ({ Policy: { Content: '{}' } }),
    'config:describeConfigRules': ({ NextToken }) =>
      NextToken
        ? { ConfigRules: [{ ConfigRuleName: 'jetway-volumes', ConfigRuleState: 'ACTIVE' }] }
        : { ConfigRules: [{ ConfigRuleName: 'other', ConfigRuleState: 'ACTIVE' }], NextToken: 'more' },
    'organizations:listParents': ({ ChildId }) =>
      ({
        [ACCOUNT]: { Parents: [{ Id: UNIT, Type: 'ORGANIZATIONAL_UNIT' }] },
        [UNIT]: { Parents: [{ Id: 'ou-ab12-workloads', Type: 'ORGANIZATIONAL_UNIT' }] },
      })[ChildId ?? ''] ?? { Parents: [{ Id: 'r-ab12', Type: 'ROOT' }] },
    'controltower:listEnabledControls': ({ TargetIdentifier, NextToken }) => {
      if (TargetIdentifier?.endsWith('/ou-ab12-workloads'))
        return { EnabledControls: [listed('AWS-GR_CLOUDTRAIL_ENABLED')] };
      return NextToken
        ? { EnabledControls: [listed('AWS-GR_REGION_DENY')] }
        : { EnabledControls: [], NextToken: 'more' };
    },
  };
}

async function check(change: World = {}, script: Script = {}, given = input) {
  const answers = { ...world(), ...change };
  const walked = await walk({
    name: 'account-drift',
    definition: accountDrift,
    executionName: 'drift-1',
    input: given,
    world: (action, args, call) => answers[action]?.(args, call.roleArn) ?? {},
    script,
    asks: {},
  });
  for (const state of walked.visited) visited.add(state);
  return { walked, found: found(walked) };
}

function found({ facts }: Walked) {
  expect(facts).toHaveLength(1);
  expect(facts[0]).toMatchObject({ type: 'DriftChecked', accountId: ACCOUNT });
  return DriftChecked.parse(facts[0]?.data);
}

const drifted = (...resources: object[]) => ({
  'cloudformation:describeStackDriftDetectionStatus': ({ StackDriftDetectionId }: Args) => ({
    DetectionStatus: 'DETECTION_COMPLETE',
    StackDriftStatus: StackDriftDetectionId === 'of-jetway-vpc' ? 'DRIFTED' : 'IN_SYNC',
  }),
  'cloudformation:describeStackResourceDrifts': ({ NextToken }: Args) =>
    NextToken ? { StackResourceDrifts: resources } : { StackResourceDrifts: [], NextToken: 'more' },
});

const group = {
  StackId: 'arn:aws:cloudformation:us-east-1:444455556666:stack/jetway-vpc/1',
  LogicalResourceId: 'Group',
  PhysicalResourceId: 'sg-1',
  ResourceType: 'AWS::EC2::SecurityGroup',
  StackResourceDriftStatus: 'MODIFIED',
  PropertyDifferences: Array.from({ length: 5 }, (_, i) => ({
    PropertyPath: `/SecurityGroupIngress/${i}/CidrIp`,
    ExpectedValue: '10.0.0.0/8',
    ActualValue: 'x'.repeat(500),
    DifferenceType: 'NOT_EQUAL',
  })),
};

const vpcOf = (seen: DriftChecked) => seen.stacks.find((stack) => stack.stackName === 'jetway-vpc');

describe('an account that has everything', () => {
  it('is said to be as planned, with evidence for each thing', async () => {
    const { walked, found } = await check();
    expect(walked.status).toBe('SUCCEEDED');
    expect(found).toMatchObject({
      checkId: 'drift-1',
      region: 'us-east-1',
      stacks: [
        { stackName: 'jetway-execution-role', state: 'COMPARED', changed: 0, digest: DIGEST('1') },
        {
          stackName: 'jetway-vpc',
          state: 'COMPARED',
          changed: 0,
          digest: DIGEST('2'),
          detections: ['of-jetway-vpc'],
        },
      ],
      policies: [{ policyName: 'jetway-aaaa', state: 'ATTACHED' }],
      rules: [{ ruleName: 'jetway-volumes', state: 'ACTIVE' }],
      controls: [
        { control: 'AWS-GR_REGION_DENY', state: 'ENFORCED' },
        { control: 'AWS-GR_CLOUDTRAIL_ENABLED', state: 'ENFORCED' },
      ],
      trouble: [],
    });
  });

  it('is only read', async () => {
    const { walked } = await check();
    const reads = /:(describe|list|get|detect|sendMessage)/;
    expect(walked.calls.map((call) => call.action).filter((action) => !reads.test(action))).toEqual([]);
    const roles = new Set(walked.calls.map((call) => call.role?.split('/').at(-1)));
    expect(roles).toEqual(new Set(['AWSControlTowerExecution', 'jetway-execution', undefined]));
  });

  it('is ordered by the time of the start', async () => {
    const { walked } = await check();
    expect(walked.facts[0]?.order).toBe(Date.parse('2026-03-04T10:00:00Z'));
  });

  it('may have been planned with next to nothing', async () => {
    const { found } = await check(
      {},
      {},
      { ...input, stacks: [], instances: [], policies: [], rules: [], controls: [] },
    );
    expect(found).toEqual({
      checkId: 'drift-1',
      region: 'us-east-1',
      stacks: [],
      instances: [],
      policies: [],
      rules: [],
      controls: [],
      trouble: [],
    });
  });
});

describe('what is not as planned', () => {
  it('is a resource that was changed, cut short', async () => {
    const { found } = await check(drifted(group));
    expect(vpcOf(found)).toMatchObject({ state: 'COMPARED', changed: 1 });
    const [resource] = vpcOf(found)?.resources ?? [];
    expect(resource).toMatchObject({ logicalId: 'Group', difference: 'MODIFIED', changes: 5 });
    expect(resource?.properties).toHaveLength(3);
    expect(resource?.properties[0]?.actual).toHaveLength(200);
  });

  it('is a stack that is gone, broken, or made from another template', async () => {
    const gone = {
      'cloudformation:describeStacks': [
        refuse(missing, 'Stack does not exist'),
        refuse(missing, 'Stack does not exist'),
      ],
    };
    const { stacks } = (await check({}, gone)).found;
    expect(stacks.map((s) => [s.state, s.detections])).toEqual([
      ['MISSING', []],
      ['MISSING', []],
    ]);
    const stack = (StackStatus: string) => () => ({ Stacks: [{ StackStatus, Tags: [] }] });
    const broken = await check({ 'cloudformation:describeStacks': stack('UPDATE_ROLLBACK_FAILED') });
    expect(vpcOf(broken.found)).toMatchObject({ state: 'BROKEN', status: 'UPDATE_ROLLBACK_FAILED' });
    const deleted = await check({ 'cloudformation:describeStacks': stack('DELETE_COMPLETE') });
    expect(vpcOf(deleted.found)).toMatchObject({ state: 'MISSING' });
    const other = await check({ 'cloudformation:describeStacks': stack('UPDATE_COMPLETE') });
    expect(vpcOf(other.found)).toMatchObject({ state: 'COMPARED', digest: '' });
  });

  it('is an instance in another Region that is gone, out of date, changed or under an operation', async () => {
    const seen = async (change: World, script: Script = {}) =>
      (await check(change, script)).found.instances.map((one) => [
        one.name,
        one.region,
        one.state,
        one.drift,
      ]);
    expect(await seen({})).toEqual([
      ['vpc', 'eu-west-1', 'CURRENT', 'NOT_CHECKED'],
      ['vpc', 'eu-central-1', 'CURRENT', 'NOT_CHECKED'],
      ['guardrails-detective', 'eu-west-1', 'CURRENT', 'NOT_CHECKED'],
    ]);
    const summaries = (...Summaries: object[]) => ({
      'cloudformation:listStackInstances': () => ({ Summaries }),
    });
    expect(
      await seen(
        summaries(
          current('eu-west-1', { DriftStatus: 'DRIFTED' }),
          current('eu-central-1', { Status: 'OUTDATED', StackInstanceStatus: { DetailedStatus: 'RUNNING' } }),
        ),
      ),
    ).toEqual([
      ['vpc', 'eu-west-1', 'CURRENT', 'DRIFTED'],
      ['vpc', 'eu-central-1', 'UNKNOWN', 'NOT_CHECKED'],
      ['guardrails-detective', 'eu-west-1', 'CURRENT', 'DRIFTED'],
    ]);
    const gone = refuse('CloudFormation.StackSetNotFoundException', 'StackSet not found');
    expect(
      (await seen(summaries(), { 'cloudformation:listStackInstances': [gone] })).map((one) => one[2]),
    ).toEqual(['MISSING', 'MISSING', 'MISSING']);
  });

  it('is a policy that is detached or has another content', async () => {
    const bare = await check({ 'organizations:listPoliciesForTarget': () => ({ Policies: [] }) });
    expect(bare.found.policies).toMatchObject([{ state: 'MISSING' }]);
    const other = await check({ 'organizations:describePolicy': () => ({ Policy: { Content: '{ }' } }) });
    expect(other.found.policies).toMatchObject([{ state: 'CHANGED' }]);
  });

  it('is a rule that is gone or being deleted', async () => {
    const none = await check({ 'config:describeConfigRules': () => ({ ConfigRules: [] }) });
    expect(none.found.rules).toMatchObject([{ control: 'AWS-GR_ENCRYPTED_VOLUMES', state: 'MISSING' }]);
    const going = { ConfigRules: [{ ConfigRuleName: 'jetway-volumes', ConfigRuleState: 'DELETING' }] };
    const deleting = await check({ 'config:describeConfigRules': () => going });
    expect(deleting.found.rules).toMatchObject([{ state: 'DELETING' }]);
  });

  it('is a control that is disabled, failed or drifted, on every unit above', async () => {
    const enabled = (...EnabledControls: object[]) => ({
      'controltower:listEnabledControls': () => ({ EnabledControls }),
    });
    const states = async (world: World) => (await check(world)).found.controls.map((c) => c.state);
    expect(await states(enabled())).toEqual(['MISSING', 'MISSING']);
    expect(
      await states(
        enabled(
          listed('AWS-GR_REGION_DENY', 'FAILED'),
          listed('AWS-GR_CLOUDTRAIL_ENABLED', 'SUCCEEDED', 'DRIFTED'),
        ),
      ),
    ).toEqual(['FAILED', 'DRIFTED']);
  });

  it('is everything of the units when the account was left under the root', async () => {
    const root = { 'organizations:listParents': () => ({ Parents: [{ Id: 'r-ab12', Type: 'ROOT' }] }) };
    expect((await check(root)).found.controls.map((c) => c.state)).toEqual(['MISSING', 'MISSING']);
  });
});

describe('what could not be read', () => {
  it('leaves its area out, in words of AWS', async () => {
    const denied = times(20, refuse('Organizations.AccessDeniedException', 'not authorized'));
    const { walked, found } = await check(
      {},
      {
        'organizations:listPoliciesForTarget': denied,
        'config:describeConfigRules': times(20, refuse('States.TaskFailed', 'no such role')),
        'organizations:listParents': denied,
      },
    );
    expect(walked.status).toBe('SUCCEEDED');
    expect(found.trouble).toEqual([
      { area: 'policies', error: 'Organizations.AccessDeniedException', cause: 'not authorized' },
      { area: 'rules', error: 'States.TaskFailed', cause: 'no such role' },
      { area: 'controls', error: 'Organizations.AccessDeniedException', cause: 'not authorized' },
    ]);
    const sets = await check(
      {},
      { 'cloudformation:listStackInstances': times(40, refuse('States.TaskFailed', 'no')) },
    );
    expect(sets.found.trouble).toMatchObject([{ area: 'instances' }]);
    const contents = await check({}, { 'organizations:describePolicy': denied });
    expect(contents.found.trouble).toMatchObject([{ area: 'policies' }]);
    const controls = await check({}, { 'controltower:listEnabledControls': denied });
    expect(controls.found.trouble).toMatchObject([{ area: 'controls' }]);
  });

  it('is a stack that nobody may read, is busy, or whose detection does not end', async () => {
    const stackStates = async (world: World) => {
      const { found } = await check(world);
      return found.stacks.map((s) => `${s.state} ${s.why}`);
    };
    const raise = (text: string) => () => refuse(missing, text)(() => undefined);
    expect(await stackStates({ 'cloudformation:describeStacks': raise('Access Denied') })).toEqual(
      times(2, refuse('')).map(() => `UNKNOWN ${missing}: Access Denied`),
    );
    const noRole = () => refuse('States.TaskFailed', 'not authorized to assume')(() => undefined);
    expect((await stackStates({ 'cloudformation:describeStacks': noRole }))[1]).toContain('to assume');
    const busy = () => ({ Stacks: [{ StackStatus: 'UPDATE_IN_PROGRESS', Tags: [] }] });
    expect((await stackStates({ 'cloudformation:describeStacks': busy }))[1]).toContain('UPDATE_IN_PROGRESS');
    expect(
      (await stackStates({ 'cloudformation:detectStackDrift': raise('already in progress') }))[1],
    ).toContain('already in progress');
    const endless = () => ({ DetectionStatus: 'DETECTION_IN_PROGRESS' });
    expect((await stackStates({ 'cloudformation:describeStackDriftDetectionStatus': endless }))[1]).toContain(
      'does not come to an end',
    );
    expect(
      (await stackStates({ ...drifted(), 'cloudformation:describeStackResourceDrifts': raise('Rate') }))[1],
    ).toContain('Rate');
  });

  it('is one resource of a stack: the others are compared', async () => {
    const { found } = await check({
      ...drifted(group),
      'cloudformation:describeStackDriftDetectionStatus': () => ({
        DetectionStatus: 'DETECTION_FAILED',
        DetectionStatusReason: 'AccessDenied for [Vpc]',
      }),
    });
    expect(vpcOf(found)).toMatchObject({
      state: 'PARTLY_COMPARED',
      changed: 1,
      why: 'AccessDenied for [Vpc]',
    });
  });

  it('waits while somebody else has a detection of the stack', async () => {
    const { found } = await check(
      {},
      {
        'cloudformation:detectStackDrift': [refuse(missing, 'already in progress')],
        'cloudformation:describeStacks': [
          answer({ Stacks: [{ StackStatus: 'UPDATE_IN_PROGRESS', Tags: [] }] }),
        ],
      },
    );
    expect(found.stacks.map((s) => s.state)).toEqual(['COMPARED', 'COMPARED']);
  });
});

afterAll(() => {
  const unvisited = statesOf(accountDrift)
    .map(([name]) => name)
    .filter((name) => !visited.has(name));
  expect(
    unvisited.filter((name) => !name.endsWith('(role)')),
    'states that no walk has visited',
  ).toEqual([]);
});

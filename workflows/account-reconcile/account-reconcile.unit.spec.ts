import { afterAll, describe, expect, it } from 'vitest';
import { statesOf } from '../asl/walk.ts';
import { refuse, type Script, times, type Walked, walk } from '../walk.fixture.ts';
import { accountReconcile } from './definition.ts';
import { AccountReconcileInput } from './input.schema.ts';

const ACCOUNT = '444455556666';
const SNAPSHOT = `account-${ACCOUNT}-1`;
const JETWAY = `arn:aws:iam::${ACCOUNT}:role/jetway-execution`;
const visited = new Set<string>();

type Args = { [key: string]: unknown };
type World = Record<string, (args: Args) => unknown>;

const input = (stackSets: string[] = ['jetway-vpc-2', 'jetway-gone-3']) =>
  AccountReconcileInput.parse({ snapshotId: SNAPSHOT, accountId: ACCOUNT, stackSets });

const rule = (ConfigRuleName: string, ComplianceType: string) => ({
  ConfigRuleName,
  Compliance: { ComplianceType },
});
const result = (ConfigRuleName: string, ResourceId: string, more: object = {}) => ({
  EvaluationResultIdentifier: {
    EvaluationResultQualifier: { ConfigRuleName, ResourceType: 'AWS::S3::Bucket', ResourceId },
    OrderingTimestamp: '2026-03-04T09:00:00.123Z',
  },
  ComplianceType: 'COMPLIANT',
  ResultRecordedTime: '2026-03-04T09:00:01.000Z',
  ...more,
});
/** Two pages of whatever: the second is asked for with the token of the first. */
const there = (ConfigRuleName: string, AwsRegion: string, ComplianceType: string) => ({
  ...rule(ConfigRuleName, ComplianceType),
  AccountId: ACCOUNT,
  AwsRegion,
});
const pages = (key: string, first: unknown[], second: unknown[]) => (args: Args) =>
  args.NextToken === undefined ? { [key]: first, NextToken: 'more' } : { [key]: second };

function world(): World {
  return {
    'organizations:listPoliciesForTarget': pages(
      'Policies',
      [{ Id: 'p-FullAWSAccess', Name: 'FullAWSAccess' }],
      [{ Id: 'p-jetwayaaaa', Name: 'jetway-aaaa' }],
    ),
    'cloudformation:listStacks': pages(
      'StackSummaries',
      [{ StackName: 'jetway-vpc', StackStatus: 'CREATE_COMPLETE' }],
      [
        { StackName: 'jetway-old', StackStatus: 'DELETE_COMPLETE' },
        { StackName: 'somebody-elses', StackStatus: 'CREATE_COMPLETE' },
      ],
    ),
    'cloudformation:listStackInstances': pages(
      'Summaries',
      [{ Region: 'eu-west-1', Status: 'CURRENT' }],
      [{ Region: 'eu-central-1', Status: 'OUTDATED' }],
    ),
    'config:describeComplianceByConfigRule': pages(
      'ComplianceByConfigRules',
      [rule('jetway-one', 'COMPLIANT'), rule('jetway-nothing', 'INSUFFICIENT_DATA')],
      [rule('jetway-two', 'NON_COMPLIANT')],
    ),
    'config:getComplianceDetailsByConfigRule': ({ ConfigRuleName, NextToken }) => {
      const name = String(ConfigRuleName);
      if (name === 'jetway-one') return { EvaluationResults: [result(name, 'a')] };
      return NextToken === undefined
        ? { EvaluationResults: [], NextToken: 'more' }
        : {
            EvaluationResults: [
              result(name, 'b', { ComplianceType: 'NON_COMPLIANT', Annotation: 'It is open.' }),
            ],
          };
    },
    'config:describeAggregateComplianceByConfigRules': pages(
      'AggregateComplianceByConfigRules',
      [
        there('jetway-one', 'us-east-1', 'COMPLIANT'),
        there('jetway-nothing', 'eu-west-1', 'INSUFFICIENT_DATA'),
      ],
      [there('jetway-three', 'eu-west-1', 'NON_COMPLIANT')],
    ),
    'config:getAggregateComplianceDetailsByConfigRule': ({ ConfigRuleName, AwsRegion, NextToken }) => {
      const AggregateEvaluationResults = [
        {
          ...result(String(ConfigRuleName), NextToken === undefined ? 'c' : 'd'),
          AccountId: ACCOUNT,
          AwsRegion,
        },
      ];
      return { AggregateEvaluationResults, ...(NextToken === undefined ? { NextToken: 'more' } : {}) };
    },
  };
}

async function read(change: World = {}, script: Script = {}, given = input()): Promise<Walked> {
  const answers = { ...world(), ...change };
  const walked = await walk({
    name: 'account-reconcile',
    definition: accountReconcile,
    executionName: SNAPSHOT,
    input: given,
    world: (action, args) => answers[action]?.(args) ?? {},
    script,
    asks: {},
  });
  for (const state of walked.visited) visited.add(state);
  return walked;
}

const valuesOf = (walked: Walked, kind: string): Args[] =>
  walked.facts
    .filter((fact) => fact.type === 'SnapshotPart' && fact.data.kind === kind)
    .map((fact) => fact.data.value as Args);
const resultsOf = (walked: Walked) =>
  valuesOf(walked, 'account-compliance').flatMap((value) => value.Results as Args[]);

describe('a whole account', async () => {
  const walked = await read();

  it('numbers its parts, and says how many there were', () => {
    expect(walked.status).toBe('SUCCEEDED');
    const parts = walked.facts.filter((fact) => fact.type === 'SnapshotPart').map((fact) => fact.data.part);
    expect(parts).toEqual(parts.map((_, index) => index + 1));
    expect(walked.facts.at(-1)).toMatchObject({
      type: 'SnapshotCompleted',
      data: { snapshotId: SNAPSHOT, parts: parts.length },
    });
  });

  it('says which account, and from when on it was read', () => {
    expect(valuesOf(walked, 'account')).toEqual([
      { AccountId: ACCOUNT, Region: 'us-east-1', ReadFrom: '2026-03-04T10:00:00.000Z' },
    ]);
  });

  it('says its policies, its stacks of ours that are there, and its instances', () => {
    expect(valuesOf(walked, 'account-policies')).toEqual([
      {
        Policies: [
          { Id: 'p-FullAWSAccess', Name: 'FullAWSAccess' },
          { Id: 'p-jetwayaaaa', Name: 'jetway-aaaa' },
        ],
      },
    ]);
    expect(valuesOf(walked, 'account-stacks')).toEqual([
      { Stacks: [{ Name: 'jetway-vpc', Status: 'CREATE_COMPLETE' }] },
    ]);
    const Instances = [
      { Region: 'eu-west-1', Status: 'CURRENT' },
      { Region: 'eu-central-1', Status: 'OUTDATED' },
    ];
    expect(valuesOf(walked, 'account-instances')).toEqual([
      { StackSetName: 'jetway-vpc-2', Instances },
      { StackSetName: 'jetway-gone-3', Instances },
    ]);
  });

  it('says every result that Config has, by the time that orders it', () => {
    const common = { ResourceType: 'AWS::S3::Bucket', Ordering: '2026-03-04T09:00:00.123Z' };
    expect(resultsOf(walked)).toEqual([
      { ...common, Rule: 'jetway-one', ResourceId: 'a', Compliance: 'COMPLIANT' },
      {
        ...common,
        Rule: 'jetway-two',
        ResourceId: 'b',
        Compliance: 'NON_COMPLIANT',
        Annotation: 'It is open.',
      },
      // In other Regions, as the aggregator at home knows them.
      { ...common, Region: 'eu-west-1', Rule: 'jetway-three', ResourceId: 'c', Compliance: 'COMPLIANT' },
      { ...common, Region: 'eu-west-1', Rule: 'jetway-three', ResourceId: 'd', Compliance: 'COMPLIANT' },
    ]);
    expect(valuesOf(walked, 'account-regions')).toEqual([{ Regions: ['eu-west-1'] }]);
    const asked = walked.calls.filter((call) => call.action === 'config:getComplianceDetailsByConfigRule');
    expect(asked.map((call) => (call.arguments as Args).ConfigRuleName)).not.toContain('jetway-nothing');
  });

  it('works in the account as jetway-execution, and only reads', () => {
    const abroad = walked.calls.filter((call) => /^config:|:listStacks$/.test(call.action));
    const own = abroad.filter((call) => call.action.includes('Aggregate'));
    expect(new Set(own.map((call) => call.role))).toEqual(new Set([undefined]));
    const inAccount = abroad.filter((call) => !own.includes(call));
    expect(new Set(inAccount.map((call) => call.role))).toEqual(new Set([JETWAY]));
    const verbs = walked.calls.map((call) => call.action.split(':')[1] ?? '');
    expect(verbs.filter((verb) => !/^(describe|list|get|sendMessage)/.test(verb))).toEqual([]);
  });
});

describe('an account', () => {
  it('without stack sets, without rules has a whole snapshot all the same', async () => {
    const walked = await read(
      {
        'config:describeComplianceByConfigRule': () => ({ ComplianceByConfigRules: [] }),
        'config:describeAggregateComplianceByConfigRules': () => ({ AggregateComplianceByConfigRules: [] }),
      },
      {},
      input([]),
    );
    expect(walked.status).toBe('SUCCEEDED');
    expect(valuesOf(walked, 'account-compliance')).toEqual([{ Results: [] }, { Results: [] }]);
    expect(valuesOf(walked, 'account-regions')).toEqual([{ Regions: [] }]);
    expect(valuesOf(walked, 'account-instances')).toEqual([]);
  });

  it('whose stack set or rule goes away meanwhile has none of it', async () => {
    const walked = await read(undefined, {
      'cloudformation:listStackInstances': [refuse('CloudFormation.StackSetNotFoundException')],
      'config:getComplianceDetailsByConfigRule': [refuse('Config.NoSuchConfigRuleException')],
    });
    expect(valuesOf(walked, 'account-instances')[0]).toEqual({ StackSetName: 'jetway-vpc-2', Instances: [] });
    expect(resultsOf(walked).map((one) => one.Rule)).toEqual(['jetway-two', 'jetway-three', 'jetway-three']);
  });

  it('of an organization without the aggregator is read at home, and nothing is said of other Regions', async () => {
    const walked = await read(undefined, {
      'config:describeAggregateComplianceByConfigRules': [
        refuse('Config.NoSuchConfigurationAggregatorException'),
      ],
    });
    expect(walked.status).toBe('SUCCEEDED');
    expect(valuesOf(walked, 'account-regions')).toEqual([]);
    expect(resultsOf(walked).map((one) => one.Rule)).toEqual(['jetway-one', 'jetway-two']);
  });

  it('with many results elsewhere says them in parts that a message holds', async () => {
    const walked = await read({
      'config:getAggregateComplianceDetailsByConfigRule': ({ ConfigRuleName, AwsRegion, NextToken }) => {
        const from = Number(NextToken ?? 0);
        const AggregateEvaluationResults = Array.from({ length: 100 }, (_, n) => ({
          ...result(String(ConfigRuleName), `bucket-${from + n}`),
          AwsRegion,
        }));
        return { AggregateEvaluationResults, ...(from < 200 ? { NextToken: String(from + 100) } : {}) };
      },
    });
    const sizes = valuesOf(walked, 'account-compliance').map((value) => (value.Results as unknown[]).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(302);
    expect(Math.max(...sizes)).toBeLessThan(150);
  }, 60_000);

  it('with thousands of results says them in parts that a message holds', async () => {
    const many = (ConfigRuleName: unknown, from: number) =>
      Array.from({ length: 100 }, (_, n) => result(String(ConfigRuleName), `bucket-${from + n}`));
    const walked = await read({
      'config:getComplianceDetailsByConfigRule': ({ ConfigRuleName, NextToken }) => {
        const from = Number(NextToken ?? 0);
        const results = { EvaluationResults: many(ConfigRuleName, from) };
        return from < 900 ? { ...results, NextToken: String(from + 100) } : results;
      },
    });
    const sizes = valuesOf(walked, 'account-compliance').map((value) => (value.Results as unknown[]).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(2_002);
    expect(Math.max(...sizes)).toBeLessThan(150);
  }, 60_000);

  it('with more results than an execution can read is not read, before the history is full', async () => {
    const walked = await read({
      'config:getComplianceDetailsByConfigRule': ({ ConfigRuleName }) => ({
        EvaluationResults: Array.from({ length: 50 }, (_, n) => result(String(ConfigRuleName), `b-${n}`)),
        NextToken: 'for ever',
      }),
    });
    expect(walked.facts.at(-1)).toMatchObject({ type: 'SnapshotFailed', data: { error: 'AccountTooLarge' } });
    expect(walked.events).toBeLessThan(25_000);
  }, 120_000);
});

describe('a snapshot with a hole is none', () => {
  const tasks = statesOf(accountReconcile).flatMap(([name, state]) =>
    state.Type === 'Task' && state.Resource.includes('aws-sdk')
      ? [[name, state.Resource.split('aws-sdk:')[1] ?? '']]
      : [],
  );
  it.each(tasks)('%s fails', async (_name, action) => {
    const walked = await read(undefined, {
      [action]: times(9, refuse('States.TaskFailed', 'not authorized to assume the role')),
    });
    expect(walked.facts.at(-1)).toMatchObject({
      type: 'SnapshotFailed',
      data: {
        snapshotId: SNAPSHOT,
        error: 'States.TaskFailed',
        cause: 'not authorized to assume the role',
      },
    });
    expect(walked.status).toBe('FAILED');
  });

  it('a part cannot be said', async () => {
    const walked = await read(undefined, {
      'fact:SnapshotPart': times(9, refuse('SQS.AmazonSQSException')),
    });
    expect(walked.facts.map((fact) => fact.type)).toEqual(['SnapshotFailed']);
  });
});

afterAll(() => {
  const missing = statesOf(accountReconcile)
    .map(([name]) => name)
    .filter((name) => !visited.has(name));
  expect(missing, 'states that no walk has visited').toEqual([]);
});

import { beforeEach, describe, expect, it } from 'vitest';
import { deploy } from '../deploy.ts';
import { codeOf, openTestAws, type TestAws } from '../local-aws.fixture.ts';
import { putResource } from './account-resources.ts';

let aws: TestAws;
beforeEach(async () => {
  aws = await openTestAws();
});
const events = (action: string, input: unknown) => aws.call('events', action, input);
const entry = (more: object = {}) => ({
  Source: 'jetway',
  DetailType: 'AccountVended',
  Detail: '{"n":1}',
  ...more,
});
const put = (...Entries: object[]) => events('PutEvents', { Entries });
const inbox = (): { source: string; account: string; detail: { eventName?: string } }[] => {
  const { Messages = [] } = aws.call('sqs', 'ReceiveMessage', {
    QueueUrl: 'jetway-inbox',
    MaxNumberOfMessages: 10,
  });
  return Messages.map(({ Body }: { Body: string }) => JSON.parse(Body));
};
const MEMBER = '444455556666';
const compliance = (account = MEMBER) => ({
  'detail-type': 'Config Rules Compliance Change',
  source: 'aws.config',
  account,
  region: 'us-east-1',
  resources: [],
  detail: { configRuleName: 'jetway-x' },
});

describe('PutEvents', () => {
  it('delivers after a while what the caller said, with an id and account of its own', async () => {
    const { Entries, FailedEntryCount } = put(entry({ Time: '2020-01-01T00:00:00Z', Resources: ['arn:x'] }));
    expect(FailedEntryCount).toBe(0);
    expect(aws.received()).toEqual([]);
    await aws.settle();
    expect(aws.received()).toEqual([
      {
        version: '0',
        id: Entries[0].EventId,
        'detail-type': 'AccountVended',
        source: 'jetway',
        account: '111122223333',
        time: '2020-01-01T00:00:00Z',
        region: 'us-east-1',
        resources: ['arn:x'],
        detail: { n: 1 },
      },
    ]);
  });

  it('refuses entry by entry', async () => {
    const answer = put(
      entry({ Source: 'aws.controltower' }),
      entry({ Detail: 'no' }),
      entry({ Detail: '[]' }),
      { Source: 'jetway', Detail: '{}' },
      entry({ EventBusName: 'nowhere' }),
      entry(),
    );
    expect(answer.FailedEntryCount).toBe(5);
    expect(answer.Entries.map(({ ErrorCode }: { ErrorCode?: string }) => ErrorCode)).toEqual([
      'NotAuthorizedForSourceException',
      'MalformedDetail',
      'MalformedDetail',
      'InvalidArgument',
      'ResourceNotFoundException',
      undefined,
    ]);
    await aws.settle();
    expect(aws.received()).toHaveLength(1);
  });

  it('takes ten entries and a megabyte', () => {
    expect(codeOf(() => put(...new Array(11).fill(entry())))).toBe('ValidationException');
    const Detail = JSON.stringify({ text: 'x'.repeat(600_000) });
    expect(codeOf(() => put(entry({ Detail }), entry({ Detail })))).toBe('ValidationException');
  });
});

describe('rules', () => {
  it('keep to their bus, their pattern and their state', async () => {
    events('CreateEventBus', { Name: 'own' });
    expect(codeOf(() => events('CreateEventBus', { Name: 'own' }))).toBe('ResourceAlreadyExistsException');
    const { Attributes } = aws.call('sqs', 'GetQueueAttributes', {
      QueueUrl: 'everything',
      AttributeNames: ['QueueArn'],
    });
    const Targets = [{ Id: 'q', Arn: Attributes.QueueArn, InputPath: '$.detail' }];
    events('PutRule', { Name: 'r', EventBusName: 'own', EventPattern: '{"detail":{"n":[1]}}' });
    events('PutTargets', { Rule: 'r', EventBusName: 'own', Targets });
    put(entry({ EventBusName: 'own' }), entry({ EventBusName: 'own', Detail: '{"n":2}' }));
    await aws.settle();
    expect(aws.received()).toEqual([{ n: 1 }]);
    events('DisableRule', { Name: 'r', EventBusName: 'own' });
    put(entry({ EventBusName: 'own' }));
    await aws.settle();
    expect(aws.received()).toEqual([]);
    expect(events('DescribeRule', { Name: 'r', EventBusName: 'own' })).toMatchObject({ State: 'DISABLED' });
    expect(events('ListTargetsByRule', { Rule: 'r', EventBusName: 'own' }).Targets).toEqual(Targets);
    expect(events('ListRules', { EventBusName: 'own' }).Rules).toHaveLength(1);
    expect(codeOf(() => events('DeleteRule', { Name: 'r', EventBusName: 'own' }))).toBe(
      'ValidationException',
    );
    events('RemoveTargets', { Rule: 'r', EventBusName: 'own', Ids: ['q'] });
    events('DeleteRule', { Name: 'r', EventBusName: 'own' });
    expect(codeOf(() => events('DescribeRule', { Name: 'r', EventBusName: 'own' }))).toBe(
      'ResourceNotFoundException',
    );
  });

  it.each<[string, string, object]>([
    ['InvalidEventPatternException', 'PutRule', { Name: 'r', EventPattern: '{"source":"x"}' }],
    ['InvalidEventPatternException', 'PutRule', { Name: 'r', EventPattern: 'no' }],
    ['ValidationException', 'PutRule', { Name: 'r', ScheduleExpression: 'rate(1 minute)' }],
    [
      'ResourceNotFoundException',
      'PutTargets',
      { Rule: 'none', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:111122223333:q' }] },
    ],
    [
      'ValidationException',
      'PutTargets',
      { Rule: 'everything', Targets: [{ Id: 'q', Arn: 'arn:aws:lambda:us-east-1:111122223333:function:f' }] },
    ],
    [
      'ValidationException',
      'PutTargets',
      {
        Rule: 'everything',
        Targets: [{ Id: 'm', Arn: 'arn:aws:states:us-east-1:111122223333:stateMachine:m' }],
      },
    ],
  ])('%s from %s', (code, action, input) => {
    expect(codeOf(() => events(action, input))).toBe(code);
  });

  it('can be tried without an event on a bus', () => {
    const test = (EventPattern: string) =>
      events('TestEventPattern', { EventPattern, Event: '{"source":"a"}' }).Result;
    expect([test('{"source":["a"]}'), test('{"source":["b"]}')]).toEqual([true, false]);
  });
});

describe('what Jetway deploys', () => {
  const machine = {
    name: 'account-fence',
    definition: JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'Done',
      States: { Done: { Type: 'Succeed' } },
    }),
  };

  it('starts the fence for every new account, and tells the inbox', async () => {
    deploy(aws, [machine]);
    deploy(aws, [machine]);
    aws.call('organizations', 'CreateAccount', { AccountName: 'orders', Email: 'orders@example.com' });
    await aws.settle();
    const executions = aws.call('stepfunctions', 'ListExecutions', {
      stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:account-fence',
    }).executions;
    expect(executions).toMatchObject([{ status: 'SUCCEEDED' }]);
    const { input } = aws.call('stepfunctions', 'DescribeExecution', {
      executionArn: executions[0].executionArn,
    });
    expect(JSON.parse(input)).toMatchObject({
      source: 'aws.organizations',
      detail: { eventName: 'CreateAccountResult' },
    });
    const told = inbox();
    const names = told
      .filter(({ source }) => source === 'aws.organizations')
      .map(({ detail }) => detail.eventName);
    expect(names.sort()).toEqual(['AccountJoinedOrganization', 'CreateAccount', 'CreateAccountResult']);
    expect(told.map(({ source }) => source)).toContain('aws.states');
  });

  it('hears of a member account only by the rule that its stack made', async () => {
    deploy(aws, []);
    aws.world.emit(compliance());
    await aws.settle();
    expect(inbox()).toEqual([]);
    const Arn = 'arn:aws:events:us-east-1:111122223333:event-bus/jetway';
    aws.world.store.transaction(() =>
      putResource(aws.world.store, {
        type: 'AWS::Events::Rule',
        id: 'jetway-compliance',
        accountId: MEMBER,
        region: 'us-east-1',
        properties: {
          EventPattern: { source: ['aws.config'], account: [MEMBER] },
          Targets: [{ Id: 'bus', Arn }],
        },
        attributes: { Arn: `arn:aws:events:us-east-1:${MEMBER}:rule/jetway-compliance` },
        createdAt: '2026-03-04T10:00:00Z',
      }),
    );
    aws.world.emit(compliance());
    aws.world.emit(compliance('111122223333'));
    await aws.settle();
    expect(inbox()).toMatchObject([{ source: 'aws.config', account: MEMBER }]);
  });
});

describe('delivery faults', () => {
  const send = async (count: number) => {
    for (let n = 0; n < count; n++) put(entry({ Detail: `{"n":${n}}` }));
    await aws.settle();
    return aws.received().map(({ detail }) => detail.n as number);
  };

  it('drop, double and shuffle', async () => {
    aws.events.faults.dropRate = 1;
    expect(await send(5)).toEqual([]);
    expect(aws.events.counts.dropped).toBe(5);
    Object.assign(aws.events.faults, { dropRate: 0, duplicateRate: 1 });
    expect((await send(5)).sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    Object.assign(aws.events.faults, { duplicateRate: 0, shuffleMs: 3_600_000 });
    const numbers = await send(20);
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers).toHaveLength(20);
  });

  it('put what cannot be delivered on the dead-letter queue of the target', async () => {
    const DeadLetterConfig = { Arn: 'arn:aws:sqs:us-east-1:111122223333:everything' };
    const Arn = 'arn:aws:sqs:us-east-1:111122223333:gone';
    events('PutRule', { Name: 'lost', EventPattern: '{"source":["jetway"]}' });
    events('PutTargets', { Rule: 'lost', Targets: [{ Id: 'gone', Arn, DeadLetterConfig }] });
    put(entry());
    await aws.settle();
    expect(aws.received()).toContainEqual(expect.objectContaining({ code: 'QueueDoesNotExist' }));
  });
});

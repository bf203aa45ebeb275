import { describe, expect, it } from 'vitest';
import { ask, call, type Harness, harness, machine, ROLE, START_MS, tokenOf } from './harness.ts';
import { TaskError } from './task.ts';

const quick = machine('Do', { Do: { Type: 'Pass', End: true } });
const asking = machine('Ask', { Ask: ask({ End: true }) });
const ARN = 'arn:aws:states:us-east-1:111122223333:';
const code = (expected: string, message?: string) =>
  expect.objectContaining({
    code: expected,
    ...(message ? { message: expect.stringContaining(message) } : {}),
  });
const DAY_MS = 86_400_000;

/** A world with the machine `one`. */
function world(definition: object = quick, options: Parameters<typeof harness>[0] = {}): Harness {
  const made = harness(options);
  made.create('one', definition);
  return made;
}

describe('state machines', () => {
  it('are created once', () => {
    const { api } = world();
    const again = { name: 'one', definition: JSON.stringify(quick), roleArn: ROLE };
    expect(api('CreateStateMachine', again)).toEqual({
      stateMachineArn: `${ARN}stateMachine:one`,
      creationDate: '2026-03-04T10:00:00.000Z',
    });
    expect(() => api('CreateStateMachine', { ...again, roleArn: 'other' })).toThrow(
      code('StateMachineAlreadyExists'),
    );
    expect(() => api('CreateStateMachine', { ...again, name: 'a b' })).toThrow(code('InvalidName'));
    expect(() => api('CreateStateMachine', { ...again, name: 'x', definition: '{}' })).toThrow(
      code('InvalidDefinition'),
    );
    const express = { ...again, name: 'x', type: 'EXPRESS' };
    expect(() => api('CreateStateMachine', express)).toThrow(code('StateMachineTypeNotSupported'));
  });

  it('are described and listed', () => {
    const made = world();
    made.create('two', quick);
    expect(made.api('DescribeStateMachine', { stateMachineArn: `${ARN}stateMachine:two` })).toMatchObject({
      name: 'two',
      status: 'ACTIVE',
      type: 'STANDARD',
      roleArn: ROLE,
      definition: JSON.stringify(quick),
    });
    const first = made.api('ListStateMachines', { maxResults: 1 });
    expect(first.stateMachines).toMatchObject([{ name: 'one' }]);
    const second = made.api('ListStateMachines', { maxResults: 1, nextToken: first.nextToken });
    expect(second).toMatchObject({ stateMachines: [{ name: 'two' }] });
    expect(second.nextToken).toBeUndefined();
    expect(() => made.api('DescribeStateMachine', { stateMachineArn: `${ARN}stateMachine:no` })).toThrow(
      code('StateMachineDoesNotExist'),
    );
    expect(() => made.api('DescribeStateMachine', { stateMachineArn: 'one' })).toThrow(code('InvalidArn'));
  });

  it('are checked on demand', () => {
    const { api } = world();
    expect(api('ValidateStateMachineDefinition', { definition: JSON.stringify(quick) }).result).toBe('OK');
    expect(api('ValidateStateMachineDefinition', { definition: '{}' })).toMatchObject({
      result: 'FAIL',
      diagnostics: [{ severity: 'ERROR', location: '/' }, { location: '/QueryLanguage' }],
    });
  });

  it('may change while executions are open: those keep what they started with', async () => {
    const made = world(machine('Ask', { Ask: ask({ Output: 'old', End: true }) }));
    const arn = made.begin('one', {}, 'a');
    await made.run();
    const stateMachineArn = `${ARN}stateMachine:one`;
    const definition = JSON.stringify(machine('New', { New: { Type: 'Pass', Output: 'new', End: true } }));
    const updated = made.api('UpdateStateMachine', { stateMachineArn, definition, roleArn: 'arn:new' });
    expect(made.api('UpdateStateMachine', { stateMachineArn, definition }).revisionId).toBe(
      updated.revisionId,
    );
    const after = made.begin('one', {}, 'b');
    made.api('SendTaskSuccess', { taskToken: tokenOf(made.calls()[0]), output: '{}' });
    await made.run();
    expect(made.describe(arn).output).toBe('"old"');
    expect(made.describe(after).output).toBe('"new"');
    expect(made.api('DescribeStateMachineForExecution', { executionArn: arn })).toMatchObject({
      definition: expect.stringContaining('"old"'),
      roleArn: ROLE,
    });
    expect(() => made.api('UpdateStateMachine', { stateMachineArn })).toThrow(
      code('MissingRequiredParameter'),
    );
  });
});

describe('StartExecution', () => {
  const start = (made: Harness, rest: object) =>
    made.api('StartExecution', { stateMachineArn: `${ARN}stateMachine:one`, ...rest });

  it('is idempotent while the execution runs, and only with the same input', async () => {
    const made = world(asking);
    const first = start(made, { name: 'a', input: '{"n":1}' });
    await made.run(START_MS + 5000);
    expect(start(made, { name: 'a', input: '{"n":1}' })).toEqual(first);
    expect(() => start(made, { name: 'a', input: '{"n":2}' })).toThrow(
      code('ExecutionAlreadyExists', `${ARN}execution:one:a`),
    );
    made.api('SendTaskSuccess', { taskToken: tokenOf(made.calls()[0]), output: '{}' });
    await made.run();
    expect(() => start(made, { name: 'a', input: '{"n":1}' })).toThrow(code('ExecutionAlreadyExists'));
    expect(made.calls()).toHaveLength(1);
  });

  it('frees a name 90 days after its end', async () => {
    const made = world();
    const arn = made.begin('one', { n: 1 }, 'a');
    await made.run();
    made.clock.advanceTo(START_MS + 90 * DAY_MS - 1);
    expect(() => start(made, { name: 'a' })).toThrow(code('ExecutionAlreadyExists'));
    made.clock.advanceTo(START_MS + 90 * DAY_MS);
    expect(() => made.describe(arn)).toThrow(code('ExecutionDoesNotExist'));
    made.begin('one', { n: 2 }, 'a');
    await made.run();
    expect(made.describe(arn).input).toBe('{"n":2}');
    expect(made.engine.executions()).toHaveLength(1);
  });

  it.each([
    [{ name: 'with blank ' }, 'InvalidName'],
    [{ name: 'a/b' }, 'InvalidName'],
    [{ input: '{' }, 'InvalidExecutionInput'],
    [{ input: '' }, 'InvalidExecutionInput'],
    [{ input: JSON.stringify('é'.repeat(131_072)) }, 'InvalidExecutionInput'],
    [{ stateMachineArn: `${ARN}stateMachine:no` }, 'StateMachineDoesNotExist'],
    [{ stateMachineArn: `${ARN}execution:one:a` }, 'InvalidArn'],
  ])('refuses %j', (input, expected) => {
    expect(() => start(world(), input)).toThrow(code(expected));
  });

  it('makes a name up', () => {
    const made = world();
    expect(made.describe(made.begin('one')).name).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('DescribeExecution and ListExecutions', () => {
  it('tell how an execution stands', async () => {
    const made = world(machine('No', { No: { Type: 'Fail', Error: 'E', Cause: 'c' } }));
    const arn = made.begin('one', { a: 1 }, 'x');
    expect(made.describe(arn)).toEqual({
      executionArn: arn,
      stateMachineArn: `${ARN}stateMachine:one`,
      name: 'x',
      status: 'RUNNING',
      startDate: '2026-03-04T10:00:00.000Z',
      input: '{"a":1}',
      inputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
    });
    await made.run();
    expect(made.describe(arn)).toMatchObject({
      status: 'FAILED',
      error: 'E',
      cause: 'c',
      stopDate: '2026-03-04T10:00:00.000Z',
      redriveStatus: 'REDRIVABLE',
    });
    expect(
      made.api('DescribeExecution', { executionArn: arn, includedData: 'METADATA_ONLY' }).input,
    ).toBeUndefined();
    expect(() => made.describe(`${ARN}execution:one:y`)).toThrow(code('ExecutionDoesNotExist'));
    expect(() => made.describe('x')).toThrow(code('InvalidArn', 'Invalid ARN prefix: x'));
  });

  it('list the newest first, page by page', async () => {
    const made = world(asking);
    for (let n = 1; n <= 7; n++) made.begin('one', {}, `e${n}`);
    await made.run();
    const third = made.calls().find(({ executionArn }) => executionArn.endsWith(':e3'));
    made.api('SendTaskSuccess', { taskToken: tokenOf(third), output: '{}' });
    await made.run();
    const names: string[] = [];
    let nextToken: unknown;
    do {
      const page = made.api('ListExecutions', {
        stateMachineArn: `${ARN}stateMachine:one`,
        statusFilter: 'RUNNING',
        maxResults: 2,
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      names.push(...(page.executions as { name: string }[]).map(({ name }) => name));
      nextToken = page.nextToken;
      if (names.length === 2) made.begin('one', {}, 'e8');
    } while (nextToken !== undefined);
    expect(names).toEqual(['e7', 'e6', 'e5', 'e4', 'e2', 'e1']);
    const bad = { stateMachineArn: `${ARN}stateMachine:one`, nextToken: 'x' };
    expect(() => made.api('ListExecutions', bad)).toThrow(code('InvalidToken'));
  });
});

describe('GetExecutionHistory', () => {
  it('pages in either direction, with or without data', async () => {
    const made = world();
    const executionArn = made.begin('one', { secret: 1 });
    await made.run();
    const types = made.history(executionArn);
    const first = made.api('GetExecutionHistory', { executionArn, maxResults: 3 });
    const second = made.api('GetExecutionHistory', {
      executionArn,
      maxResults: 3,
      nextToken: first.nextToken,
    });
    const ids = (page: unknown) => (page as { events: { id: number }[] }).events.map(({ id }) => id);
    expect([ids(first), ids(second), second.nextToken]).toEqual([[1, 2, 3], [4], undefined]);
    const back = made.api('GetExecutionHistory', { executionArn, reverseOrder: true, maxResults: 3 });
    expect(ids(back)).toEqual([4, 3, 2]);
    expect(
      ids(made.api('GetExecutionHistory', { executionArn, reverseOrder: true, nextToken: back.nextToken })),
    ).toEqual([1]);
    expect(types).toHaveLength(4);
    expect(JSON.stringify(first)).toContain('secret');
    expect(
      JSON.stringify(made.api('GetExecutionHistory', { executionArn, includeExecutionData: false })),
    ).not.toContain('secret');
  });
});

describe('StopExecution', () => {
  it('stops at once, closes the token and takes the timers back', async () => {
    const made = world(
      machine('Ask', { Ask: ask({ TimeoutSeconds: 99, End: true }) }, { TimeoutSeconds: 999 }),
    );
    const executionArn = made.begin('one');
    await made.engine.idle();
    expect(made.timers()).toHaveLength(2);
    const { stopDate } = made.api('StopExecution', { executionArn, error: 'Cancelled', cause: 'by Ana' });
    expect(made.describe(executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Cancelled',
      cause: 'by Ana',
      stopDate,
    });
    expect(made.timers()).toEqual([]);
    const taskToken = tokenOf(made.calls()[0]);
    expect(() => made.api('SendTaskSuccess', { taskToken, output: '1' })).toThrow(code('TaskTimedOut'));
    await made.run(START_MS + 1000);
    expect(made.api('StopExecution', { executionArn })).toEqual({ stopDate });
    expect(made.history(executionArn).at(-1)).toBe('ExecutionAborted');
  });

  it('wins over a step that is being computed', async () => {
    const slow = '{% {"n": $sum($map([1..500], function($n) { $n * 2 }))} %}';
    const made = world(machine('Do', { Do: call('createPolicy', { Arguments: slow, End: true }) }));
    const executionArn = made.begin('one');
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    made.api('StopExecution', { executionArn });
    await made.run();
    expect(made.calls()).toEqual([]);
    expect(made.history(executionArn)).toEqual(['ExecutionStarted', 'TaskStateEntered', 'ExecutionAborted']);
  });
});

describe('TimeoutSeconds of a machine', () => {
  it('ends it in real time', async () => {
    const made = world(machine('Ask', { Ask: ask({ End: true }) }, { TimeoutSeconds: 60 }), {
      timeScale: 60,
    });
    const arn = made.begin('one');
    await made.run();
    expect(made.clock.now()).toBe(START_MS + 60_000);
    const { status, error } = made.describe(arn);
    expect({ status, error }).toEqual({ status: 'TIMED_OUT', error: undefined });
    expect(made.timers()).toEqual([]);
  });
});

describe('RedriveExecution', () => {
  const redrive = (made: Harness, executionArn: string, rest: object = {}) =>
    made.api('RedriveExecution', { executionArn, ...rest });

  it('goes on with the state that failed, and with the variables of before', async () => {
    let broken = true;
    const made = world(
      machine('First', {
        First: call('first', { Assign: { id: '{% $states.result.id %}' }, Output: {}, Next: 'Second' }),
        Second: call('second', {
          Arguments: { id: '{% $id %}', redrives: '{% $states.context.Execution.RedriveCount %}' },
          Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }],
          End: true,
        }),
      }),
      {
        dispatch: ({ resource }) => {
          if (broken && resource.endsWith('second')) throw new TaskError('Down', '');
          return { id: 7 };
        },
      },
    );
    const arn = made.begin('one');
    await made.run();
    expect(made.describe(arn).status).toBe('FAILED');
    broken = false;
    made.clock.advanceTo(START_MS + DAY_MS);
    const { redriveDate } = redrive(made, arn, { clientToken: 't' });
    await made.run();
    expect(made.describe(arn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, redriveDate });
    expect(made.calls().map(({ resource }) => resource.split(':')[2])).toEqual([
      'first',
      'second',
      'second',
      'second',
    ]);
    expect(made.calls().at(-1)?.arguments).toEqual({ id: 7, redrives: 1 });
    expect(made.history(arn).filter((type) => /Redriven|Execution|Entered/.test(type))).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskStateEntered',
      'ExecutionFailed',
      'ExecutionRedriven',
      'ExecutionSucceeded',
    ]);
    expect(redrive(made, arn, { clientToken: 't' })).toEqual({ redriveDate });
  });

  it('keeps the branches that were done', async () => {
    let broken = true;
    const named = (name: string, rest: object = {}) => ({
      StartAt: name,
      States: { [name]: call(name, { End: true, ...rest }) },
    });
    const made = world(
      machine('Fan', {
        Fan: {
          Type: 'Parallel',
          Branches: [
            named('done'),
            named('fails'),
            { StartAt: 'Sleep', States: { Sleep: { Type: 'Wait', Seconds: 9, Output: 'slept', End: true } } },
          ],
          Next: 'Each',
        },
        Each: {
          Type: 'Map',
          Items: [1, 2, 3],
          MaxConcurrency: 1,
          ItemProcessor: named('item', { Output: '{% $states.input %}' }),
          Output: '{% $append($states.input, $states.result) %}',
          End: true,
        },
      }),
      {
        dispatch: ({ resource, executionArn }) => {
          const second = made
            .calls()
            .filter((one) => one.resource === resource && one.executionArn === executionArn);
          if (broken && (resource.endsWith('fails') || (resource.endsWith('item') && second.length === 2))) {
            throw new TaskError('Down', '');
          }
          return { of: resource.split(':')[2] };
        },
      },
    );
    const arn = made.begin('one');
    await made.run();
    broken = false;
    redrive(made, arn);
    await made.engine.idle();
    broken = true;
    await made.run();
    expect(made.describe(arn).status).toBe('FAILED');
    broken = false;
    redrive(made, arn);
    await made.run();
    expect(JSON.parse(String(made.describe(arn).output))).toEqual([
      { of: 'done' },
      { of: 'fails' },
      'slept',
      1,
      2,
      3,
    ]);
    const calls = made.calls().map(({ resource }) => resource.split(':')[2]);
    expect(calls).toEqual(['done', 'fails', 'fails', 'item', 'item', 'item', 'item']);
    expect(made.timers()).toEqual([]);
  });

  it('does not make a call again whose result is there', async () => {
    const made = world(
      machine('Do', {
        Do: call('createPolicy', { Next: 'Wait' }),
        Wait: { Type: 'Wait', Seconds: 99, End: true },
      }),
    );
    const arn = made.begin('one');
    await made.run(START_MS + 50_000);
    made.api('StopExecution', { executionArn: arn });
    redrive(made, arn);
    await made.run();
    expect(made.describe(arn).status).toBe('SUCCEEDED');
    expect(made.clock.now()).toBe(START_MS + 149_000);
    expect(made.calls()).toHaveLength(1);
  });

  it('gives a new token for the one that was closed', async () => {
    const made = world(asking);
    const arn = made.begin('one');
    await made.run();
    made.api('StopExecution', { executionArn: arn });
    redrive(made, arn);
    await made.run();
    const [old, current] = made.calls().map(tokenOf);
    expect(() => made.api('SendTaskSuccess', { taskToken: old, output: '1' })).toThrow(code('TaskTimedOut'));
    made.api('SendTaskSuccess', { taskToken: current, output: '1' });
    await made.run();
    expect(made.describe(arn).status).toBe('SUCCEEDED');
  });

  it('is refused for what runs, succeeded, or ended more than 14 days ago', async () => {
    const made = world(asking);
    const arn = made.begin('one', {}, 'a');
    await made.run();
    expect(() => redrive(made, arn)).toThrow(code('ExecutionNotRedrivable', 'Execution is RUNNING'));
    made.api('SendTaskSuccess', { taskToken: tokenOf(made.calls()[0]), output: '1' });
    await made.run();
    expect(() => redrive(made, arn)).toThrow(code('ExecutionNotRedrivable', 'Execution is SUCCEEDED'));
    const stopped = made.begin('one', {}, 'b');
    made.api('StopExecution', { executionArn: stopped });
    made.clock.advanceTo(START_MS + 14 * DAY_MS + 1);
    expect(made.describe(stopped).redriveStatusReason).toBe('Execution redrivable period exceeded');
    expect(() => redrive(made, stopped)).toThrow(code('ExecutionNotRedrivable', 'period exceeded'));
  });
});

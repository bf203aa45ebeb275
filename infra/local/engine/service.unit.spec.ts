import { describe, expect, it } from 'vitest';
import { ask, type Harness, harness, machine, ROLE, START_MS, tokenOf } from './harness.ts';

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

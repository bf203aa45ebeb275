import { describe, expect, it } from 'vitest';
import { ask, call, type Harness, harness, machine, START_MS, tokenOf } from './harness.ts';
import { TaskError } from './task.ts';

const quick = machine('Do', { Do: { Type: 'Pass', End: true } });
const asking = machine('Ask', { Ask: ask({ End: true }) });
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

import { describe, expect, it } from 'vitest';
import { call, caught, fails, type HarnessOptions, harness, machine, outcome, START_MS } from './harness.ts';
import { TaskError } from './task.ts';

const fail = (name: string): never => {
  throw new TaskError(name, 'why');
};

describe('Task', () => {
  it('hands the call over as AWS names it', async () => {
    const { world, output } = await outcome(
      machine('Do', {
        Do: call('describeAccount', {
          Arguments: { AccountId: '{% $states.input.id %}' },
          Credentials: { RoleArn: "{% 'arn:aws:iam::' & $states.input.id & ':role/jetway-execution' %}" },
          Output: { id: '{% $states.result.Account.Id %}', of: '{% $states.input.id %}' },
          End: true,
        }),
      }),
      { input: { id: '444455556666' }, dispatch: () => ({ Account: { Id: '1' } }) },
    );
    expect(world.calls()).toEqual([
      {
        resource: 'aws-sdk:organizations:describeAccount',
        arguments: { AccountId: '444455556666' },
        roleArn: 'arn:aws:iam::444455556666:role/jetway-execution',
        stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:one',
        executionArn: 'arn:aws:states:us-east-1:111122223333:execution:one:run',
        executionRoleArn: 'arn:aws:iam::111122223333:role/jetway-vend',
      },
    ]);
    expect(output).toEqual({ id: '1', of: '444455556666' });
  });

  it('writes the events that AWS writes', async () => {
    const { world, arn } = await outcome(
      machine('Do', {
        Do: call('listRoots', { Credentials: { RoleArn: 'arn:r' }, TimeoutSeconds: 9, End: true }),
      }),
    );
    const { events } = world.api('GetExecutionHistory', { executionArn: arn }) as { events: object[] };
    expect(events.slice(2, 5)).toEqual([
      {
        id: 3,
        previousEventId: 2,
        timestamp: '2026-03-04T10:00:00.000Z',
        type: 'TaskScheduled',
        taskScheduledEventDetails: {
          resourceType: 'aws-sdk:organizations',
          resource: 'listRoots',
          region: 'us-east-1',
          parameters: '{}',
          timeoutInSeconds: 9,
          taskCredentials: { roleArn: 'arn:r' },
        },
      },
      expect.objectContaining({ id: 4, type: 'TaskStarted' }),
      expect.objectContaining({
        type: 'TaskSucceeded',
        taskSucceededEventDetails: {
          resourceType: 'aws-sdk:organizations',
          resource: 'listRoots',
          output: '{}',
          outputDetails: { truncated: false },
        },
      }),
    ]);
    expect(world.timers()).toEqual([]);
  });

  it('ends the execution when the call throws anything but a TaskError', async () => {
    const { status, error, cause } = await outcome(caught(['States.ALL'], call('listRoots', { End: true })), {
      dispatch: () => {
        throw new TypeError('no such thing');
      },
    });
    expect({ status, error, cause }).toEqual({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'TypeError: no such thing',
    });
  });
});

describe('Retry', () => {
  const retrying = (retry: object) =>
    machine('Do', {
      Do: call('createPolicy', { Retry: [{ ErrorEquals: ['States.ALL'], ...retry }], End: true }),
    });
  /** When each attempt was made, in seconds since the start. */
  async function attempts(retry: object, options: HarnessOptions = {}): Promise<number[]> {
    const at: number[] = [];
    const world = harness({ ...options, dispatch: fails('X') });
    world.create('one', retrying(retry));
    const arn = world.begin('one');
    await world.run();
    const { events } = world.api('GetExecutionHistory', { executionArn: arn }) as unknown as {
      events: { type: string; timestamp: string }[];
    };
    for (const { type, timestamp } of events) {
      if (type === 'TaskStarted') at.push((Date.parse(timestamp) - START_MS) / 1000);
    }
    expect(world.timers()).toEqual([]);
    return at;
  }

  it('waits longer each time: 1 s, then twice as long, three times', async () => {
    expect(await attempts({})).toEqual([0, 1, 3, 7]);
  });

  it('follows its fields', async () => {
    const retry = { IntervalSeconds: 10, BackoffRate: 3, MaxDelaySeconds: 50, MaxAttempts: 4 };
    expect(await attempts(retry)).toEqual([0, 10, 40, 90, 140]);
    expect(await attempts({ MaxAttempts: 0 })).toEqual([0]);
  });

  it('waits less when AWS time runs faster', async () => {
    expect(await attempts({ IntervalSeconds: 60, MaxAttempts: 1 }, { timeScale: 60 })).toEqual([0, 1]);
  });

  it('jitters between nothing and the whole delay, the same way for the same seed', async () => {
    const retry = { IntervalSeconds: 100, BackoffRate: 1, JitterStrategy: 'FULL', MaxAttempts: 20 };
    const at = await attempts(retry, { seed: 3 });
    const delays = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(100);
    expect(new Set(delays).size).toBeGreaterThan(10);
    expect(await attempts(retry, { seed: 3 })).toEqual(at);
  });

  it('counts each rule for itself and tells the state how many there were', async () => {
    const answers = ['A', 'B', 'A', 'B', 'A'];
    const { world, error } = await outcome(
      machine('Do', {
        Do: call('createPolicy', {
          Arguments: { n: '{% $states.context.State.RetryCount %}' },
          Retry: [
            { ErrorEquals: ['A'], MaxAttempts: 2 },
            { ErrorEquals: ['B'], MaxAttempts: 5 },
          ],
          End: true,
        }),
      }),
      { dispatch: () => fail(answers.shift() ?? 'none') },
    );
    expect(world.calls().map((made) => made.arguments)).toEqual([0, 1, 2, 3, 4].map((n) => ({ n })));
    expect(error).toBe('A');
  });
});

describe('Catch', () => {
  it.each([
    ['X.YException', ['X.YException'], true],
    ['X.YException', ['Other', 'States.TaskFailed'], true],
    ['X.YException', ['States.ALL'], true],
    ['X.YException', ['X.Y'], false],
    ['States.Timeout', ['States.TaskFailed'], false],
    ['States.Runtime', ['States.ALL'], false],
    ['States.Runtime', ['States.Runtime'], false],
  ])('%s by %j: %s', async (thrown, names, expected) => {
    const { status, output } = await outcome(caught(names, call('listRoots', { End: true })), {
      dispatch: fails(thrown),
    });
    expect(status).toBe(expected ? 'SUCCEEDED' : 'FAILED');
    if (expected) expect(output).toEqual({ caught: { Error: thrown, Cause: 'why' } });
  });

  it('assigns and shapes, with the error at hand', async () => {
    const { output } = await outcome(
      machine('Do', {
        Do: call('listRoots', {
          Assign: { step: 'done' },
          Catch: [
            {
              ErrorEquals: ['States.ALL'],
              Assign: { step: "{% 'failed with ' & $states.errorOutput.Error %}" },
              Output: '{% $states.errorOutput.Cause & $states.input.x %}',
              Next: 'After',
            },
          ],
          End: true,
        }),
        After: { Type: 'Pass', Output: '{% [$step, $states.input] %}', End: true },
      }),
      { input: { x: 1 }, dispatch: fails('E', 'c') },
    );
    expect(output).toEqual(['failed with E', 'c1']);
  });

  it('does not catch what goes wrong in itself', async () => {
    const bad = { ErrorEquals: ['States.ALL'], Output: '{% $none %}', Next: 'Never' };
    const { world, arn, error } = await outcome(
      machine('Do', { Do: call('listRoots', { Catch: [bad], End: true }), Never: { Type: 'Succeed' } }),
      { dispatch: fails('E') },
    );
    expect(error).toBe('States.QueryEvaluationError');
    expect(world.history(arn).slice(-2)).toEqual(['EvaluationFailed', 'ExecutionFailed']);
  });

  it('catches what cannot be evaluated in the state', async () => {
    const { output } = await outcome(
      caught(['States.QueryEvaluationError'], call('listRoots', { Arguments: '{% $none %}', End: true })),
    );
    expect(output.caught.Error).toBe('States.QueryEvaluationError');
  });
});

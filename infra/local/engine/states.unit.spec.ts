import { describe, expect, it } from 'vitest';
import { ask, call, type HarnessOptions, harness, machine, START_MS, tokenOf } from './harness.ts';
import { TaskError } from './task.ts';

/** Runs one machine to its end. */
async function outcome(definition: object, options: HarnessOptions & { input?: unknown } = {}) {
  const world = harness(options);
  world.create('one', definition);
  const arn = world.begin('one', options.input ?? {}, 'run');
  await world.run();
  const { status, output, error, cause } = world.describe(arn);
  return {
    world,
    arn,
    status,
    error,
    cause,
    output: output === undefined ? undefined : JSON.parse(String(output)),
  };
}

const fails =
  (name: string, cause = 'why') =>
  () => {
    throw new TaskError(name, cause);
  };
const fallback = { Type: 'Pass', Output: '{% {"caught": $states.input} %}', End: true };
const caught = (names: string[], state: object) =>
  machine('Do', { Do: { ...state, Catch: [{ ErrorEquals: names, Next: 'Caught' }] }, Caught: fallback });

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
      { dispatch: () => fails(answers.shift() ?? 'none')() },
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

describe('variables', () => {
  it('are seen from the next state on, and outside in', async () => {
    const { output } = await outcome(
      machine('First', {
        First: { Type: 'Pass', Assign: { a: 1, b: 2 }, Next: 'Swap' },
        Swap: { Type: 'Pass', Assign: { a: '{% $b %}', b: '{% $a %}' }, Output: '{% $a %}', Next: 'Fan' },
        Fan: {
          Type: 'Parallel',
          Branches: [
            {
              StartAt: 'In',
              States: {
                In: { Type: 'Pass', Assign: { a: 'inner', only: 1 }, Next: 'See' },
                See: { Type: 'Pass', Output: '{% [$a, $b] %}', End: true },
              },
            },
          ],
          Output: {
            inner: '{% $states.result[0] %}',
            outer: '{% [$a, $b, $exists($only)] %}',
            swap: '{% $states.input %}',
          },
          End: true,
        },
      }),
    );
    expect(output).toEqual({ inner: ['inner', 1], outer: [2, 1, false], swap: 1 });
  });
});

describe('Choice', () => {
  const choose = machine('Which', {
    Which: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n = 1 %}', Next: 'End', Assign: { by: 'rule' }, Output: 'one' },
        { Condition: '{% $states.input.n = 2 %}', Next: 'End', Assign: { by: 'rule' } },
      ],
      Default: 'End',
      Assign: { by: 'default' },
      Output: 'other',
    },
    End: { Type: 'Succeed', Output: '{% [$by, $states.input] %}' },
  });

  it.each([
    [1, ['rule', 'one']],
    [2, ['rule', { n: 2 }]],
    [3, ['default', 'other']],
  ])('%d', async (n, expected) => {
    expect((await outcome(choose, { input: { n } })).output).toEqual(expected);
  });

  it('fails when nothing holds, and when a condition is no boolean', async () => {
    const only = (condition: string) =>
      machine('Which', {
        Which: { Type: 'Choice', Choices: [{ Condition: condition, Next: 'End' }] },
        End: { Type: 'Succeed' },
      });
    expect((await outcome(only('{% false %}'))).error).toBe('States.NoChoiceMatched');
    const { error, cause } = await outcome(only('{% 1 %}'));
    expect(error).toBe('States.QueryEvaluationError');
    expect(cause).toContain(
      "'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1",
    );
  });
});

describe('Wait', () => {
  const until = (fields: object) => machine('Wait', { Wait: { Type: 'Wait', ...fields, End: true } });

  it.each([
    [{ Seconds: 90 }, 90],
    [{ Seconds: '{% $states.input.s %}' }, 30],
    [{ Timestamp: '2026-03-04T10:02:00Z' }, 120],
    [{ Timestamp: '2026-03-04T09:00:00+00:00' }, 0],
  ])('%j takes %d s', async (fields, seconds) => {
    const { world, status } = await outcome(until(fields), { input: { s: 30 } });
    expect({ status, seconds: (world.clock.now() - START_MS) / 1000 }).toEqual({
      status: 'SUCCEEDED',
      seconds,
    });
  });

  it.each([
    [{ Seconds: '{% -1 %}' }, 'not within the range'],
    [{ Seconds: '{% 1.5 %}' }, "Expected 'integer', but was 'number'"],
    [
      { Timestamp: '{% "tomorrow" %}' },
      'cannot be parsed as an ISO-8601 extended offset date-time format string: tomorrow',
    ],
  ])('%j fails', async (fields, message) => {
    const { error, cause } = await outcome(until(fields));
    expect(error).toBe('States.QueryEvaluationError');
    expect(cause).toContain(message);
  });

  it('takes a day and half an hour of retries in no time', async () => {
    const before = performance.now();
    let left = 60;
    const { world, status } = await outcome(
      machine('Day', {
        Day: { Type: 'Wait', Seconds: 86_400, Next: 'Try' },
        Try: call('createPolicy', {
          Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 30, BackoffRate: 1, MaxAttempts: 60 }],
          End: true,
        }),
      }),
      { dispatch: () => (left-- > 0 ? fails('Busy')() : {}) },
    );
    expect(status).toBe('SUCCEEDED');
    expect(world.clock.now() - START_MS).toBe((86_400 + 60 * 30) * 1000);
    expect(performance.now() - before).toBeLessThan(2000);
    expect(world.timers()).toEqual([]);
  });
});

describe('Parallel', () => {
  const branch = (state: object) => ({ StartAt: 'S', States: { S: state } });
  const named = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });

  it('gives every branch the Arguments and collects the results in order', async () => {
    const { output } = await outcome(
      machine('Fan', {
        Fan: {
          Type: 'Parallel',
          Arguments: { x: '{% $states.input.x * 2 %}' },
          Branches: [
            named('Slow', { Type: 'Wait', Seconds: 10, Output: '{% $states.input.x %}', End: true }),
            named('Quick', { Type: 'Pass', Output: '{% $states.input.x + 1 %}', End: true }),
          ],
          End: true,
        },
      }),
      { input: { x: 4 } },
    );
    expect(output).toEqual([8, 9]);
  });

  it('stops the other branches when one fails, and their tokens and timers with them', async () => {
    const { world, arn, output } = await outcome(
      machine('Fan', {
        Fan: {
          Type: 'Parallel',
          Branches: [
            named('Ask', ask({ TimeoutSeconds: 9000, HeartbeatSeconds: 800, End: true })),
            named('Sleep', { Type: 'Wait', Seconds: 5000, End: true }),
            {
              StartAt: 'Pause',
              States: {
                Pause: { Type: 'Wait', Seconds: 1, Next: 'Stop' },
                Stop: { Type: 'Fail', Error: 'E' },
              },
            },
          ],
          Catch: [{ ErrorEquals: ['E'], Next: 'Caught' }],
          End: true,
        },
        Caught: fallback,
      }),
    );
    expect(output).toEqual({ caught: { Error: 'E', Cause: null } });
    expect(world.clock.now()).toBe(START_MS + 1000);
    expect(world.timers()).toEqual([]);
    expect(world.history(arn).filter((type) => /Aborted|Failed/.test(type))).toEqual([
      'TaskStateAborted',
      'WaitStateAborted',
      'ParallelStateFailed',
    ]);
    const taskToken = tokenOf(world.calls()[0]);
    expect(() => world.api('SendTaskSuccess', { taskToken, output: '1' })).toThrow('Task Timed Out');
  });

  it('runs all of its branches again on a retry', async () => {
    let calls = 0;
    const { world, output, arn } = await outcome(
      machine('Fan', {
        Fan: {
          Type: 'Parallel',
          Branches: [branch(call('a', { End: true })), named('T', call('b', { End: true }))],
          Retry: [{ ErrorEquals: ['Once'] }],
          End: true,
        },
      }),
      { dispatch: () => (++calls === 2 ? fails('Once')() : { n: calls }) },
    );
    expect(output).toEqual([{ n: 3 }, { n: 4 }]);
    expect(world.history(arn).filter((type) => type.startsWith('ParallelState'))).toEqual([
      'ParallelStateEntered',
      'ParallelStateStarted',
      'ParallelStateStarted',
      'ParallelStateSucceeded',
      'ParallelStateExited',
    ]);
  });
});

describe('Map', () => {
  const over = (rest: object, states: object = { Do: call('tagResource', { End: true }) }) =>
    machine('Each', {
      Each: {
        Type: 'Map',
        Items: '{% $states.input %}',
        ItemProcessor: { StartAt: 'Do', States: states },
        ...rest,
        End: true,
      },
    });
  const items = Array.from({ length: 90 }, (_, n) => n);

  it.each([
    [{ MaxConcurrency: 3 }, 3],
    [{ MaxConcurrency: '{% 7 %}' }, 7],
    [{}, 40],
  ])('runs no more at once than %j', async (rest, most) => {
    const states = { Do: { Type: 'Wait', Seconds: 1, End: true } };
    const world = harness();
    world.create('one', over(rest, states));
    const arn = world.begin('one', items);
    await world.engine.idle();
    expect(world.timers()).toHaveLength(most);
    await world.run();
    expect(JSON.parse(String(world.describe(arn).output))).toEqual(items);
  });

  it('gives each item what ItemSelector makes of it, and its place in the context', async () => {
    const { output } = await outcome(
      over(
        {
          ItemSelector: { v: '{% $states.context.Map.Item.Value %}', all: '{% $count($states.input) %}' },
          Output: '{% $states.result %}',
        },
        {
          Do: {
            Type: 'Pass',
            Output: '{% [$states.context.Map.Item.Index, $states.input.v, $states.input.all] %}',
            End: true,
          },
        },
      ),
      { input: ['a', 'b'] },
    );
    expect(output).toEqual([
      [0, 'a', 2],
      [1, 'b', 2],
    ]);
  });

  it('fails with the first iteration that fails', async () => {
    let calls = 0;
    const { world, arn, error } = await outcome(over({ MaxConcurrency: 2 }), {
      input: [1, 2, 3],
      dispatch: () => (++calls === 2 ? fails('Bad')() : {}),
    });
    expect(error).toBe('Bad');
    expect(world.history(arn).slice(-5)).toEqual([
      'MapIterationFailed',
      'TaskStateAborted',
      'MapIterationAborted',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
    expect(world.calls()).toHaveLength(2);
  });

  it('takes a selector that fails for a failure of the Map', async () => {
    const { error, cause } = await outcome(over({ ItemSelector: '{% $none %}' }), { input: [1] });
    expect(error).toBe('States.QueryEvaluationError');
    expect(cause).toContain(
      "the state 'Each' (entered at the event id #2). The JSONata expression '$none' specified for the field 'ItemSelector'",
    );
  });

  it('can hold a Map', async () => {
    const inner = {
      Do: {
        Type: 'Map',
        Items: '{% $states.input.inner %}',
        ItemProcessor: {
          StartAt: 'Deep',
          States: {
            Deep: { Type: 'Pass', Output: '{% $states.input & $states.context.Map.Item.Index %}', End: true },
          },
        },
        End: true,
      },
    };
    const { output } = await outcome(over({}, inner), { input: [{ inner: ['a', 'b'] }, { inner: [] }] });
    expect(output).toEqual([['a0', 'b1'], []]);
  });
});

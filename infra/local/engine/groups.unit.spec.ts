import { describe, expect, it } from 'vitest';
import { ask, call, harness, machine, outcome, START_MS, tokenOf } from './harness.ts';
import { TaskError } from './task.ts';

const fail = (name: string): never => {
  throw new TaskError(name, 'why');
};

const fallback = { Type: 'Pass', Output: '{% {"caught": $states.input} %}', End: true };

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
      { dispatch: () => (++calls === 2 ? fail('Once') : { n: calls }) },
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
      dispatch: () => (++calls === 2 ? fail('Bad') : {}),
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

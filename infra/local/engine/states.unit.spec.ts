import { describe, expect, it } from 'vitest';
import { call, machine, outcome, START_MS } from './harness.ts';
import { TaskError } from './task.ts';

const fail = (name: string): never => {
  throw new TaskError(name, 'why');
};

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
      { dispatch: () => (left-- > 0 ? fail('Busy') : {}) },
    );
    expect(status).toBe('SUCCEEDED');
    expect(world.clock.now() - START_MS).toBe((86_400 + 60 * 30) * 1000);
    expect(performance.now() - before).toBeLessThan(2000);
    expect(world.timers()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { call, harness, machine, START_MS } from './harness.ts';
import type { Json } from './json.ts';

/** What one expression gives in a Pass state. */
async function resultOf(expression: string, input: unknown = {}, seed = 1): Promise<Json> {
  const world = harness({ seed });
  world.create('one', machine('Do', { Do: { Type: 'Pass', Output: `{% ${expression} %}`, End: true } }));
  const arn = world.begin('one', input, 'run');
  await world.run();
  const { status, output, error, cause } = world.describe(arn);
  return status === 'SUCCEEDED' ? (JSON.parse(String(output)) as Json) : `${error}: ${cause}`;
}

describe('the functions that AWS adds to JSONata', () => {
  it.each([
    ['$partition([1..5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition([], 2)', []],
    ['$range(1, 9, 2)', [1, 3, 5, 7, 9]],
    ['$range(5, 1, -2)', [5, 3, 1]],
    ['$range(2, 1, 1)', []],
    ["$hash('hello', 'SHA-1')", 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'],
    ["$hash('hello', 'MD5')", '5d41402abc4b2a76b9719d911017c592'],
    ['$parse(\'{"a": [1, null]}\').a', [1, null]],
    ['$random(42) = $random(42)', true],
    ['$random() >= 0 and $random() < 1', true],
    ['$length($uuid())', 36],
    ['$uuid() = $uuid()', false],
  ] as [string, Json][])('%s', async (expression, expected) => {
    expect(await resultOf(expression)).toEqual(expected);
  });

  it.each([
    ['$partition([1], 0)', 'must be a positive integer'],
    ['$range(1, 2, 0)', 'must not be 0'],
    ['$range(1, 1000000, 1)', 'would have 1000000 items'],
    ["$hash('x', 'CRC32')", '$hash knows MD5'],
    ["$parse('{')", 'threw an error during evaluation'],
  ])('%s fails', async (expression, message) => {
    expect(await resultOf(expression)).toContain(message);
  });

  it('has no $eval', async () => {
    expect(await resultOf("$eval('1')")).toContain('T1006: Attempted to invoke a non-function');
  });
});

describe('time and randomness', () => {
  it('come from the world, not from the machine', async () => {
    expect(await resultOf('$now()')).toBe('2026-03-04T10:00:00.000Z');
    expect(await resultOf('$millis()')).toBe(START_MS);
    expect(await resultOf("$now('[Y0001]/[M01]')")).toBe('2026/03');
  });

  it('are the same for the same seed', async () => {
    const expression = '[$uuid(), $random()]';
    expect(await resultOf(expression, {}, 7)).toEqual(await resultOf(expression, {}, 7));
    expect(await resultOf(expression, {}, 7)).not.toEqual(await resultOf(expression, {}, 8));
  });
});

describe('what an expression may see', () => {
  it('has the context object', async () => {
    const world = harness();
    world.create(
      'context',
      machine('Do', { Do: { Type: 'Pass', Output: '{% $states.context %}', End: true } }),
    );
    const arn = world.begin('context', { a: 1 }, 'run-1');
    await world.run();
    expect(JSON.parse(String(world.describe(arn).output))).toEqual({
      Execution: {
        Id: 'arn:aws:states:us-east-1:111122223333:execution:context:run-1',
        Input: { a: 1 },
        Name: 'run-1',
        RoleArn: 'arn:aws:iam::111122223333:role/jetway-vend',
        StartTime: '2026-03-04T10:00:00.000Z',
        RedriveCount: 0,
      },
      StateMachine: { Id: 'arn:aws:states:us-east-1:111122223333:stateMachine:context', Name: 'context' },
      State: { Name: 'Do', EnteredTime: '2026-03-04T10:00:00.000Z', RetryCount: 0 },
    });
  });

  it('sees the result only where there is one', async () => {
    expect(await resultOf('$exists($states.result)')).toBe(false);
    const world = harness({ dispatch: () => ({ Id: 'x', Missing: undefined }) });
    world.create(
      'result',
      machine('Do', { Do: call('describeAccount', { Output: '{% $states.result %}', End: true }) }),
    );
    const arn = world.begin('result');
    await world.run();
    expect(world.describe(arn).output).toBe('{"Id":"x"}');
  });
});

describe('messages of States.QueryEvaluationError', () => {
  it.each([
    ['$states.input.none', ' returned nothing (undefined).'],
    ['function($x){$x}', ' returned an unsupported result type.'],
    ['-"a"', ' threw an error during evaluation. D1002: Cannot negate a non-numeric value: "a"'],
  ])('%s', async (expression, problem) => {
    const where = "An error occurred while executing the state 'Do' (entered at the event id #2).";
    const subject = `The JSONata expression '${expression}' specified for the field 'Output'`;
    expect(await resultOf(expression)).toBe(`States.QueryEvaluationError: ${where} ${subject}${problem}`);
  });

  it('names the field inside an object', async () => {
    const world = harness();
    world.create(
      'deep',
      machine('Do', { Do: { Type: 'Pass', Output: { a: [{ b: '{% $none %}' }] }, End: true } }),
    );
    const arn = world.begin('deep');
    await world.run();
    expect(world.describe(arn).cause).toContain("specified for the field 'Output/a[0]/b' returned nothing");
    expect(world.history(arn)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'EvaluationFailed',
      'ExecutionFailed',
    ]);
  });

  it('leaves literals alone', async () => {
    const world = harness();
    const literal = { text: '{%', more: ['% }', 1, null, true], none: {} };
    world.create(
      'literal',
      machine('Do', { Do: { Type: 'Pass', Output: { ...literal, text: 'x' }, End: true } }),
    );
    const arn = world.begin('literal');
    await world.run();
    expect(JSON.parse(String(world.describe(arn).output))).toEqual({ ...literal, text: 'x' });
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ask, call, harness, machine, START_MS, tokenOf } from './harness.ts';

const big = 'x'.repeat(262_144);

describe('the payload limit', () => {
  const caught = (state: object) =>
    machine('Do', {
      Do: {
        ...state,
        Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput %}', Next: 'Done' }],
      },
      Done: { Type: 'Succeed' },
    });
  const run = async (definition: object, dispatch = () => ({}) as unknown) => {
    const world = harness({ dispatch });
    world.create('one', definition);
    const arn = world.begin('one');
    await world.run();
    return world.describe(arn);
  };

  it('of a result is a failure that States.ALL catches', async () => {
    const { status, output } = await run(caught(call('listAccounts', { End: true })), () => ({ big }));
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(String(output))).toEqual({
      Error: 'States.DataLimitExceeded',
      Cause:
        "The state/task 'aws-sdk:organizations' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  it.each([
    ['an output', { Output: `{% $pad('', 262144, 'x') %}` }],
    ['a variable', { Assign: { v: `{% $pad('', 262144, 'x') %}` } }],
    ['arguments', { Arguments: { v: `{% $pad('', 262144, 'x') %}` } }],
  ])('of %s is one that States.ALL does not catch', async (_, rest) => {
    const { status, error } = await run(caught(call('listAccounts', { ...rest, End: true })));
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('counts bytes, not characters', async () => {
    const pass = (letter: string, count: number) =>
      machine('Do', { Do: { Type: 'Pass', Output: `{% $pad('', ${count}, '${letter}') %}`, End: true } });
    expect((await run(pass('x', 262_142))).status).toBe('SUCCEEDED');
    expect((await run(pass('é', 131_072))).status).toBe('FAILED');
  });
});

describe('the history limit', () => {
  const forever = machine('Do', { Do: call('listRoots', { Next: 'Do' }) });

  it('ends an execution with its 25,000th event, and takes the step that did not fit back', async () => {
    const world = harness();
    world.create('one', forever);
    const arn = world.begin('one');
    await world.run();
    const { status, error, cause } = world.describe(arn);
    expect({ status, error, cause }).toEqual({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    const last = world.api('GetExecutionHistory', { executionArn: arn, reverseOrder: true, maxResults: 1 });
    expect((last.events as { type: string }[])[0]?.type).toBe('ExecutionFailed');
    // 25,000 unless the last step was of several events: then those are not there.
    const id = (last.events as { id: number }[])[0]?.id ?? 0;
    expect(id).toBeGreaterThan(24_995);
    expect(id).toBeLessThanOrEqual(25_000);
    expect(() => world.api('RedriveExecution', { executionArn: arn })).toThrow();
  });
});

describe('status events', () => {
  /** The documented events; ids, times and names are placeholders there. */
  const documented = (name: string) => {
    const file = new URL(`fixtures/status-events.json`, import.meta.url);
    const events = JSON.parse(readFileSync(file, 'utf8')) as Record<
      string,
      { detail: Record<string, unknown> }
    >;
    return events[name] as { detail: Record<string, unknown> };
  };
  const filled = ['version', 'id', 'time'];

  it.each(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'])(
    'have the documented shape: RUNNING, then %s',
    async (end) => {
      const world = harness();
      const failing =
        end === 'FAILED'
          ? { Type: 'Fail', Error: 'E' }
          : ask({ Output: { accountId: '444455556666' }, End: true });
      world.create('account-vending', machine('Do', { Do: failing }, { TimeoutSeconds: 100 }));
      const arn = world.begin('account-vending', { requestId: 'req-2026-000123' }, 'req-2026-000123');
      await world.engine.idle();
      if (end === 'SUCCEEDED') {
        world.api('SendTaskSuccess', { taskToken: tokenOf(world.calls()[0]), output: '{}' });
        await world.engine.idle();
      }
      if (end === 'ABORTED') world.api('StopExecution', { executionArn: arn });
      await world.run();
      const [running, ended] = world.events();
      expect(world.events()).toHaveLength(2);
      for (const [event, name] of [
        [running, 'RUNNING'],
        [ended, end],
      ] as const) {
        const expected = documented(name);
        expect(event).toEqual({
          ...Object.fromEntries(Object.entries(expected).filter(([key]) => !filled.includes(key))),
          detail: {
            ...expected.detail,
            input: '{"requestId":"req-2026-000123"}',
            output: expected.detail.output === null ? null : '{"accountId":"444455556666"}',
            startDate: START_MS,
            stopDate: name === 'RUNNING' ? null : world.clock.now(),
          },
        });
      }
    },
  );

  it('leave out the input, then the output, when they are too large together', async () => {
    const world = harness();
    world.create(
      'echo',
      machine('Do', { Do: { Type: 'Pass', Output: '{% $states.input.out %}', End: true } }),
    );
    const details = async (input: unknown) => {
      world.begin('echo', input);
      await world.run();
      const { detail } = world.events().at(-1) ?? { detail: {} };
      return [detail.input === null, detail.inputDetails, detail.output === null, detail.outputDetails];
    };
    const kb = (count: number) => 'x'.repeat(count * 1024);
    const [included, leftOut] = [{ included: true }, { included: false }];
    expect(await details({ out: 1, pad: kb(200) })).toEqual([false, included, false, included]);
    expect(await details({ out: kb(130) })).toEqual([true, leftOut, false, included]);
    expect(await details({ out: kb(249) })).toEqual([true, leftOut, true, leftOut]);
  });
});

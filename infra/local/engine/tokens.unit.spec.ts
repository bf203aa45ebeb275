import { describe, expect, it } from 'vitest';
import { ask, type Harness, harness, machine, START_MS, tokenOf } from './harness.ts';
import { TaskError } from './task.ts';

const asking = (rest: object = {}) =>
  machine('Ask', {
    Ask: ask({ ...rest, End: true }),
  });

/** An execution that waits for an answer. */
async function waiting(definition: object, options: Parameters<typeof harness>[0] = {}) {
  const world = harness(options);
  world.create('one', definition);
  const arn = world.begin('one', {}, 'run');
  await world.engine.idle();
  return { world, arn, token: tokenOf(world.calls()[0]) };
}

const success = (world: Harness, taskToken: string, output: unknown = { outcome: 'approved' }) =>
  world.api('SendTaskSuccess', { taskToken, output: JSON.stringify(output) });

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('an answer', () => {
  it('is the result of the state', async () => {
    const { world, arn, token } = await waiting(asking({ Output: '{% $states.result.outcome %}' }));
    expect(world.describe(arn).status).toBe('RUNNING');
    success(world, token);
    await world.run();
    expect(world.describe(arn).output).toBe('"approved"');
    expect(world.history(arn)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('may be a failure, with or without words', async () => {
    const rest = {
      Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput %}', Next: 'Done' }],
    };
    const definition = machine('Ask', { Ask: ask({ ...rest, End: true }), Done: { Type: 'Succeed' } });
    for (const [sent, given] of [
      [
        { error: 'Denied', cause: 'no budget' },
        { Error: 'Denied', Cause: 'no budget' },
      ],
      [{}, { Error: null, Cause: null }],
    ]) {
      const { world, arn, token } = await waiting(definition);
      world.api('SendTaskFailure', { taskToken: token, ...sent });
      await world.run();
      expect(JSON.parse(String(world.describe(arn).output))).toEqual(given);
    }
  });

  it('counts once: the first wins, every later one is late', async () => {
    const { world, arn, token } = await waiting(asking());
    success(world, token, 1);
    expect(() => success(world, token, 2)).toThrow(code('TaskTimedOut'));
    expect(() => world.api('SendTaskFailure', { taskToken: token })).toThrow(code('TaskTimedOut'));
    expect(() => world.api('SendTaskHeartbeat', { taskToken: token })).toThrow(code('TaskTimedOut'));
    await world.run();
    expect(world.describe(arn).output).toBe('1');
  });

  it('is told apart from a made-up token, and must be JSON of a fair size', async () => {
    const { world, token } = await waiting(asking());
    expect(() => success(world, 'AAAA')).toThrow(code('InvalidToken'));
    expect(() => world.api('SendTaskSuccess', { taskToken: token, output: '{' })).toThrow(
      code('InvalidOutput'),
    );
    const output = JSON.stringify('x'.repeat(262_143));
    expect(() => world.api('SendTaskSuccess', { taskToken: token, output })).toThrow(code('InvalidOutput'));
    expect(world.engine.executions()[0]?.status).toBe('RUNNING');
  });

  it('leaves nothing of the token but when it was closed', async () => {
    const { world, token } = await waiting(asking());
    success(world, token);
    expect(world.store.get('states.tokens', token)).toEqual({ closedMs: START_MS });
    expect(token.length).toBeLessThan(256);
  });

  it('may come before the call that carries the token returns', async () => {
    let world: Harness | undefined;
    const { world: opened, arn } = await waiting(asking(), {
      dispatch: (call) => {
        if (world) success(world, tokenOf(call), 'early');
        return { MessageId: 'm' };
      },
    });
    // The first execution had nobody to answer it; the second is answered from inside its call.
    world = opened;
    const early = world.begin('one', {}, 'second');
    await world.run();
    expect(world.describe(early).output).toBe('"early"');
    expect(world.history(early).slice(3, 6)).toEqual(['TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
    expect(world.describe(arn).status).toBe('RUNNING');
  });

  it('that was accepted counts, even if the call that carried the token is reported lost', async () => {
    let world: Harness | undefined;
    const { world: opened } = await waiting(asking(), {
      dispatch: (call) => {
        if (world) success(world, tokenOf(call), 'early');
        throw new TaskError('Sqs.SdkClientException', 'Read timed out');
      },
    });
    world = opened;
    const arn = world.begin('one', {}, 'second');
    await world.run();
    expect(world.describe(arn).output).toBe('"early"');
  });

  it('to an earlier attempt is late', async () => {
    let calls = 0;
    const { world, arn } = await waiting(asking({ Retry: [{ ErrorEquals: ['Lost'], IntervalSeconds: 1 }] }), {
      dispatch: () => (++calls === 1 ? lost() : {}),
    });
    await world.run();
    const [first, second] = world.calls().map(tokenOf);
    expect(first).not.toBe(second);
    expect(() => success(world, String(first))).toThrow(code('TaskTimedOut'));
    success(world, String(second));
    await world.run();
    expect(world.describe(arn).status).toBe('SUCCEEDED');
  });
});

const lost = () => {
  throw new TaskError('Lost', '');
};

describe('deadlines', () => {
  it('are real time: they do not run faster with AWS time', async () => {
    const { world, arn } = await waiting(asking({ TimeoutSeconds: 3600 }), { timeScale: 60 });
    await world.run(START_MS + 3_599_000);
    expect(world.describe(arn).status).toBe('RUNNING');
    await world.run();
    expect(world.describe(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(world.clock.now()).toBe(START_MS + 3_600_000);
    expect(world.history(arn).slice(-2)).toEqual(['TaskTimedOut', 'ExecutionFailed']);
  });

  it('of 300 days leave nothing behind once answered', async () => {
    const { world, token } = await waiting(
      asking({ TimeoutSeconds: 300 * 86_400, HeartbeatSeconds: 86_400 }),
    );
    expect(world.timers()).toHaveLength(2);
    success(world, token);
    expect(world.timers()).toEqual([]);
    await world.run();
    expect(world.clock.now()).toBe(START_MS);
  });

  it('may be computed', async () => {
    const { world, arn } = await waiting(
      asking({ TimeoutSeconds: '{% 2 * 30 %}', HeartbeatSeconds: '{% 59 %}' }),
    );
    await world.run();
    expect(world.clock.now()).toBe(START_MS + 59_000);
    expect(world.describe(arn).error).toBe('States.Timeout');
    const bad = await waiting(asking({ TimeoutSeconds: '{% 5 %}', HeartbeatSeconds: '{% 5 %}' }));
    expect(bad.world.describe(bad.arn).cause).toContain('HeartbeatSeconds must be smaller');
  });

  it('turn an answer that is too late away', async () => {
    const { world, token } = await waiting(asking({ TimeoutSeconds: 1 }));
    await world.run();
    expect(() => success(world, token)).toThrow(code('TaskTimedOut'));
  });
});

describe('heartbeats', () => {
  it('keep a task alive', async () => {
    const { world, arn, token } = await waiting(asking({ TimeoutSeconds: 1000, HeartbeatSeconds: 10 }));
    for (let beat = 1; beat <= 20; beat++) {
      await world.run(START_MS + beat * 9000);
      world.api('SendTaskHeartbeat', { taskToken: token });
      expect(world.timers()).toHaveLength(2);
    }
    expect(world.describe(arn).status).toBe('RUNNING');
    await world.run();
    expect(world.clock.now()).toBe(START_MS + 180_000 + 10_000);
    expect(world.describe(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(world.timers()).toEqual([]);
  });

  it.each(['States.Timeout', 'States.HeartbeatTimeout'])('missed are caught by %s', async (name) => {
    const rest = { HeartbeatSeconds: 5, Catch: [{ ErrorEquals: [name], Next: 'Done' }] };
    const definition = machine('Ask', { Ask: ask({ ...rest, End: true }), Done: { Type: 'Succeed' } });
    const { world, arn } = await waiting(definition);
    await world.run();
    expect(JSON.parse(String(world.describe(arn).output))).toEqual({ Error: 'States.Timeout', Cause: '' });
  });

  it('of a task without HeartbeatSeconds do nothing', async () => {
    const { world, token } = await waiting(asking());
    expect(world.api('SendTaskHeartbeat', { taskToken: token })).toEqual({});
    expect(world.timers()).toEqual([]);
  });
});

describe('a timer whose state was left', () => {
  it('does nothing', async () => {
    const { world, arn, token } = await waiting(asking({ TimeoutSeconds: 1000, HeartbeatSeconds: 500 }));
    world.api('SendTaskHeartbeat', { taskToken: token });
    world.create('nap', machine('Nap', { Nap: { Type: 'Wait', Seconds: 100, End: true } }));
    const nap = world.begin('nap');
    await world.engine.idle();
    const at = { execution: 'x1', frame: 0 };
    world.scheduler.afterReal(1, 'states.heartbeat-timeout', { ...at, token, beats: 0 });
    world.scheduler.afterReal(1, 'states.task-timeout', { ...at, token: 'another', beats: 0 });
    world.scheduler.afterReal(1, 'states.wake', { ...at, stamp: 1 });
    world.scheduler.afterReal(1, 'states.wake', { execution: 'x2', frame: 0, stamp: 1 });
    world.scheduler.afterReal(1, 'states.wake', { execution: 'gone', frame: 0, stamp: 1 });
    world.scheduler.afterReal(1, 'states.execution-timeout', { execution: 'gone' });
    await world.run(START_MS + 99_000);
    expect([world.describe(arn).status, world.describe(nap).status]).toEqual(['RUNNING', 'RUNNING']);
    success(world, token);
    await world.run();
    world.scheduler.afterReal(1, 'states.execution-timeout', { execution: 'x1' });
    await world.run();
    expect([world.describe(arn).status, world.describe(nap).status]).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  });
});

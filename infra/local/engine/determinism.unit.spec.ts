import { describe, expect, it } from 'vitest';
import { ask, call, harness, machine, tokenOf } from './harness.ts';
import { TaskError } from './task.ts';

const busy = machine('Fan', {
  Fan: {
    Type: 'Parallel',
    Branches: [
      { StartAt: 'Ask', States: { Ask: ask({ HeartbeatSeconds: 500, End: true }) } },
      {
        StartAt: 'Nap',
        States: { Nap: { Type: 'Wait', Seconds: '{% $floor($random() * 100) + 1 %}', End: true } },
      },
    ],
    Output: { id: '{% $uuid() %}' },
    Next: 'Each',
  },
  Each: {
    Type: 'Map',
    Items: '{% [1..5] %}',
    MaxConcurrency: 2,
    ItemProcessor: {
      StartAt: 'Tag',
      States: {
        Tag: call('tagResource', {
          Retry: [{ ErrorEquals: ['Busy'], JitterStrategy: 'FULL', MaxAttempts: 9 }],
          End: true,
        }),
      },
    },
    End: true,
  },
});

/** Everything that ten interleaved executions leave in the store. */
async function trace(seed: number): Promise<string> {
  let calls = 0;
  const world = harness({
    seed,
    dispatch: ({ resource }) => {
      if (resource.endsWith('tagResource') && ++calls % 3 === 0) throw new TaskError('Busy', '');
      return {};
    },
  });
  world.create('busy', busy);
  for (let n = 0; n < 10; n++) world.begin('busy', { n });
  await world.run(world.clock.now() + 5000);
  for (const made of world.calls().filter(({ resource }) => resource === 'sqs:sendMessage')) {
    world.api('SendTaskSuccess', { taskToken: tokenOf(made), output: '{}' });
  }
  await world.run();
  expect(world.engine.executions().map(({ status }) => status)).toEqual(Array(10).fill('SUCCEEDED'));
  expect(world.timers()).toEqual([]);
  const collections = ['states.executions', 'states.history', 'states.outputs', 'test.calls', 'test.events'];
  return JSON.stringify(collections.map((name) => world.store.entries(name)));
}

describe('ten executions at once', () => {
  it('leave the same trace for the same seed, and another for another', async () => {
    const first = await trace(11);
    expect(await trace(11)).toBe(first);
    expect(await trace(12)).not.toBe(first);
  });

  it('leave nothing of their inner state behind', async () => {
    const world = harness();
    world.create('quick', machine('Do', { Do: call('listRoots', { Assign: { a: 1 }, End: true }) }));
    for (let n = 0; n < 10; n++) world.begin('quick', { n });
    await world.run();
    for (const collection of ['states.frames', 'states.data', 'states.variables', 'timers']) {
      expect(world.store.entries(collection)).toEqual([]);
    }
  });
});

describe('stop and start', () => {
  it('let nothing run in between, and lose nothing', async () => {
    const world = harness();
    world.create('quick', machine('Do', { Do: call('listRoots', { End: true }) }));
    await world.engine.stop();
    const arn = world.begin('quick');
    await world.engine.idle();
    expect(world.calls()).toEqual([]);
    world.engine.start();
    await world.run();
    expect(world.describe(arn).status).toBe('SUCCEEDED');
  });
});

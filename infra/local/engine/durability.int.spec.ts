import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../store.ts';
import { ask, call, type Harness, harness, machine, START_MS, tokenOf } from './harness.ts';
import { type TaskCall, TaskError } from './task.ts';

const folders: string[] = [];
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'engine-'));
  folders.push(made);
  return made;
};
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true });
});

/** Calls, retries, waits, a token, branches, iterations, variables: one of each. */
const journey = machine('Plan', {
  Plan: {
    Type: 'Pass',
    Assign: { plan: '{% $states.input.plan %}' },
    Output: {},
    Next: 'Create',
  },
  Create: call('createPolicy', {
    Arguments: { Name: '{% $plan.name %}' },
    Assign: { policy: '{% $states.result.Id %}' },
    Output: {},
    Retry: [{ ErrorEquals: ['Organizations.TooManyRequestsException'], IntervalSeconds: 5, MaxAttempts: 3 }],
    Next: 'Settle',
  }),
  Settle: { Type: 'Wait', Seconds: 60, Next: 'Both' },
  Both: {
    Type: 'Parallel',
    Branches: [
      { StartAt: 'Ask', States: { Ask: ask({ Output: '{% $states.result.outcome %}', End: true }) } },
      {
        StartAt: 'Attach',
        States: {
          Attach: call('attachPolicy', { Output: '{% $policy %}', Next: 'Pause' }),
          Pause: { Type: 'Wait', Seconds: 30, End: true },
        },
      },
    ],
    Assign: { both: '{% $states.result %}' },
    Output: {},
    Next: 'Each',
  },
  Each: {
    Type: 'Map',
    Items: '{% $plan.tags %}',
    MaxConcurrency: 2,
    ItemSelector: { tag: '{% $states.context.Map.Item.Value %}', n: '{% $states.context.Map.Item.Index %}' },
    ItemProcessor: {
      StartAt: 'Tag',
      States: {
        Tag: call('tagResource', {
          Arguments: '{% $states.input %}',
          Output: '{% $states.input.tag %}',
          End: true,
        }),
      },
    },
    Output: { both: '{% $both %}', tags: '{% $states.result %}' },
    End: true,
  },
});
const input = { plan: { name: 'fence', tags: ['a', 'b', 'c'] } };
const output = { both: ['yes', 'p-1'], tags: ['a', 'b', 'c'] };

/** The first CreatePolicy is throttled; a call that failed counts as made. */
const dispatchOn = (store: Store) => (made: TaskCall) => {
  if (!made.resource.endsWith('createPolicy')) return {};
  if (store.values('test.calls').length === 1) {
    throw new TaskError('Organizations.TooManyRequestsException', 'slow down');
  }
  return { Id: 'p-1' };
};

function open(dir: string): { world: Harness; store: Store } {
  const store = openStore(dir);
  return { store, world: harness({ store, dispatch: dispatchOn(store) }) };
}

/** Answers the ask as soon as it is made, once. */
async function finish(world: Harness): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await world.run();
    const asked = world.calls().find(({ resource }) => resource === 'sqs:sendMessage');
    if (asked && world.engine.executions()[0]?.status === 'RUNNING') answer(world, tokenOf(asked));
  }
}

function answer(world: Harness, taskToken: string): void {
  try {
    world.api('SendTaskSuccess', { taskToken, output: '{"outcome":"yes"}' });
  } catch {
    // Answered before the kill already.
  }
}

const resources = (world: Harness) =>
  world
    .calls()
    .map(({ resource }) => resource)
    .sort();

describe('an engine that is killed', () => {
  it('makes every call exactly once, wherever it is killed', async () => {
    const dir = folder();
    const { world, store } = open(dir);
    world.create('journey', journey);
    const arn = world.begin('journey', input, 'one');
    await finish(world);
    expect(JSON.parse(String(world.describe(arn).output))).toEqual(output);
    const undisturbed = { calls: resources(world), history: [...world.history(arn)].sort() };
    await world.engine.stop();
    store.close();

    const lines = readFileSync(join(dir, 'journal.ndjson'), 'utf8').trimEnd().split('\n');
    // Killed before the execution began: there is nothing to resume.
    const begun = lines.findIndex((line) => line.includes('ExecutionStarted')) + 1;
    expect(lines.length - begun).toBeGreaterThan(30);
    for (let kept = begun; kept <= lines.length; kept++) {
      const crashed = folder();
      writeFileSync(join(crashed, 'journal.ndjson'), `${lines.slice(0, kept).join('\n')}\n`);
      const again = open(crashed);
      await finish(again.world);
      const { status, output: given } = again.world.describe(arn);
      expect({ kept, status }).toEqual({ kept, status: 'SUCCEEDED' });
      expect(JSON.parse(String(given))).toEqual(output);
      expect(resources(again.world)).toEqual(undisturbed.calls);
      expect([...again.world.history(arn)].sort()).toEqual(undisturbed.history);
      expect(again.world.timers()).toEqual([]);
      await again.world.engine.stop();
      again.store.close();
    }
  });

  it('goes on in the middle of a Parallel with the token that was given out', async () => {
    const dir = folder();
    const first = open(dir);
    first.world.create('journey', journey);
    const arn = first.world.begin('journey', input, 'one');
    await first.world.run(START_MS + 70_000);
    const token = tokenOf(first.world.calls().find(({ resource }) => resource === 'sqs:sendMessage'));
    expect(first.world.describe(arn).status).toBe('RUNNING');
    first.store.close();

    const second = open(dir);
    second.world.api('SendTaskSuccess', { taskToken: token, output: '{"outcome":"yes"}' });
    await second.world.run();
    expect(JSON.parse(String(second.world.describe(arn).output))).toEqual(output);
    second.store.close();
  });

  it('keeps what an expression made as plain JSON: a restart changes nothing', async () => {
    // JSONata marks the arrays that it makes; with a mark, a path over them would nest instead of flatten.
    const shapes = machine('Make', {
      Make: {
        Type: 'Pass',
        Assign: { pairs: '{% [{"a": 1, "b": 2}, {"a": 3, "b": 4}].[a, b] %}', one: '{% [{"b": 1}].b[] %}' },
        Next: 'Wait',
      },
      Wait: { Type: 'Wait', Seconds: 5, Next: 'Use' },
      Use: { Type: 'Pass', Output: '{% {"flat": $pairs.$, "kept": [0].$one} %}', End: true },
    });
    const results = await Promise.all(
      [false, true].map(async (restarted) => {
        const dir = folder();
        let { world, store } = open(dir);
        world.create('shapes', shapes);
        const arn = world.begin('shapes');
        await world.run(START_MS + 1000);
        if (restarted) {
          store.close();
          ({ world, store } = open(dir));
        }
        await world.run();
        store.close();
        return world.describe(arn).output;
      }),
    );
    const plain = '{"flat":[1,2,3,4],"kept":[1]}';
    expect(results).toEqual([plain, plain]);
  });

  it('writes a plan of 30 kB a few times, not at every step', async () => {
    const dir = folder();
    const { world, store } = open(dir);
    const plan = { rows: Array.from({ length: 300 }, (_, n) => ({ n, text: 'x'.repeat(90) })) };
    const bytes = JSON.stringify(plan).length;
    const steps = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [
        `S${n}`,
        {
          Type: 'Pass',
          Assign: { [`v${n % 5}`]: `{% $plan.rows[${n}].n %}` },
          Next: n === 39 ? 'End' : `S${n + 1}`,
        },
      ]),
    );
    world.create(
      'carry',
      machine('Keep', {
        Keep: { Type: 'Pass', Assign: { plan: '{% $states.input.plan %}' }, Output: {}, Next: 'S0' },
        ...steps,
        End: { Type: 'Succeed', Output: '{% $v4 %}' },
      }),
    );
    const arn = world.begin('carry', { plan });
    await world.run();
    expect(world.describe(arn).output).toBe('39');
    store.close();
    const journal = readFileSync(join(dir, 'journal.ndjson')).length;
    // The input, the variable, the event that says what was assigned, and the status events of start and end.
    expect(journal).toBeLessThan(bytes * 8 + 120_000);
  });
});

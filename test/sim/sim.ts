// npm run sim -- --schedules N --seed S: courses of events under faults, each from one seed; see docs/simulation.md.
import { parseArgs } from 'node:util';
import { type Counts, count } from './conductor.ts';
import { openSimDatabase, type SimDatabase } from './database.ts';
import { type Found, runInChildren } from './jobs.ts';
import { type Outcome, runSchedule, type Wish } from './schedule.ts';
import { missing } from './sometimes.ts';
import { realMs, takeOverTime } from './time.ts';
import { digestOf } from './trace.ts';
import { START } from './world.ts';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    'only-seed': { type: 'string' },
    /** Of a child: its seeds, comma-separated. */
    seeds: { type: 'string' },
    /** JSON: `{ rates?, script? }` in place of what would be drawn. */
    wish: { type: 'string', default: '{}' },
    planted: { type: 'boolean', default: false },
    /** Of planted bugs: invariants, as in `I1,I7`. */
    only: { type: 'string' },
  },
});
const wish = JSON.parse(values.wish) as Wish;
const whole = (name: 'schedules' | 'seed' | 'jobs'): number => {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} takes a whole number`);
  return value;
};

/** Each schedule has a seed of its own, so that one can be run again by itself. */
const seedOf = (seed: number, index: number): number => (seed * 1_000_003 + index * 7_919 + 1) >>> 0;

const foundOf = ({ seed, profile, violations, faults, reached, traceHash, turns }: Outcome): Found => ({
  ...{ seed, profile: profile.name, violations, traceHash, turns },
  faults: Object.fromEntries(faults),
  reached: Object.fromEntries(reached),
});

async function withDatabase<T>(work: (database: SimDatabase) => Promise<T>): Promise<T> {
  const database = await openSimDatabase(new Date(START));
  takeOverTime();
  return work(database);
}

async function replay(seed: number): Promise<number> {
  const outcome = await withDatabase((database) =>
    runSchedule(database, seed, { tell: (line) => console.log(line), wish }),
  );
  console.log(JSON.stringify({ ...foundOf(outcome), rates: outcome.profile.rates }, null, 2));
  return outcome.violations.length === 0 ? 0 : 1;
}

/** As a child: one line of JSON for each seed. */
async function beChild(seeds: readonly number[]): Promise<number> {
  return withDatabase(async (database) => {
    for (const seed of seeds)
      console.log(JSON.stringify(foundOf(await runSchedule(database, seed, { wish }))));
    return 0;
  });
}

async function all(schedules: number, seed: number, jobs: number): Promise<number> {
  const seeds = Array.from({ length: schedules }, (_, i) => seedOf(seed, i));
  const beganMs = realMs();
  const tell = (found: Found) => {
    for (const violation of found.violations) console.log(`seed ${found.seed}: ${violation}`);
  };
  // The last one also by itself in a fresh process: one seed has one course, whatever ran before it.
  const [found, [again]] = await Promise.all([
    runInChildren(seeds, jobs, tell),
    runInChildren(seeds.slice(-1), 1, () => {}),
  ]);
  const last = found.at(-1);
  const [faults, reached]: Counts[] = [new Map(), new Map()];
  let violations = 0;
  for (const one of found) {
    violations += one.violations.length;
    for (const [name, times] of Object.entries(one.faults)) count(faults!, name, times);
    for (const [name, times] of Object.entries(one.reached)) count(reached!, name, times);
  }
  if (last && again && last.traceHash !== again.traceHash) {
    violations += 1;
    console.log(`seed ${last.seed}: H1 two courses of one seed: ${last.traceHash} ${again.traceHash}`);
  }
  const { failing, excused } = missing(schedules, faults!, reached!);
  violations += failing.length;
  for (const name of failing) console.log(`H4 ${name} never came about in ${schedules} schedules`);
  if (excused.length > 0)
    console.log(`never came about, in too few schedules to ask for it: ${excused.join(', ')}`);
  const seconds = (realMs() - beganMs) / 1_000;
  console.log(`seeds ${seeds[0] ?? '-'} to ${seeds.at(-1) ?? '-'}, ${jobs} at once`);
  console.log(`reached: ${list(reached!)}`);
  console.log(
    `${schedules} schedules, ${found.reduce((sum, one) => sum + one.turns, 0)} turns in ${seconds.toFixed(0)} s ` +
      `(${((schedules / seconds) * 60).toFixed(0)} a minute)`,
  );
  const failed = found.filter((one) => one.violations.length > 0).length || Math.min(1, violations);
  console.log(`${Math.max(0, schedules - failed)} passed, ${failed} failed`);
  console.log(
    JSON.stringify({
      schedules,
      seed,
      violations,
      traceHash: digestOf(
        found.map((one) => one.traceHash),
        64,
      ),
      faults: Object.fromEntries([...faults!].sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
  );
  return violations === 0 ? 0 : 1;
}

const list = (counts: Counts): string =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, times]) => `${name} ${times}`)
    .join(', ');

const code = values.planted
  ? await (await import('./planted-run.ts')).findPlanted(values.only)
  : values.seeds
    ? await beChild(values.seeds.split(',').map(Number))
    : values['only-seed']
      ? await replay(Number(values['only-seed']))
      : await all(whole('schedules'), whole('seed'), Math.max(1, whole('jobs')));
process.exit(code);

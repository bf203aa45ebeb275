// npm test: everything that needs no network. Check first, then integration, end to end and browser tests.
// npm run test:long: unit, integration and end-to-end specs with every count in full (JETWAY_LONG=1); takes hours.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { failureIn, failureLine, failureList } from './failures.mjs';

const long = process.argv.includes('--long');
const env = long ? { ...process.env, JETWAY_LONG: '1' } : process.env;

let passed = 0;
let failed = 0;
let skipped = 0;
const failures = [];

const COUNT = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

function run(title, command) {
  console.log(`\n== ${title}`);
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'], env });
    const before = { failed, told: failures.length };
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const failure = failureIn(line);
      if (failure !== undefined) failures.push(failure);
      // The count lines of the parts are summed; only the sum is printed alone on a line, at the end.
      const [, p, f, s] = COUNT.exec(line) ?? [];
      passed += Number(p ?? 0);
      failed += Number(f ?? 0);
      skipped += Number(s ?? 0);
      console.log(p === undefined ? line : `   ${line} in ${title}`);
    });
    let code;
    const end = () => {
      // A part that failed without a word, or that was killed before its last one.
      if (code !== 0 && failed === before.failed) failed += Math.max(1, failures.length - before.told);
      if (code !== 0 && failures.length === before.told)
        failures.push(failureIn(failureLine(title, `ended with ${code ?? 'a signal'}; its output is above`)));
      // What was counted counts, whatever it ended with.
      resolve(code === 0 && failed === before.failed);
    };
    // Both have to be over: the last lines may be read after the process has ended.
    let open = 2;
    const oneLess = () => --open === 0 && end();
    lines.on('close', oneLess);
    child.on('close', (exit) => {
      code = exit;
      oneLess();
    });
  });
}

const vitest = (project) => [
  'node_modules/.bin/vitest',
  'run',
  '--project',
  project,
  '--reporter=default',
  '--reporter=./test/support/reporter.ts',
];

const simulation = (schedules) => [
  'node_modules/.bin/tsx',
  ...['test/sim/sim.ts', '--schedules', `${schedules}`, '--seed', '1', '--jobs', '2'],
];

const everything = [
  ['check', [process.execPath, 'test/support/check.mjs']],
  ['build', [process.execPath, 'infra/build.mjs']],
  ['integration', vitest('int')],
  ['end to end', vitest('e2e')],
  ['browser', vitest('browser')],
  ['simulation', simulation(6)],
  // Says that it is skipped where moto is not installed.
  ['oracle', ['node_modules/.bin/tsx', 'test/oracle/oracle.ts']],
];
const counts = [
  ['build', [process.execPath, 'infra/build.mjs']],
  ['unit', vitest('unit')],
  ['integration', vitest('int')],
  ['end to end', vitest('e2e')],
  ['simulation', simulation(2_000)],
];

if (long) {
  console.log('The unit, integration and end-to-end specs with every count in full (JETWAY_LONG=1).');
  console.log('`npm test` tries one in a hundred of the large counts; this takes hours.');
}
/** Specs that failed in the run before, when they are few; many failures are not the machine's. */
function fewFiles(failures) {
  const files = [...new Set(failures.map((failure) => /^(\S+\.spec\.tsx?)\b/.exec(failure)?.[1]))];
  return files.length <= 3 && !files.includes(undefined) ? files : [];
}

const doubtful = [];

/**
 * Tests with real processes and real time may fail on a machine that is busy elsewhere. The few files that did are run once
 * more; what passes then is told at the end, by name, because it may also be a fault that comes rarely.
 */
async function runTwice(title, command) {
  const before = { failed, told: failures.length };
  if (await run(title, command)) return true;
  const files = fewFiles(failures.slice(before.told));
  if (files.length === 0) return false;
  const first = { passed, failed, skipped, told: failures.length };
  const ok = await run(`${title}, once more`, [...command, ...files]);
  ({ passed, failed, skipped } = first);
  failures.splice(first.told);
  if (!ok) return false;
  passed += failed - before.failed;
  failed = before.failed;
  doubtful.push(...failures.splice(before.told));
  return true;
}

const TIMED = ['integration', 'end to end', 'browser'];
const results = [];
for (const [title, command] of long ? counts : everything)
  results.push(await (TIMED.includes(title) ? runTwice : run)(title, command));
for (const line of failureList(failures)) console.log(line);
if (doubtful.length > 0)
  console.log(['', 'passed only when they were run once more:', ...doubtful.map((d) => `  ${d}`)].join('\n'));
console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = results.every(Boolean) ? 0 : 1;

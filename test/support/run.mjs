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
      resolve(code === 0);
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

const everything = [
  ['check', [process.execPath, 'test/support/check.mjs']],
  ['build', [process.execPath, 'infra/build.mjs']],
  ['integration', vitest('int')],
  ['end to end', vitest('e2e')],
  ['browser', vitest('browser')],
  // Says that it is skipped where moto is not installed.
  ['oracle', ['node_modules/.bin/tsx', 'test/oracle/oracle.ts']],
];
const counts = [
  ['build', [process.execPath, 'infra/build.mjs']],
  ['unit', vitest('unit')],
  ['integration', vitest('int')],
  ['end to end', vitest('e2e')],
];

if (long) {
  console.log('The unit, integration and end-to-end specs with every count in full (JETWAY_LONG=1).');
  console.log('`npm test` tries one in a hundred of the large counts; this takes hours.');
}
const results = [];
for (const [title, command] of long ? counts : everything) results.push(await run(title, command));
for (const line of failureList(failures)) console.log(line);
console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = results.every(Boolean) ? 0 : 1;

// npm test: everything that needs no network. Check first, then integration, end to end and browser tests.
import { spawn } from 'node:child_process';

let passed = 0;
let failed = 0;
let skipped = 0;

function run(title, command) {
  console.log(`\n== ${title}`);
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
    let counted = false;
    child.stdout.on('data', (chunk) => {
      // The count lines of the parts are summed; only the sum is printed alone on a line, at the end.
      const text = String(chunk).replace(
        /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm,
        (_line, p, f, s) => {
          counted = true;
          passed += Number(p);
          failed += Number(f);
          skipped += Number(s ?? 0);
          return `   ${p} passed, ${f} failed${s ? `, ${s} skipped` : ''} in ${title}`;
        },
      );
      process.stdout.write(text);
    });
    child.on('close', (code) => {
      if (code !== 0 && !counted) failed += 1;
      resolve(code === 0);
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

const results = [
  await run('check', [process.execPath, 'test/support/check.mjs']),
  await run('build', [process.execPath, 'infra/build.mjs']),
  await run('integration', vitest('int')),
  await run('end to end', vitest('e2e')),
  await run('browser', vitest('browser')),
  // Says that it is skipped where moto is not installed.
  await run('oracle', ['node_modules/.bin/tsx', 'test/oracle/oracle.ts']),
];
if (results.includes(false) && failed === 0) failed = 1;
console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = results.every(Boolean) ? 0 : 1;

// npm run mutants: puts known bugs into a copy of the sources, one at a time, and expects a test to fail for each.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { failureLine } from '../support/failures.mjs';
import { copySources, plant } from './copy.ts';
import { MUTANTS, type Mutant } from './planted.ts';

type Run = { passed: number; failed: number; output: string };

/** Runs the specs in the copy. A spec that cannot be loaded is no test that failed. */
function run(
  copy: string,
  { project, specs, only }: Pick<Mutant, 'project' | 'specs' | 'only'>,
): Promise<Run> {
  const args = ['run', '--project', project, '--reporter=json', ...(only ? ['-t', only] : []), ...specs];
  return new Promise((resolve, reject) => {
    const child = spawn(join(copy, 'node_modules/.bin/vitest'), args, {
      cwd: copy,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaint = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (complaint += chunk));
    child.once('error', reject);
    child.once('close', () => {
      try {
        const report = JSON.parse(output.slice(output.indexOf('{"')));
        resolve({ passed: report.numPassedTests, failed: report.numFailedTests, output: complaint });
      } catch {
        resolve({ passed: 0, failed: 0, output: `${output}\n${complaint}` });
      }
    });
  });
}

async function judge(copy: string, mutant: Mutant): Promise<string | undefined> {
  const sound = await run(copy, mutant);
  if (sound.failed > 0 || sound.passed === 0)
    return `its tests do not pass without the bug: ${sound.output.slice(0, 300)}`;
  const restore = plant(copy, mutant);
  try {
    const broken = await run(copy, mutant);
    if (broken.failed > 0) {
      console.log(`ok    ${mutant.name}: ${broken.failed} of ${broken.passed + broken.failed} tests fail`);
      return undefined;
    }
    return broken.passed === 0
      ? `nothing ran with the bug: ${broken.output.slice(0, 300)}`
      : 'no test noticed the bug';
  } finally {
    restore();
  }
}

const copy = copySources();
let failed = 0;
try {
  for (const mutant of MUTANTS) {
    const complaint = await judge(copy, mutant).catch((error: Error) => error.message);
    if (complaint === undefined) continue;
    failed++;
    console.log(`FAIL  ${mutant.name}: ${complaint}`);
    console.log(failureLine(`planted bug > ${mutant.name}`, complaint));
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`${MUTANTS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

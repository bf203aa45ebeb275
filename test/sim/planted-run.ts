import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { copySources, plant } from '../mutants/copy.ts';
import { PLANTED, type Planted } from './planted.ts';

/** Puts each bug into a copy of the sources and lets schedules run there until its violation shows. @returns the exit code */
export async function findPlanted(only: string | undefined): Promise<number> {
  const bugs = PLANTED.filter(({ shows }) => only === undefined || only.split(',').includes(shows));
  const copy = copySources();
  let missed = 0;
  try {
    for (const bug of bugs) {
      const restore = plant(copy, bug);
      const shown = await look(copy, bug).finally(restore);
      if (shown === undefined) missed += 1;
      console.log(
        `${shown === undefined ? 'FAIL' : 'ok  '}  ${bug.shows} ${bug.name}: ${shown ?? 'nobody noticed'}`,
      );
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  console.log(`${bugs.length - missed} passed, ${missed} failed`);
  return missed === 0 ? 0 : 1;
}

/** @returns the violation in its words, once a schedule has it */
function look(copy: string, { shows, wish = {}, within = 20 }: Planted): Promise<string | undefined> {
  const seeds = Array.from({ length: within }, (_, i) => i + 1).join(',');
  const args = ['--import', 'tsx', 'test/sim/sim.ts', '--seeds', seeds, '--wish', JSON.stringify(wish)];
  const child = spawn(process.execPath, args, { cwd: copy, stdio: ['ignore', 'pipe', 'inherit'] });
  let shown: string | undefined;
  let rest = '';
  child.stdout.on('data', (chunk) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((text) => text.startsWith('{'))) {
      const { seed, violations } = JSON.parse(line) as { seed: number; violations: string[] };
      const own = violations.find((violation) => violation.startsWith(`${shows} `));
      if (own === undefined || shown !== undefined) continue;
      shown = `seed ${seed}: ${own}`;
      child.kill();
    }
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(shown));
  });
}

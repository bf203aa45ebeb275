import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a child tells of one schedule. */
export type Found = {
  seed: number;
  profile: string;
  violations: string[];
  traceHash: string;
  turns: number;
  faults: Record<string, number>;
  reached: Record<string, number>;
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A process that has gone through so many is replaced: the memory of WebAssembly is never given back. */
const SCHEDULES_OF_A_CHILD = 200;

/** Runs every seed in some process or other; which one makes no difference. @returns in the order of the seeds */
export async function runInChildren(
  seeds: readonly number[],
  jobs: number,
  tell: (found: Found) => void,
): Promise<Found[]> {
  const found = new Map<number, Found>();
  const size = Math.max(1, Math.min(SCHEDULES_OF_A_CHILD, Math.ceil(seeds.length / jobs)));
  const portions: number[][] = [];
  for (let i = 0; i < seeds.length; i += size) portions.push(seeds.slice(i, i + size));
  const work = async () => {
    for (let portion = portions.shift(); portion; portion = portions.shift())
      await runChild(portion, (one) => {
        found.set(one.seed, one);
        tell(one);
      });
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return seeds.map((seed) => found.get(seed) ?? lost(seed));
}

const lost = (seed: number): Found => ({
  ...{ seed, profile: 'none', traceHash: '', turns: 0, faults: {}, reached: {} },
  violations: ['the schedule was never finished'],
});

function runChild(seeds: readonly number[], tell: (found: Found) => void): Promise<void> {
  const args = ['--import', 'tsx', 'test/sim/sim.ts', '--seeds', seeds.join(',')];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (line.startsWith('{')) tell(JSON.parse(line) as Found);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { WORKFLOWS } from '../../workflows/index.ts';
import type { WalkIndex, WalkRecording } from '../../workflows/walk.fixture.ts';

/** Walks through the machines, as their unit specs take them on our engine. */
export type Walks = {
  /** When all are recorded. @throws when a spec failed: then nothing here can be believed */
  recorded(): Promise<void>;
  /** Of one machine: as few as together enter every state that any enters, cheap ones first. */
  chosenOf(machine: string): WalkRecording[];
  close(): Promise<void>;
};

/** A walk of tens of thousands of events says no more than a short one and takes a minute on moto. */
const LONGEST_WALK = 3_000;
/** What starting an execution costs, in events. */
const START_COSTS = 20;
/** Events of one machine's walks together: what moto executes in twenty seconds. */
const ENOUGH_EVENTS = process.env.JETWAY_LONG === '1' ? Number.POSITIVE_INFINITY : 6_000;

const specOf = (machine: string): string => `workflows/${machine}/${machine}.unit.spec.ts`;

/** Starts the unit specs of the machines in a process of their own, so that the oracle can do something else meanwhile. */
export function recordWalks(): Walks {
  const folder = mkdtempSync(join(tmpdir(), 'jetway-walks-'));
  const root = packageRoot();
  const specs = WORKFLOWS.map(({ name }) => specOf(name)).filter((spec) => existsSync(join(root, spec)));
  const child = spawn('npx', ['vitest', 'run', '--project', 'unit', '--maxWorkers', '1', ...specs], {
    cwd: root,
    env: { ...process.env, JETWAY_WALKS: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  const over = once(child, 'exit');
  return {
    async recorded() {
      const [code] = await over;
      if (code !== 0) throw new Error(`the unit specs of the machines failed: ${said.slice(-2_000)}`);
    },
    chosenOf: (machine) => chosen(folder, machine),
    async close() {
      await stopped(child, over);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function stopped(child: ChildProcess, over: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await over;
}

/** Of the recordings in a folder. */
export function chosen(folder: string, machine: string): WalkRecording[] {
  const left = readdirSync(folder)
    .filter((file) => file.endsWith('.index.json'))
    .map((file) => ({ ...(read(join(folder, file)) as WalkIndex), file }))
    .filter((one) => one.machine === machine && one.events <= LONGEST_WALK)
    // The same choice each time, whatever the files are called.
    .sort((a, b) => a.events - b.events || (a.states.join() < b.states.join() ? -1 : 1));
  const entered = new Set<string>();
  const files: string[] = [];
  for (let events = 0; ; ) {
    const affordable = left.filter((one) => events + one.events <= ENOUGH_EVENTS);
    const worth = affordable.map((one) => ({ one, gain: gainOf(one, entered) }));
    const best = worth.reduce((a, b) => (b.gain > a.gain ? b : a), { one: affordable[0], gain: 0 });
    if (!best.one || best.gain === 0) break;
    for (const state of best.one.states) entered.add(state);
    events += best.one.events;
    files.push(best.one.file.replace('.index.', '.walk.'));
  }
  return files.map((file) => read(join(folder, file)) as WalkRecording);
}

const gainOf = ({ states, events }: WalkIndex, entered: ReadonlySet<string>): number =>
  states.filter((state) => !entered.has(state)).length / (events + START_COSTS);

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

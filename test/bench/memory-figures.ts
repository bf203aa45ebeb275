import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildService } from '../chaos/service-process.ts';
import { startChild } from './child.ts';
import { benchCluster } from './cluster.ts';
import type { Figure, Sides } from './figure.ts';

const WORKER = join('test', 'bench', 'memory-worker');
const EVENTS = 1_000_000;
const LIMIT_MB = 200;
/** What a process needs once is there by then. */
const SETTLED = 0.2;

type Memory = { peakMb: number; settledMb: number; endMb: number };

/** Resident memory of a process, built as the service is, that takes a million events by the inbox path. One run says both. */
export function memoryFigures(): Figure[] {
  let memory: Promise<Memory> | undefined;
  const measured = () => {
    memory ??= ingestAll();
    return memory;
  };
  const figure = (
    name: string,
    yardstickName: string,
    gate: Figure['gate'],
    values: (memory: Memory) => [ours: number, yardstick: number],
  ): Figure => ({
    name,
    unit: 'MB',
    yardstickName,
    ...(gate === undefined ? {} : { gate }),
    once: true,
    open: (): Sides => ({
      ours: async () => values(await measured())[0],
      yardstick: async () => values(await measured())[1],
    }),
  });
  return [
    figure('memory.worker', 'the limit of 200 MB', { atMost: 1 }, ({ peakMb }) => [peakMb, LIMIT_MB]),
    figure('memory.worker_flat', 'the same process after a fifth of the events', { atMost: 1.15 }, (m) => [
      m.endMb,
      m.settledMb,
    ]),
  ];
}

async function ingestAll(): Promise<Memory> {
  const url = await (await benchCluster()).fresh();
  const build = buildService(`${WORKER}.ts`);
  const child = await startChild(join(build.dir, `${WORKER}.js`), { url, events: EVENTS });
  const memory = { peakMb: 0, settledMb: 0, endMb: 0 };
  try {
    for (let taken = 0; taken < EVENTS; ) {
      taken = Number(await child.next());
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const residentMb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
      memory.peakMb = Math.max(memory.peakMb, residentMb);
      if (taken <= EVENTS * SETTLED) memory.settledMb = Math.max(memory.settledMb, residentMb);
      if (taken > EVENTS * (1 - SETTLED)) memory.endMb = Math.max(memory.endMb, residentMb);
    }
  } finally {
    await child.stop();
    build.remove();
  }
  return memory;
}

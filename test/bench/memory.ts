import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openInstallation } from '../chaos/installation.ts';

type Row = { process: string; rssMb: number; peakMb: number | null; limitMb: number | null };

/** Resident memory of every process, so many seconds after it was ready. Exits 1 when one is over its limit. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { after: { type: 'string', default: '30' }, json: { type: 'boolean', default: false } },
  });
  const seconds = Number(values.after);
  const apart = await measure(true, seconds);
  const together = await measure(false, seconds);
  const rows = [
    row('service (Postgres and AWS elsewhere)', apart.service, 150),
    row('embedded AWS alone', apart.aws, null),
    row('all in one process', together.service, 1_000),
  ];
  process.stdout.write(values.json ? `${JSON.stringify({ seconds, rows })}\n` : table(rows, seconds));
  return rows.every((r) => r.limitMb === null || r.rssMb < r.limitMb) ? 0 : 1;
}

type Memory = { rssMb: number; peakMb: number | null };

async function measure(apart: boolean, seconds: number): Promise<Record<string, Memory>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'jetway-memory-'));
  const place = await openInstallation({ dataDir, timeScale: 60, apart });
  try {
    place.start();
    await place.ready();
    await sleep(seconds * 1_000);
    return Object.fromEntries(Object.entries(place.pids()).map(([name, pid]) => [name, memoryOf(pid)]));
  } finally {
    await place.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function memoryOf(pid: number): Memory {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) {
    const kilobytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
    return { rssMb: kilobytes / 1_024, peakMb: null };
  }
  const status = readFileSync(file, 'utf8');
  const of = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  return { rssMb: of('VmRSS'), peakMb: of('VmHWM') };
}

const row = (process: string, memory: Memory | undefined, limitMb: number | null): Row => ({
  process,
  rssMb: Math.round(memory?.rssMb ?? Number.NaN),
  peakMb: memory?.peakMb == null ? null : Math.round(memory.peakMb),
  limitMb,
});

function table(rows: readonly Row[], seconds: number): string {
  const line = (cells: readonly (string | number)[]) =>
    `${String(cells[0]).padEnd(40)}${cells
      .slice(1)
      .map((cell) => String(cell).padStart(10))
      .join('')}`;
  return `${[
    line([`resident memory ${seconds} s after ready`, 'RSS MB', 'peak MB', 'limit MB']),
    ...rows.map((r) => line([r.process, r.rssMb, r.peakMb ?? '', r.limitMb ?? ''])),
  ].join('\n')}\n`;
}

process.exitCode = await main();

import { performance } from 'node:perf_hooks';

/** What is measured, and beside what: both are functions that do the whole work once. */
export type Figure = {
  name: string;
  unit: 'ms' | 'µs';
  ours: () => unknown;
  yardstick: () => unknown;
  yardstickName: string;
  /** How often each is done, after a tenth of it to warm up. */
  runs: number;
};

/** `ratio` is ours by the yardstick: below one is faster than the yardstick. */
export type Result = {
  name: string;
  ours: number;
  yardstick: number;
  ratio: number;
  unit: Figure['unit'];
  runs: number;
  yardstickName: string;
};

/** Takes turns, so that whatever else the machine does falls on both; the median of each counts. */
export async function measure(figure: Figure): Promise<Result> {
  const { name, unit, runs, yardstickName } = figure;
  const times = { ours: [] as number[], yardstick: [] as number[] };
  const warmUp = Math.max(1, Math.round(runs / 10));
  for (let run = -warmUp; run < runs; run++) {
    for (const side of ['ours', 'yardstick'] as const) {
      const began = performance.now();
      await figure[side]();
      const tookMs = performance.now() - began;
      if (run >= 0) times[side].push(unit === 'ms' ? tookMs : tookMs * 1_000);
    }
  }
  const [ours, yardstick] = [median(times.ours), median(times.yardstick)];
  return { name, ours, yardstick, ratio: ours / yardstick, unit, runs, yardstickName };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

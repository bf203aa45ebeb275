/** What a ratio has to reach; without one it is reported only. */
export type Gate = { atLeast: number } | { atMost: number };

/** The two things that are measured beside each other. Each call is one round and answers with one value. */
export type Sides = {
  ours(): Promise<number> | number;
  yardstick(): Promise<number> | number;
  close?(): Promise<void>;
};

export type Figure = {
  name: string;
  unit: string;
  /** In words, for the table. */
  yardstickName: string;
  gate?: Gate;
  /** What ours has to stay below by itself, in the figure's unit. */
  most?: number;
  /** At least five; what takes long is not done more often. */
  rounds?: number;
  /** What cannot be repeated in a bearable time: one round, without a warm-up. */
  once?: boolean;
  open(): Promise<Sides> | Sides;
};

/** `ratio` is ours by the yardstick: the median of the ratios of the rounds. `runs` is how many rounds there were. */
export type Result = {
  name: string;
  ours: number;
  yardstick: number;
  ratio: number;
  unit: string;
  runs: number;
  yardstickName: string;
  /** Undefined without a gate. */
  reached?: boolean;
  gate?: Gate;
  most?: number;
};

const ROUNDS = 5;

/**
 * Takes turns, and changes who begins, so that whatever else the machine does falls on both. The first round warms up
 * and does not count.
 */
export async function measure(figure: Figure, wanted = figure.rounds ?? ROUNDS): Promise<Result> {
  const rounds = figure.once ? 1 : wanted;
  const sides = await figure.open();
  const values = { ours: [] as number[], yardstick: [] as number[] };
  try {
    for (let round = figure.once ? 1 : 0; round <= rounds; round++) {
      const order = round % 2 === 0 ? (['ours', 'yardstick'] as const) : (['yardstick', 'ours'] as const);
      for (const side of order) {
        const value = await sides[side]();
        if (round > 0) values[side].push(value);
      }
    }
  } finally {
    await sides.close?.();
  }
  const { name, unit, yardstickName, gate, most } = figure;
  const ours = median(values.ours);
  const ratio = median(values.ours.map((value, i) => value / (values.yardstick[i] as number)));
  return {
    name,
    ours,
    yardstick: median(values.yardstick),
    ratio,
    unit,
    runs: rounds,
    yardstickName,
    ...(gate === undefined ? {} : { gate }),
    ...(most === undefined ? {} : { most }),
    ...((gate ?? most) === undefined
      ? {}
      : { reached: (!gate || reaches(ratio, gate)) && ours < (most ?? Infinity) }),
  };
}

const reaches = (ratio: number, gate: Gate): boolean =>
  'atLeast' in gate ? ratio >= gate.atLeast : ratio <= gate.atMost;

/** A function as a side: the median time of so many calls. */
export const timed =
  (unit: 'ms' | 'µs', calls: number, work: () => unknown): (() => Promise<number>) =>
  async () => {
    const times: number[] = [];
    for (let call = 0; call < calls; call++) {
      const began = performance.now();
      await work();
      times.push(performance.now() - began);
    }
    return median(times) * (unit === 'ms' ? 1 : 1_000);
  };

/** The value below which that share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

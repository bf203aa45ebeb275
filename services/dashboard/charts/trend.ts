/** Geometry of a chart in the units of its view box; a page only writes it down. */
export type Area = { key: string; d: string };
export type Tick = { at: number; label: string };
export type Trend = { areas: Area[]; across: Tick[]; up: Tick[] };

const STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The smallest whole number that people like to read and that is not below `n`: the end of an axis. */
export function niceCeiling(n: number): number {
  if (n <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(n));
  const fits = STEPS.map((step) => Math.round(step * power * 10) / 10);
  return fits.find((end) => n <= end && Number.isInteger(end)) ?? 10 * power;
}

/**
 * Areas on top of one another, first key at the bottom. One point is drawn as a level line.
 * @param points oldest first: `{ at: RFC 3339, [key]: count }`
 * @returns ticks where x and y are in units of the view box; y grows downwards
 */
export function stackedTrend<K extends string>(
  points: readonly ({ at: string } & Record<K, number>)[],
  keys: readonly K[],
  { width, height }: { width: number; height: number },
): Trend {
  const totals = points.map((point) => keys.reduce((sum, key) => sum + point[key], 0));
  const top = niceCeiling(Math.max(0, ...totals));
  const shown = points.length === 1 ? [points[0]!, points[0]!] : points;
  const x = (i: number) => round(shown.length < 2 ? 0 : (i * width) / (shown.length - 1));
  const y = (n: number) => round(height - (n * height) / top);
  const below = shown.map(() => 0);
  const areas = keys.map((key) => {
    const lower = shown.map((_, i) => `${x(i)} ${y(below[i]!)}`);
    const upper = shown.map((point, i) => {
      below[i] = below[i]! + point[key];
      return `${x(i)} ${y(below[i]!)}`;
    });
    return { key, d: shown.length === 0 ? '' : `M${upper.join('L')}L${lower.reverse().join('L')}Z` };
  });
  const across = [...new Set([0, Math.floor((points.length - 1) / 2), points.length - 1])]
    .filter((i) => i >= 0 && i < points.length)
    .map((i) => ({ at: points.length === 1 ? 0 : x(i), label: points[i]!.at.slice(5, 10) }));
  return {
    areas,
    across,
    up: [0, top / 2, top].filter(Number.isInteger).map((n) => ({ at: y(n), label: String(n) })),
  };
}

const round = (n: number): number => Math.round(n * 10) / 10;

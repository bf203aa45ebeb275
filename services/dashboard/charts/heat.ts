/** The boxes of one state in a row of the map. */
export type HeatRun = { state: string; d: string };

/** `v` violated, `e` violated by exception only, `u` not known, `c` in order, `-` the account does not have it. */
export const HEAT_STATES = ['c', 'u', 'e', 'v'] as const;

/**
 * A row as one path for each state: neighbours of one state are one box, so that a thousand accounts cost a few hundred
 * characters. A violation is at least `least` wide: among a thousand it must not vanish.
 * @param cell width of one account, in units of the view box
 */
export function heatRuns(cells: string, cell: number, y: number, height: number, least = 2.5): HeatRun[] {
  const boxes: Record<string, string> = {};
  for (let from = 0; from < cells.length; ) {
    const state = cells[from]!;
    let to = from + 1;
    while (to < cells.length && cells[to] === state) to += 1;
    const x = round(from * cell);
    const width = Math.max(round((to - from) * cell), state === 'v' ? least : 0);
    if (state !== '-')
      boxes[state] = `${boxes[state] ?? ''}M${x} ${y}h${round(width)}v${height}h-${round(width)}z`;
    from = to;
  }
  // Violations last: they are drawn over what stands beside them.
  return HEAT_STATES.flatMap((state) => (boxes[state] ? [{ state, d: boxes[state] }] : []));
}

/** Neighbouring accounts of one unit, for the marks above the map. */
export function bands(
  units: readonly (string | null)[],
  cell: number,
): { unit: string | null; x: number; width: number }[] {
  const made: { unit: string | null; x: number; width: number }[] = [];
  units.forEach((unit, i) => {
    const last = made.at(-1);
    if (last && last.unit === unit) last.width = round((i + 1) * cell - last.x);
    else made.push({ unit, x: round(i * cell), width: round(cell) });
  });
  return made;
}

const round = (n: number): number => Math.round(n * 100) / 100;

export type Part = { key: string; x: number; width: number };

/**
 * Parts of a whole side by side. What is there at all is at least `least` wide, so that one of ten thousand is seen; the
 * others give that up in proportion.
 */
export function partsOf(counts: readonly { key: string; n: number }[], width: number, least = 3): Part[] {
  const shown = counts.filter(({ n }) => n > 0);
  const total = shown.reduce((sum, { n }) => sum + n, 0);
  const small = shown.filter(({ n }) => (n * width) / total < least);
  const rest = total - small.reduce((sum, { n }) => sum + n, 0);
  let x = 0;
  return shown.map(({ key, n }) => {
    const part = small.some((one) => one.key === key)
      ? least
      : (n * (width - least * small.length)) / (rest || 1);
    const made = { key, x: round(x), width: round(part) };
    x += part;
    return made;
  });
}

const round = (n: number): number => Math.round(n * 10) / 10;

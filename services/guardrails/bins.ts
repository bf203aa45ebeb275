/** A thing with a size, in the units of the capacity. */
export type Item<T> = { size: number; value: T };

/** Enough for the whole catalogue; a bound, so that planning never takes long. */
const NODE_BUDGET = 50_000;

/**
 * Packs items into as few bins as it can find: first fit decreasing, then a bounded search for fewer. The same items
 * in the same order always give the same bins. Every item must fit into a bin by itself.
 */
export function packBins<T>(items: readonly Item<T>[], capacity: number): Item<T>[][] {
  const sorted = items
    .map((item, i) => ({ item, i }))
    .sort((a, b) => b.item.size - a.item.size || a.i - b.i)
    .map(({ item }) => item);
  let best = firstFit(sorted, capacity);
  const total = sorted.reduce((sum, { size }) => sum + size, 0);
  const budget = { nodes: NODE_BUDGET };
  for (let fewer = best.length - 1; fewer >= Math.ceil(total / capacity) && fewer > 0; fewer--) {
    const found = search(sorted, capacity, fewer, total, budget);
    if (found === undefined) break;
    best = found;
  }
  return best;
}

function firstFit<T>(sorted: readonly Item<T>[], capacity: number): Item<T>[][] {
  const bins: { free: number; items: Item<T>[] }[] = [];
  for (const item of sorted) {
    let bin = bins.find(({ free }) => free >= item.size);
    if (bin === undefined) {
      bin = { free: capacity, items: [] };
      bins.push(bin);
    }
    bin.free -= item.size;
    bin.items.push(item);
  }
  return bins.map((bin) => bin.items);
}

/** Depth-first over "which bin takes the next item"; bins with equal room are the same bin to it. */
function search<T>(
  sorted: readonly Item<T>[],
  capacity: number,
  count: number,
  total: number,
  budget: { nodes: number },
): Item<T>[][] | undefined {
  const bins = Array.from({ length: count }, () => ({ free: capacity, items: [] as Item<T>[] }));
  const smallest = sorted[sorted.length - 1]?.size ?? 0;
  const place = (at: number, left: number): boolean => {
    const item = sorted[at];
    if (item === undefined) return true;
    const usable = bins.reduce((sum, { free }) => sum + (free >= smallest ? free : 0), 0);
    if (usable < left) return false;
    const tried = new Set<number>();
    for (const bin of bins) {
      if (bin.free < item.size || tried.has(bin.free)) continue;
      if (budget.nodes-- <= 0) return false;
      tried.add(bin.free);
      bin.free -= item.size;
      bin.items.push(item);
      if (place(at + 1, left - item.size)) return true;
      bin.free += item.size;
      bin.items.pop();
    }
    return false;
  };
  return place(0, total) ? bins.map((bin) => bin.items) : undefined;
}

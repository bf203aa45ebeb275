import type { Item } from './bins.ts';

/**
 * Shares items out to at most three bins so that one item more or less changes at most two of them, however the items
 * came together. Undefined when three bins in this order do not hold them.
 *
 * Items lie from the smallest to the largest. The first bin is the longest run from the left that fits, the last the
 * longest from the right, and what lies between is the middle bin. For an item c that comes in, with three bins after:
 * - c outside the first bin leaves the first bin as it was: it does not fit there, and all behind it are no smaller.
 * - c inside the first bin leaves the last bin as it was: nothing to the right of the middle has changed.
 * So one of the three is always kept. With two bins before, the kept one must be among them. The first bin always is.
 * The last is, when the two cover each other by so little that an item in the first bin could open a middle: the item
 * and the one that it pushes out are each no larger than the first item s behind the first bin, so that takes less than
 * 2s. Only then both runs are written whole, and what they share, less than 2s, is in both.
 */
export function arrange<T>(sorted: readonly Item<T>[], capacity: number): Item<T>[][] | undefined {
  const total = sizeOf(sorted);
  if (total <= capacity) return sorted.length === 0 ? [] : [[...sorted]];
  const end = runLength(sorted, capacity);
  const start = sorted.length - runLength([...sorted].reverse(), capacity);
  const [first, last] = [sorted.slice(0, end), sorted.slice(start)];
  if (start <= end) {
    const shared = sizeOf(sorted.slice(start, end));
    return [first, shared >= 2 * (sorted[end]?.size ?? 0) ? sorted.slice(end) : last];
  }
  const middle = sorted.slice(end, start);
  return sizeOf(middle) <= capacity ? [first, middle, last] : undefined;
}

const sizeOf = (items: readonly Item<unknown>[]): number => items.reduce((sum, { size }) => sum + size, 0);

/** How many of the first items fit together. */
function runLength(items: readonly Item<unknown>[], capacity: number): number {
  let free = capacity;
  const blocker = items.findIndex(({ size }) => {
    free -= size;
    return free < 0;
  });
  return blocker < 0 ? items.length : blocker;
}

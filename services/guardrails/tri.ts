/**
 * Kleene's three-valued logic. `maybe` means that the request does not say enough; it survives only where it could
 * change the answer, so that nothing is ever called allowed on a guess.
 */
export type Tri = 'yes' | 'no' | 'maybe';

export const tri = (value: boolean): Tri => (value ? 'yes' : 'no');

export function not(value: Tri): Tri {
  if (value === 'maybe') return 'maybe';
  return value === 'yes' ? 'no' : 'yes';
}

/** `yes` when one is `yes`, `no` when all are `no` (also for none at all). */
export function anyOf<T>(items: Iterable<T>, test: (item: T) => Tri): Tri {
  let answer: Tri = 'no';
  for (const item of items) {
    const value = test(item);
    if (value === 'yes') return 'yes';
    if (value === 'maybe') answer = 'maybe';
  }
  return answer;
}

/** `no` when one is `no`, `yes` when all are `yes` (also for none at all). */
export function allOf<T>(items: Iterable<T>, test: (item: T) => Tri): Tri {
  return not(anyOf(items, (item) => not(test(item))));
}

type Waiting<I, O> = { item: I; resolve: (value: O) => void; reject: (error: unknown) => void };

/** What became of one of several. */
export type Outcome<O> = { value: O } | { error: unknown };

/**
 * What is asked for while the last is under way goes together with the next: no timer, so nobody waits for company.
 * `work` answers for each item, in their order; when it throws, it has failed for all of them.
 * @param most items of one group
 * @param lanes groups that may be under way at once
 */
export function coalesce<I, O>(
  work: (items: readonly I[]) => Promise<readonly Outcome<O>[]>,
  { most = 100, lanes = 1 }: { most?: number; lanes?: number } = {},
): (item: I) => Promise<O> {
  const waiting: Waiting<I, O>[] = [];
  let busy = 0;
  const goOn = async () => {
    busy++;
    // Whoever asks in the same turn comes along.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting.splice(0, most);
      try {
        const outcomes = await work(group.map(({ item }) => item));
        for (const [i, { resolve, reject }] of group.entries()) {
          const outcome = outcomes[i] ?? { error: new Error('nothing was answered for it') };
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.value);
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    busy--;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (busy < lanes) void goOn();
    });
}

/** One of something for each database of this process. */
export function perDatabase<T>(make: (database: object) => T): (database: object) => T {
  const made = new WeakMap<object, T>();
  return (database) => {
    const known = made.get(database) ?? make(database);
    made.set(database, known);
    return known;
  };
}

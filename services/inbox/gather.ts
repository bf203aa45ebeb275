/** One for the database, one for this process. */
const AT_ONCE = 2;

/**
 * Lets what arrives in small portions be worked off in large ones: whatever came while one portion was at work is the next.
 * No timer, so that a single message never waits for others. While a portion waits for the database, the next is read:
 * a second one is worked on beside the first as soon as it is a whole one.
 * @param work is called with at most `most` at once, and never more than twice at the same time
 * @returns takes a portion; resolves with what `work` made of it
 */
export function gather<T, R>(
  most: number,
  work: (all: readonly T[]) => Promise<ReadonlyMap<T, R>>,
): (portion: readonly T[]) => Promise<(R | undefined)[]> {
  const waiting: {
    portion: readonly T[];
    settle: (made: ReadonlyMap<T, R>) => void;
    fail: (e: unknown) => void;
  }[] = [];
  let there = 0;
  let busy = 0;
  const next = () => {
    let size = 0;
    let count = 0;
    while (count < waiting.length && (count === 0 || size + waiting[count]!.portion.length <= most))
      size += waiting[count++]!.portion.length;
    there -= size;
    return waiting.splice(0, count);
  };
  const mayBegin = () => waiting.length > 0 && (busy === 0 || (busy < AT_ONCE && there >= most));
  const run = async () => {
    busy += 1;
    const taken = next();
    try {
      const made = await work(taken.flatMap((t) => t.portion));
      for (const { settle } of taken) settle(made);
    } catch (error) {
      for (const { fail } of taken) fail(error);
    }
    busy -= 1;
    while (mayBegin()) void run();
  };
  return (portion) =>
    new Promise((resolve, reject) => {
      waiting.push({ portion, settle: (made) => resolve(portion.map((one) => made.get(one))), fail: reject });
      there += portion.length;
      if (mayBegin()) void run();
    });
}

/**
 * Lets what arrives in small portions be worked off in large ones: whatever came while one portion was at work is the next.
 * No timer, so that a single message never waits for others.
 * @param work is called with at most `most` at once, and never twice at the same time
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
  let busy = false;
  const run = async () => {
    busy = true;
    while (waiting.length > 0) {
      let size = 0;
      let count = 0;
      while (count < waiting.length && (count === 0 || size + waiting[count]!.portion.length <= most))
        size += waiting[count++]!.portion.length;
      const taken = waiting.splice(0, count);
      try {
        const made = await work(taken.flatMap((t) => t.portion));
        for (const { settle } of taken) settle(made);
      } catch (error) {
        for (const { fail } of taken) fail(error);
      }
    }
    busy = false;
  };
  return (portion) =>
    new Promise((resolve, reject) => {
      waiting.push({ portion, settle: (made) => resolve(portion.map((one) => made.get(one))), fail: reject });
      if (!busy) void run();
    });
}

/**
 * Lets what arrives in small portions be worked off in large ones: whatever came while one portion was at work is the next.
 * No timer, so that a single message never waits for others. A second portion is worked on beside the first as soon as it is
 * a whole one: it is made ready while the database has the other.
 * @param atOnce so many portions may be worked on at the same time
 * @param work is called with at most `most`
 * @returns takes a portion; resolves with what `work` said of all that it was worked off with
 */
export function gather<T, R>(
  { most, atOnce }: { most: number; atOnce: number },
  work: (all: readonly T[]) => Promise<R>,
): (portion: readonly T[]) => Promise<R> {
  let waiting: { portion: readonly T[]; settle: (said: R) => void; fail: (e: unknown) => void }[] = [];
  let there = 0;
  let busy = 0;
  const next = () => {
    let size = 0;
    let count = 0;
    while (count < waiting.length && (count === 0 || size + waiting[count]!.portion.length <= most))
      size += waiting[count++]!.portion.length;
    there -= size;
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return taken;
  };
  const mayBegin = () => waiting.length > 0 && (busy === 0 || (busy < atOnce && there >= most));
  const run = async () => {
    busy += 1;
    const taken = next();
    try {
      const said = await work(taken.flatMap((t) => t.portion));
      for (const { settle } of taken) settle(said);
    } catch (error) {
      for (const { fail } of taken) fail(error);
    }
    busy -= 1;
    while (mayBegin()) void run();
  };
  return (portion) =>
    new Promise((settle, fail) => {
      waiting.push({ portion, settle, fail });
      there += portion.length;
      if (mayBegin()) void run();
    });
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaseSize, openLeases, WINDOW_MS } from './rate-leases.ts';

const AT = Date.parse('2026-03-04T10:00:00.000Z');

/** What all processes count in: a window begins with its first call. */
function openBook() {
  const windows = new Map<string, { hits: number; started: number }>();
  let asked = 0;
  return {
    asked: () => asked,
    async count(key: string, size: number, now: Date) {
      asked++;
      const at = now.getTime();
      const last = windows.get(key);
      const window =
        last && last.started <= at && at < last.started + WINDOW_MS ? last : { hits: 0, started: at };
      window.hits += size;
      windows.set(key, window);
      return { ...window };
    },
  };
}

describe('calls that are counted beforehand', () => {
  it('never let more through than the limit, whatever the number of processes and who asks when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.tuple(fc.nat(2), fc.nat(9)), { minLength: 1, maxLength: 60 }),
        async (limit, bursts) => {
          const book = openBook();
          const processes = [0, 1, 2].map(() => openLeases(book.count));
          let passed = 0;
          for (const [process, more] of bursts) {
            const calls = Array.from({ length: more + 1 }, () =>
              processes[process]!.take('ana', limit, new Date(AT)),
            );
            for (const { hits } of await Promise.all(calls)) if (hits <= limit) passed++;
          }
          expect(passed).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });

  it('of one process alone are exactly the limit, each with a place of its own, at once or one by one', async () => {
    for (const limit of [1, 7, 60, 600]) {
      const book = openBook();
      const { take } = openLeases(book.count);
      const half = await Promise.all(
        Array.from({ length: Math.floor(limit / 2) }, () => take('ana', limit, new Date(AT))),
      );
      const places = half.map(({ hits }) => hits);
      for (let i = places.length; i < limit + 3; i++)
        places.push((await take('ana', limit, new Date(AT))).hits);
      expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: limit + 3 }, (_, i) => i + 1));
      expect(book.asked()).toBeLessThan(limit < 100 ? limit + 4 : limit / 2);
    }
  });

  it('are lost to others by a sixteenth of what was left at most', () => {
    for (const left of [-5, 0, 1, 15]) expect(leaseSize(left)).toBe(1);
    expect([leaseSize(64), leaseSize(600), leaseSize(1e9)]).toEqual([4, 37, 64]);
  });

  it('are of their window: the next begins anew, and one from before the clock was set back is none', async () => {
    const { take } = openLeases(openBook().count);
    const at = async (ms: number) => (await take('ana', 600, new Date(ms))).hits;
    expect([await at(AT), await at(AT + WINDOW_MS - 1), await at(AT + WINDOW_MS)]).toEqual([1, 2, 1]);
    expect(await at(AT)).toBe(1);
  });

  it('are asked for again when the count could not be had', async () => {
    let away = true;
    const book = openBook();
    const { take } = openLeases(async (...asked) => {
      if (away) throw new Error('away');
      return book.count(...asked);
    });
    const both = await Promise.allSettled([take('ana', 5, new Date(AT)), take('ana', 5, new Date(AT))]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    away = false;
    expect((await take('ana', 5, new Date(AT))).hits).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { gather } from './gather.ts';

/** Work that ends when it is told to. */
function held() {
  const calls: { all: readonly number[]; end: () => void; fail: (error: Error) => void }[] = [];
  const work = (all: readonly number[]) =>
    new Promise<string>((resolve, reject) => {
      const end = () => resolve(`made of ${all.join(' and ')}`);
      calls.push({ all, end, fail: reject });
    });
  return { calls, work };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('gathering', () => {
  it('works off a single portion at once, and what came meanwhile together', async () => {
    const { calls, work } = held();
    const take = gather({ most: 10, atOnce: 2 }, work);
    const answers = [take([1]), take([2, 3]), take([4])];
    expect(calls.map((c) => c.all)).toEqual([[1]]);
    calls[0]?.end();
    await settled();
    expect(calls.map((c) => c.all)).toEqual([[1], [2, 3, 4]]);
    calls[1]?.end();
    expect(await Promise.all(answers)).toEqual([
      'made of 1',
      'made of 2 and 3 and 4',
      'made of 2 and 3 and 4',
    ]);
  });

  it('takes no more than it may, except for one portion that is larger by itself', async () => {
    const { calls, work } = held();
    const take = gather({ most: 3, atOnce: 2 }, work);
    for (const portion of [[1], [2, 3], [4, 5], [6, 7, 8, 9]]) void take(portion);
    for (let i = 0; i < 4; i++) {
      calls[i]?.end();
      await settled();
    }
    expect(calls.map((c) => c.all)).toEqual([[1], [2, 3], [4, 5], [6, 7, 8, 9]]);
  });

  it('begins a second portion beside the first when it is a whole one, and never a third', async () => {
    const { calls, work } = held();
    const take = gather({ most: 2, atOnce: 2 }, work);
    for (const portion of [[1], [2], [3], [4], [5], [6]]) void take(portion);
    expect(calls.map((c) => c.all)).toEqual([[1], [2, 3]]);
    calls[1]?.end();
    await settled();
    expect(calls.map((c) => c.all)).toEqual([[1], [2, 3], [4, 5]]);
    calls[2]?.end();
    await settled();
    // What is left is no whole portion: it waits for the first, and more may join it.
    expect(calls).toHaveLength(3);
    calls[0]?.end();
    await settled();
    expect(calls.map((c) => c.all)).toEqual([[1], [2, 3], [4, 5], [6]]);
  });

  it('begins none beside the first where only one may be at work', async () => {
    const { calls, work } = held();
    const take = gather({ most: 1, atOnce: 1 }, work);
    for (const portion of [[1], [2]]) void take(portion);
    expect(calls.map((c) => c.all)).toEqual([[1]]);
    calls[0]?.end();
    await settled();
    expect(calls.map((c) => c.all)).toEqual([[1], [2]]);
  });

  it('tells a failure to those whose portion it was, and goes on', async () => {
    const { calls, work } = held();
    const take = gather({ most: 10, atOnce: 2 }, work);
    const [first, second] = [take([1]), take([2])];
    calls[0]?.fail(new Error('no'));
    await expect(first).rejects.toThrow('no');
    await settled();
    calls[1]?.end();
    expect(await second).toBe('made of 2');
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { coalesce } from './coalesce.ts';

describe('what is asked for at once', () => {
  const recorded = () => {
    const groups: number[][] = [];
    const ask = coalesce(
      async (items: readonly number[]) => {
        groups.push([...items]);
        await sleep(5);
        if (items.includes(13)) throw new Error('all of it failed');
        return items.map((item) => (item < 0 ? { error: new Error(`${item}`) } : { value: item * 2 }));
      },
      { most: 3 },
    );
    return { groups, ask };
  };

  it('goes together, and what comes meanwhile goes with the next, in groups that are not too large', async () => {
    const { groups, ask } = recorded();
    const first = [ask(1), ask(2)];
    await sleep(1);
    const later = [3, 4, 5, 6].map(ask);
    expect(await Promise.all([...first, ...later])).toEqual([2, 4, 6, 8, 10, 12]);
    expect(groups).toEqual([[1, 2], [3, 4, 5], [6]]);
  });

  it('waits for no company', async () => {
    const { groups, ask } = recorded();
    expect(await ask(1)).toBe(2);
    expect(await ask(2)).toBe(4);
    expect(groups).toEqual([[1], [2]]);
  });

  it('fails one by one, or all together when the work does, and goes on afterwards', async () => {
    const { ask } = recorded();
    const [good, bad] = await Promise.allSettled([ask(1), ask(-1)]);
    expect([good.status, bad.status]).toEqual(['fulfilled', 'rejected']);
    const broken = await Promise.allSettled([ask(13), ask(1)]);
    expect(broken.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await ask(4)).toBe(8);
  });
});

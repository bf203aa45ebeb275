import { describe, expect, it } from 'vitest';
import { seededRandom, token } from './random.ts';

describe('seeded randomness', () => {
  it('is the same for the same seed, and another for another', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return [random.uuid(), random.hex(8), token(random, 13), random.below(1_000)];
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('has the form that ids have', () => {
    const random = seededRandom(1);
    for (let n = 0; n < 100; n++) {
      expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(token(random, 10)).toMatch(/^[a-z0-9]{10}$/);
      expect(random.below(5)).toBeLessThan(5);
    }
  });
});

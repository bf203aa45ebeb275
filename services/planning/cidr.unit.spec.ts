import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstFreeBlock, formatBlock, parseBlock } from './cidr.ts';

const range = (cidr: string) => {
  const { first, prefix } = parseBlock(cidr);
  return { first, end: first + 2 ** (32 - prefix) };
};

describe('first free block', () => {
  it('starts at the beginning of the pool and fills holes first', () => {
    expect(firstFreeBlock('10.0.0.0/8', 22, [])).toBe('10.0.0.0/22');
    expect(firstFreeBlock('10.0.0.0/8', 22, ['10.0.0.0/22', '10.0.8.0/22'])).toBe('10.0.4.0/22');
    expect(firstFreeBlock('10.0.0.0/8', 22, ['10.0.0.0/24'])).toBe('10.0.4.0/22');
  });

  it('says when the pool is full or too small', () => {
    expect(firstFreeBlock('10.0.0.0/22', 22, ['10.0.2.0/24'])).toBeUndefined();
    expect(firstFreeBlock('10.0.0.0/24', 22, [])).toBeUndefined();
  });

  it('refuses octal look-alikes', () => {
    expect(() => parseBlock('010.0.0.0/8')).toThrow('not an IPv4 block');
  });

  it('is aligned, inside the pool and disjoint from everything taken before, for any mix of sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 18, max: 26 }), { maxLength: 60 }), (prefixes) => {
        const taken: string[] = [];
        for (const prefix of prefixes) {
          const block = firstFreeBlock('10.0.0.0/16', prefix, taken);
          if (block === undefined) continue;
          const { first, end } = range(block);
          expect(first % (end - first)).toBe(0);
          expect(formatBlock(parseBlock(block))).toBe(block);
          for (const other of taken.map(range)) expect(end <= other.first || first >= other.end).toBe(true);
          expect(range('10.0.0.0/16').end).toBeGreaterThanOrEqual(end);
          taken.push(block);
        }
      }),
    );
  });
});

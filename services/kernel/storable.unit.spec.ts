import { describe, expect, it } from 'vitest';
import { unstorable } from './storable.ts';

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`);

describe('unstorable', () => {
  it.each<[string, unknown]>([
    ['plain values', { a: [1, 'b', null, true, { c: -0.5 }] }],
    ['every script and emoji', { text: 'Zürich 東京 😀 \u200f\n\t' }],
    ['as much nesting as is accepted', nested(65)],
  ])('lets %s pass', (_what, value) => expect(unstorable(value)).toBeUndefined());

  it.each<[string, unknown, string, RegExp]>([
    ['NUL', { a: { 'b/c~d': ['x', 'a\u0000'] } }, '/a/b~1c~0d/1', /character/],
    ['the first half of a pair', ['\ud83d'], '/0', /character/],
    ['the second half of a pair', ['x\ude00'], '/0', /character/],
    ['NUL in a name', { a: { '\u0000': 1 } }, '/a', /name of a member/],
    ['a number beyond all numbers', { n: Number.POSITIVE_INFINITY }, '/n', /number/],
    ['too much nesting', nested(66), '/0'.repeat(65), /deeper than 64/],
    ['far too much nesting', nested(200_000), '/0'.repeat(65), /deeper than 64/],
  ])('names the place of %s', (_what, value, pointer, message) => {
    expect(unstorable(value)).toEqual({ pointer, message: expect.stringMatching(message) });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doubledMember } from './json-keys.ts';
import { isPlain } from './plain-json.ts';
import { unstorable } from './storable.ts';

const plain = (text: string) => isPlain(text, JSON.parse(text));
const nested = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`;

describe('a JSON text that needs no closer look', () => {
  it.each(['{"a":1,"b":{"a":[{"a":1},{"a":"x: y"}]}}', '[]', '"a"', '{"town":"Zürich 東京 😀"}', nested(65)])(
    'is %s',
    (text) => expect(plain(text)).toBe(true),
  );

  it.each([
    ['a member twice', '{"a":1,"a":2}'],
    ['a member twice, deep within', '{"x":[{"y":{"a":1,"a":2}}]}'],
    ['a member twice, and a space that hides one', '{"a":1,"a" :2}'],
    ['a member twice, with a quote that looks like a name', '{"a":"\\":","a" :2,"b"\n:1}'],
    ['a name that is escaped', '{"a":1,"\\u0061":2}'],
    ['NUL', '{"a":"\\u0000"}'],
    ['half a pair, escaped', '{"a":"\\ud800"}'],
    ['half a pair, as it is', '{"a":"\ud800"}'],
    ['a number without end', '{"a":1e999}'],
    ['too much nesting', nested(66)],
  ])('is not one with %s', (_what, text) => expect(plain(text)).toBe(false));

  const names = fc.constantFrom('a', 'b', '":', ':', '"', ' ', '\\', '__proto__', 'é');
  const { text: texts } = fc.letrec((tie) => ({
    text: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('1', 'null', '1e999', '"\\":"', '":"', '"x"', '"\\u0000"'),
      fc.array(tie('text'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
      fc
        .array(fc.tuple(names, fc.constantFrom('', ' ', '\n'), tie('text')), { maxLength: 4 })
        .map(
          (members) => `{${members.map(([name, gap, v]) => `${JSON.stringify(name)}${gap}:${v}`).join(',')}}`,
        ),
    ),
  }));

  it('is never one that a closer look refuses', () => {
    fc.assert(
      fc.property(texts as fc.Arbitrary<string>, (text) => {
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          return;
        }
        if (isPlain(text, value)) {
          expect(doubledMember(text)).toBeUndefined();
          expect(unstorable(value)).toBeUndefined();
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doubledMember } from './json-keys.ts';

describe('a member that is there twice', () => {
  it.each([
    ['{"a":1,"a":2}', '/a'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{"x":{"b":[{"c":1},{"c":1,"c":2}]}}', '/x/b/1/c'],
    ['{"a/b":{"m~n":1,"m~n":1}}', '/a~1b/m~0n'],
    ['{"a":"}","b":{"a":1},"a":[]}', '/a'],
    ['{"":1,"":2}', '/'],
  ])('in %s is %s', (text, pointer) => expect(doubledMember(text)).toBe(pointer));

  it.each(['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}', '["a","a"]', '{"a":"a\\"a","b":"a"}', '{', '"a', ''])(
    'is none in %s',
    (text) => expect(doubledMember(text)).toBeUndefined(),
  );

  it('is in nothing that was written from a value, and in all that says a name again', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
        const text = JSON.stringify(value);
        const name = Object.keys(value)[0]!;
        const doubled = `{${JSON.stringify(name)}:null,${text.slice(1)}`;
        return doubledMember(text) === undefined && doubledMember(doubled) !== undefined;
      }),
    );
  });
});

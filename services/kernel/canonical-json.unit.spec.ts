import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('sorts keys by UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
    const text = canonicalJson({
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      '\u00f6': 7,
    });
    expect(text).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
  });
  it('prints numbers as ECMAScript does', () => {
    expect(canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27]',
    );
  });
  it('refuses what JSON cannot carry', () => {
    expect(() => canonicalJson([Number.NaN])).toThrow('no NaN');
    expect(() => canonicalJson([undefined])).toThrow('no undefined');
  });
  it('reads members and nothing else of an object, whether it is written at once or member by member', () => {
    const told = { a: 1, b: undefined, c: null };
    expect(canonicalJson(told)).toBe('{"a":1,"c":null}');
    expect(canonicalJson({ 10: 'x', 2: 'y' })).toBe('{"10":"x","2":"y"}');
    expect(canonicalJson({ 2: 'y', 3: 'x' })).toBe('{"2":"y","3":"x"}');
    expect(canonicalJson(new Date(0))).toBe('{}');
    expect(canonicalJson(Object.assign(Object.create({ toJSON: () => 'other' }), { a: 1 }))).toBe('{"a":1}');
    expect(() => canonicalJson({ a: 1, b: Number.NaN })).toThrow('no NaN');
    expect(() => canonicalJson({ a: 1, toJSON: () => 'other' })).toThrow('no function');
  });
  it('writes flat objects in any order of their keys as it writes nested ones', () => {
    const flat = fc.dictionary(
      fc.string({ unit: 'binary' }),
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
    );
    fc.assert(
      fc.property(flat, (value) => {
        const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
        const members = Object.keys(value)
          .sort()
          .map((key) => `${JSON.stringify(key)}:${JSON.stringify(value[key])}`);
        for (const one of [value, sorted]) expect(canonicalJson(one)).toBe(`{${members.join(',')}}`);
      }),
    );
  });
  it('gives one digest whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(digestOf(reversed)).toBe(digestOf(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

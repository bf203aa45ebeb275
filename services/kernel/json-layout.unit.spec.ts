import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutOf } from './json-layout.ts';

const text = '{"id":"e-1","n":1.5,"list":["x",{"id":"y"}] , "at":"10:00","is":null,"kind":"a.b"}';
const layout = layoutOf(text, ['/at', '/list/1/id', '/id', '/n'], { '/at': '\\d\\d:\\d\\d' }, ['/kind']);
const found = (other: string) => {
  const groups = layout?.pattern.exec(other);
  return groups ? layout?.groups.map((group) => (group === 0 ? undefined : groups[group])) : undefined;
};

describe('the layout of a JSON text', () => {
  it('finds what is wanted, in the order in which it is wanted', () => {
    expect(found(text)).toEqual(['10:00', 'y', 'e-1', undefined]);
    expect(found(text.replace('e-1', 'Zürich: [{}] 東京').replace('"x"', '""'))?.[2]).toBe(
      'Zürich: [{}] 東京',
    );
  });

  it.each([
    ['another order', '{"n":1.5,"id":"e-1","list":["x",{"id":"y"}] , "at":"10:00","is":null,"kind":"a.b"}'],
    ['another number', text.replace('1.5', '15')],
    ['another space', text.replace(' , ', ',')],
    ['a text where nothing was', text.replace('null', '"null"')],
    ['nothing where a text was', text.replace('"x"', 'null')],
    ['one more', text.replace('"x"', '"x","x"')],
    ['one less', text.replace('"x",', '')],
    ['something escaped', text.replace('e-1', 'e\\n1')],
    ['an escaped quote', text.replace('e-1', 'e\\"1')],
    ['a control character', text.replace('e-1', 'e\n1')],
    ['another look', text.replace('10:00', '10.00')],
    ['a look with more behind it', text.replace('10:00', '10:000')],
    ['another word where it has to be the same', text.replace('a.b', 'axb')],
    ['its end missing', text.slice(0, -1)],
    ['something behind it', `${text}\n`],
    ['something before it', ` ${text}`],
  ])('is not that of a text with %s', (_what, other) => expect(found(other)).toBeUndefined());

  it.each([
    ['something escaped', '{"a":"\\n"}'],
    ['a member that sets a prototype', '{"__proto__":"a"}'],
    ['no end', `{"a":"${'x'.repeat(20_000)}"}`],
  ])('is none where the text has %s', (_what, odd) => expect(layoutOf(odd, [], {}, [])).toBeUndefined());

  it('is that of JSON alone, of the same form', () => {
    const json = fc
      .array(fc.jsonValue({ maxDepth: 2 }))
      .map((values) => JSON.stringify([...values, 'a text of some length']));
    const pieces = fc.array(
      fc.tuple(fc.nat(), fc.constantFrom('"', '\\', ',', ':', '{}', '1', 'a', '\u0007', 'é', 'of', '東京')),
      { maxLength: 2 },
    );
    const changed = (one: string, changes: readonly (readonly [number, string])[]) =>
      changes.reduce((now, [at, piece]) => {
        const place = at % (now.length + 1);
        return `${now.slice(0, place)}${piece}${now.slice(place)}`;
      }, one);
    const seen = { same: 0, other: 0 };
    fc.assert(
      fc.property(json, pieces, (one, changes) => {
        const pattern = layoutOf(one, [], {}, [])?.pattern;
        if (!pattern) return;
        expect(pattern.test(one)).toBe(true);
        const other = changed(one, changes);
        if (pattern.test(other)) {
          expect(formOf(JSON.parse(other))).toEqual(formOf(JSON.parse(one)));
          if (other !== one) seen.same += 1;
        } else seen.other += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(seen.same, seen.other)).toBeGreaterThan(50);
  });
});

/** The value with nothing said in it. */
const formOf = (value: unknown): unknown => {
  if (typeof value === 'string') return '';
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(formOf);
  return Object.entries(value).map(([name, member]) => [name, formOf(member)]);
};

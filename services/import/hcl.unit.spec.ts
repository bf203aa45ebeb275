import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadHcl, Expression, type HclValue, parseHcl } from './hcl.ts';

const readValue = (text: string) => parseHcl(`block "a" {\n  x = ${text}\n}\n`)[0]?.attributes.x;
const computed = (text: string) => {
  const value = readValue(text);
  return value instanceof Expression ? value.text : undefined;
};

describe('a value', () => {
  it.each<[string, HclValue]>([
    ['"text"', 'text'],
    ['"a \\"b\\" \\n \\u00e9 \\\\"', 'a "b" \n é \\'],
    ['"$${not} %%{either}"', '${not} %{either}'],
    ['-12.5e1', -125],
    ['true', true],
    ['null', null],
    ['[1, "two", [3],]', [1, 'two', [3]]],
    ['{ a = 1, "b c" : 2\n c = { d = [] } }', { a: 1, 'b c': 2, c: { d: [] } }],
    ['{}', {}],
  ])('%s', (text, value) => expect(readValue(text)).toEqual(value));

  it.each([
    'var.name',
    '"a-${var.b["c"]}-d"',
    'merge(local.tags, { a = "}" })',
    'true ? 1 : 2',
    '[for x in var.list : x.id]',
    'local.list[0]',
    '<<EOT\nany } text {\nEOT',
    '<<-EOT\n  indented\n  EOT',
  ])('%s is kept as an expression', (text) => {
    const value = readValue(text);
    // A list whose item is computed is a list all the same.
    const inner = Array.isArray(value) ? value[0] : value;
    expect(inner).toBeInstanceOf(Expression);
  });

  it('stops at its end', () => {
    expect(computed('var.a # words')).toMatch(/^var\.a/);
    expect(parseHcl('a {\n x = f(1,\n 2)\n y = 3\n}')[0]?.attributes.y).toBe(3);
  });
});

it('knows where everything is', () => {
  const text = '/* one */ module "m" {\n  a = {\n    b = 1\n  }\n  inner { c = 2 }\n}\n// end';
  const [block] = parseHcl(text);
  expect(block?.labels).toEqual(['m']);
  expect(text.slice(block?.places.get('/a/b'))).toMatch(/^b = 1/);
  expect(block?.blocks[0]?.attributes.c).toBe(2);
});

it('says where a text is none', () => {
  for (const text of ['module "m" {', 'a { x = "open\n }', 'a { x = <<EOT\n }', 'a { = 1 }', '}'])
    expect(() => parseHcl(text), text).toThrow(BadHcl);
});

it('ends on any text, with blocks or with words', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab"{}[\]=,\n$#<\\(). ]*$/), (text) => {
      try {
        parseHcl(text);
      } catch (error) {
        expect(error).toBeInstanceOf(BadHcl);
      }
    }),
    { numRuns: 500 },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clip, columns, jsonLine, paint, printable, styled, widthOf } from './text.ts';

const ESC = '\u001b';
/** What a terminal may obey, or what hides or turns words round. */
const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe('words of others', () => {
  it.each([
    [`${ESC}[2J${ESC}]0;owned\u0007`, '\\x1b[2J\\x1b]0;owned\\x07'],
    ['\u009b31m', '\\x9b31m'],
    ['two\nlines\r\tand', 'two\\nlines\\r\\tand'],
    ['user\u202egnp.exe', 'user\\u{202e}gnp.exe'],
    ['a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
    ['half \ud800', 'half \\u{d800}'],
    ['Ana López, 東京 ✔', 'Ana López, 東京 ✔'],
  ])('%j cannot reach the terminal', (text, shown) => expect(printable(text)).toBe(shown));

  it('stay harmless in whatever they are shown, and only our own styles become sequences', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(paint([a, styled('red', b)], false)).not.toMatch(HOSTILE);
        const coloured = paint([a, styled('red', b)], true);
        expect(coloured).toBe(`${printable(a)}${ESC}[31m${printable(b)}${ESC}[39m`);
      }),
    );
  });

  it('stay the same words as JSON, without a character that a terminal obeys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = jsonLine({ text });
        expect(line).not.toMatch(HOSTILE);
        expect(JSON.parse(line)).toEqual({ text });
      }),
    );
  });
});

describe('a line', () => {
  it('is cut where the screen ends, styles and escapes counted as they are seen', () => {
    const line = ['ab', styled('bold', 'cd\n'), 'ef'];
    expect(widthOf(line)).toBe(8);
    for (let room = 0; room <= 9; room++)
      expect(paint(clip(line, room), false)).toBe('abcd\\nef'.slice(0, room));
  });

  it('has its columns under one another, and no spaces at its end', () => {
    const rows = columns([
      ['a', styled('red', 'bbb'), 'c'],
      ['aaaa', 'b', ''],
      ['', '', ''],
    ]);
    expect(rows.map((row) => paint(row, false))).toEqual(['a     bbb  c', 'aaaa  b', '']);
  });
});

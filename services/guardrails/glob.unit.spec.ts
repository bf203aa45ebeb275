import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, type Glob, globCovers, globMatches, globsOverlap } from './glob.ts';

const glob = (pattern: string): Glob => {
  const compiled = compileGlob(pattern, { wildcards: true });
  if ('unresolved' in compiled) throw new Error(compiled.unresolved);
  return compiled.glob;
};
const word = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 6 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });
/** The slow, obvious definition. */
const slow = (p: string, text: string): boolean =>
  new RegExp(`^${p.replaceAll('?', '.').replaceAll('*', '.*')}$`, 's').test(text);

describe('patterns', () => {
  it('match as the regular expression would', () => {
    fc.assert(
      fc.property(pattern, word, (p, text) => {
        expect(globMatches(glob(p), text)).toBe(slow(p, text));
      }),
    );
  });
  it('overlap when one text fits both', () => {
    fc.assert(
      fc.property(pattern, pattern, word, (p, q, text) => {
        if (slow(p, text) && slow(q, text)) expect(globsOverlap(glob(p), glob(q))).toBe(true);
        expect(globsOverlap(glob(p), glob(q))).toBe(globsOverlap(glob(q), glob(p)));
      }),
      { numRuns: 2000 },
    );
  });
  it('overlap with a plain text exactly when they match it', () => {
    fc.assert(
      fc.property(pattern, word, (p, text) => {
        expect(globsOverlap(glob(p), glob(text))).toBe(slow(p, text));
      }),
    );
  });
  it('cover only what they match', () => {
    fc.assert(
      fc.property(pattern, pattern, word, (p, q, text) => {
        if (globCovers(glob(p), glob(q)) && slow(q, text)) expect(slow(p, text)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
  it('stay fast on a pattern made of stars', () => {
    expect(globMatches(glob('*a'.repeat(200)), 'a'.repeat(199).concat('b'.repeat(2000)))).toBe(false);
  });
  it('take no wildcard from the value of a variable', () => {
    const compiled = compileGlob('${v}x*', { wildcards: true, resolve: () => ({ value: '*' }) });
    expect('glob' in compiled && globMatches(compiled.glob, '*xy')).toBe(true);
    expect('glob' in compiled && globMatches(compiled.glob, 'axy')).toBe(false);
  });
});

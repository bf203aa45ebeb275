import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { originOf } from './classify.ts';

describe('an account is', () => {
  const nothing = { madeBy: null, productName: null, intendedBy: null };

  it.each([
    [
      'VENDED',
      'made by a request that knows it',
      { madeBy: 'r1', productName: 'jetway-r1', intendedBy: 'r1' },
    ],
    ['VENDED', 'made by a request, its product gone since', { madeBy: 'r1' }],
    ['ORPHAN', 'made by a request that never heard of it', { productName: 'jetway-r1', intendedBy: 'r1' }],
    ['ORPHAN', 'there under the address of a request, without a product', { intendedBy: 'r1' }],
    ['ADOPTED', 'Account Factory’s, by nobody of ours', { productName: 'by-hand' }],
    ['FOREIGN', 'of nobody we know', {}],
  ])('%s when it is %s', (origin, _what, known) => {
    expect(originOf({ ...nothing, ...known })).toBe(origin);
  });

  it('exactly one of four, whatever is known of it', () => {
    const maybe = fc.option(fc.string());
    fc.assert(
      fc.property(fc.record({ madeBy: maybe, productName: maybe, intendedBy: maybe }), (known) => {
        expect(['VENDED', 'ADOPTED', 'ORPHAN', 'FOREIGN']).toContain(originOf(known));
      }),
    );
  });
});

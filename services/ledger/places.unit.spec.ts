import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANES } from './fact.ts';
import { placesAfter, readPlaces, writePlaces } from './places.ts';

describe('the cursor of the ledger', () => {
  it('is read as it was written', () => {
    const places = fc.dictionary(fc.constantFrom(...LANES.map(String)), fc.nat());
    fc.assert(
      fc.property(places, (p) => {
        expect(readPlaces(writePlaces(p) || undefined)).toEqual(p);
      }),
    );
  });

  it('of older versions is a place in every lane', () => {
    expect(readPlaces('p12')).toEqual({ 0: 12, 1: 12, 2: 12, 3: 12, 4: 12 });
    expect(readPlaces('12')).toEqual(readPlaces('p12'));
  });

  it.each(['x', '0-', '-3', '0-1,1-2', '0-1.', '99-1'])('is not %s', (cursor) => {
    expect(() => readPlaces(cursor)).toThrow('not one of ours');
  });

  it('never goes back, and stays where nothing was read', () => {
    const read = [
      { lane: 1, seq: 7 },
      { lane: 1, seq: 5 },
      { lane: 3, seq: 9 },
    ];
    expect(placesAfter({ 0: 4, 1: 6 }, read)).toEqual({ 0: 4, 1: 7, 3: 9 });
  });
});

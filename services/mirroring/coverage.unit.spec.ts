import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldCoverage } from './coverage.ts';
import { mirroredItem, mirrorTold } from './told.fixture.ts';
import type { MirrorTold } from './told.schema.ts';

let facts = 0;
const said = (changes: Partial<MirrorTold>, version = changes.look ?? 1_000) => {
  facts += 1;
  return { id: `f${facts}`, version, data: mirrorTold(changes) };
};
const ofInstance = (n: number, look: number, items: MirrorTold['items']) =>
  said({ whole: false, instanceId: `i-${n}`, look, items });
const enis = (told: Parameters<typeof foldCoverage>[0]) =>
  [...(foldCoverage(told)?.rows.values() ?? [])].map((row) => row.networkInterfaceId).sort();
const eni = (n: number) => mirroredItem(n).networkInterfaceId;

describe('coverage', () => {
  it('is what the newest look at the whole account said, in all of its parts', () => {
    const told = [
      said({ look: 1_000 }),
      said({ look: 2_000, items: [mirroredItem(1)] }, 2_000),
      said({ look: 2_000, items: [mirroredItem(4)] }, 2_001),
    ];
    expect(enis(told)).toEqual([eni(1), eni(4)]);
  });

  it('is of a look only when all of its parts are known; until then they speak of what they name', () => {
    const before = said({ look: 1_000, items: [mirroredItem(1), mirroredItem(2)] });
    const part = (n: number, last: boolean, items: MirrorTold['items']) =>
      said({ look: 2_000, part: n, last, items }, 2_000 + n);
    const end = part(2, true, []);
    const first = part(0, false, [mirroredItem(1)]);
    expect(enis([before, first, end])).toEqual([eni(1), eni(2)]);
    expect(enis([before, end, part(1, false, [mirroredItem(3)]), first])).toEqual([eni(1), eni(3)]);
  });

  it('is not what was made by filters that are armed no more', () => {
    const look = said({
      look: 1_000,
      armed: 500,
      items: [mirroredItem(1), { ...mirroredItem(2), state: 'ARMED' }],
    });
    const change = said({ look: 2_000, armed: 2_000, part: 0, last: false, items: [] }, 2_000);
    expect(enis([look, change])).toEqual([eni(2)]);
    expect(foldCoverage([look, change])?.status).toBe('ARMED');
    const done = said({ look: 2_000, armed: 2_000, part: 1, items: [mirroredItem(1)] }, 2_001);
    const late = said({
      ...{ whole: false, instanceId: 'i-4', look: 2_500, armed: 500 },
      items: [mirroredItem(4)],
    });
    expect(enis([look, change, done, late])).toEqual([eni(1)]);
  });

  it('is changed by events that began after it, instance by instance', () => {
    const told = [
      said({ look: 2_000 }),
      ofInstance(1, 3_000, []),
      ofInstance(5, 3_500, [mirroredItem(5)]),
      ofInstance(2, 1_500, []),
    ];
    expect(enis(told)).toEqual([eni(2), eni(3), eni(5)]);
  });

  it('is MIRRORING only while there is a session, and says why it is not armed', () => {
    const state = (told: Parameters<typeof foldCoverage>[0]) => foldCoverage(told)?.status;
    expect(state([])).toBeUndefined();
    expect(state([said({ items: [] })])).toBe('ARMED');
    expect(state([said({ items: [mirroredItem(1, { state: 'ARMED' })] })])).toBe('ARMED');
    expect(state([said({})])).toBe('MIRRORING');
    const refused = foldCoverage([said({ status: 'NOT_ARMED', reason: 'not shared', items: [] })]);
    expect(refused).toMatchObject({ status: 'NOT_ARMED', reason: 'not shared' });
  });

  it('is the same in whatever order facts come, and however often', () => {
    const anItem = fc.nat({ max: 5 }).map((n) => mirroredItem(n));
    const aFact = fc.record({
      whole: fc.boolean(),
      n: fc.nat({ max: 5 }),
      look: fc.integer({ min: 1, max: 6 }),
      items: fc.array(anItem, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(aFact, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (some, picks) => {
        const told = some.map(({ whole, n, look, items }) =>
          whole
            ? said({ look, items })
            : ofInstance(
                n,
                look,
                items.filter((one) => one.instanceId === `i-${n}`),
              ),
        );
        const shuffled = [...told, ...told]
          .map((fact) => ({ fact, at: picks.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ fact }) => fact);
        const asRows = (given: typeof told) => {
          const folded = foldCoverage(given);
          return folded && { ...folded, rows: [...folded.rows].sort(([a], [b]) => (a < b ? -1 : 1)) };
        };
        expect(asRows(shuffled)).toEqual(asRows(told));
        // What is older than the newest whole look may be left out: the database does so.
        const newest = foldCoverage(told)?.version ?? 0;
        const kept = told.filter(({ data }) => data.look >= newest);
        expect(asRows(kept)).toEqual(asRows(told));
      }),
    );
  });
});

import { expect } from 'vitest';
import { factData, repairedBefore, SMOOTH_FACTS, type Walk } from '../vend.fixture.ts';

/** A whole vend, whatever its last step meets. */
export const smooth = (name: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: SMOOTH_FACTS,
  ends: 'ACTIVE',
  ...rest,
});

/** People cannot be let in: the account is fenced again, mended, and opened. */
export const repaired = (name: string, error: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: repairedBefore('AccessAssigned', 'AccountVended'),
  ends: 'ACTIVE',
  ...rest,
  check: (walked, world) => {
    expect(factData(walked, 'AccountQuarantined')).toMatchObject({ step: 'access', error, fenced: true });
    rest.check?.(walked, world);
  },
});

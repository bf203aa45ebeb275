import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driftChecked, openedGroup, stackFound } from './check.fixture.ts';
import type { DriftChecked } from './check.schema.ts';
import { advance, type Check, checkOf, foldChecks, isNewer, statusOf, turnsOf } from './fold.ts';
import { newsOf } from './news.ts';

const check = (version: number, changes: Partial<DriftChecked> = {}, factId = `f-${version}`): Check => ({
  factId,
  version,
  data: driftChecked(changes),
});
const drifted = { stacks: [stackFound({ resources: [openedGroup], changed: 1 })] };
const unreadable = { stacks: [stackFound({ state: 'UNKNOWN', why: 'denied' })] };
const states = (checks: Check[]) =>
  [...foldChecks(checks).values()].map((r) => `${r.resourceId} ${r.status}`);

describe('the newest look decides', () => {
  it('what drifted is not compliant until a later look finds it as planned', () => {
    expect(states([check(1, drifted)])).toEqual(['jetway-vpc/Group NON_COMPLIANT']);
    expect(states([check(1, drifted), check(2)])).toEqual(['jetway-vpc/Group COMPLIANT']);
    expect(states([check(2), check(1, drifted)])).toEqual(['jetway-vpc/Group COMPLIANT']);
    expect(states([check(1), check(2)])).toEqual([]);
  });

  it('a look that could not read a stack takes nothing back', () => {
    const rows = foldChecks([check(1, drifted), check(2, unreadable)]);
    expect([...rows.values()]).toMatchObject([{ status: 'NON_COMPLIANT', version: 1 }]);
    expect(statusOf(rows, driftChecked(unreadable))).toBe('DRIFTED');
    expect(statusOf(new Map(), driftChecked(unreadable))).toBe('UNKNOWN');
    expect(statusOf(new Map(), driftChecked())).toBe('IN_SYNC');
  });
});

const anyCheck = fc
  .record({
    version: fc.integer({ min: 1, max: 6 }),
    stack: fc.constantFrom(
      stackFound(),
      stackFound({ resources: [openedGroup], changed: 1 }),
      stackFound({ state: 'UNKNOWN' }),
      stackFound({ state: 'PARTLY_COMPARED', resources: [openedGroup], changed: 1 }),
      stackFound({ state: 'MISSING' }),
    ),
    policy: fc.constantFrom('ATTACHED' as const, 'MISSING' as const, 'CHANGED' as const),
    trouble: fc.subarray(['stacks', 'policies', 'rules', 'controls'] as const),
  })
  .map(({ version, stack, policy, trouble }) =>
    check(version, {
      stacks: [stack],
      policies: [{ ...driftChecked().policies[0]!, state: policy }],
      trouble: trouble.map((area) => ({ area, error: 'x', cause: '' })),
    }),
  );

/** One by one as the inbox does it: a newer one goes on from the rows, a late one folds all that have come. */
function oneByOne(arrivals: readonly Check[]) {
  const known: Check[] = [];
  let rows: ReturnType<typeof foldChecks> = new Map();
  for (const arrived of arrivals) {
    // The ledger keeps an id once.
    if (known.some((one) => one.factId === arrived.factId)) continue;
    const isNewest = known.every((one) => isNewer(arrived, one));
    known.push(arrived);
    rows = isNewest ? advance(rows, arrived) : foldChecks(known);
  }
  return rows;
}

const plain = (rows: ReturnType<typeof foldChecks>) =>
  [...rows].map(([key, row]) => [key, row]).sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));

it('comes to the same in every order and however often each look is told', () => {
  fc.assert(
    fc.property(
      fc
        .array(anyCheck, { minLength: 1, maxLength: 8 })
        .map((checks) => checks.map((one, i) => ({ ...one, factId: `f-${i}` })))
        .chain((checks) =>
          fc.tuple(
            fc.constant(checks),
            fc.shuffledSubarray([...checks, ...checks], {
              minLength: checks.length * 2,
              maxLength: checks.length * 2,
            }),
          ),
        ),
      ([checks, arrivals]) => {
        expect(plain(oneByOne(arrivals))).toEqual(plain(foldChecks(checks)));
      },
    ),
  );
});

describe('what the world is told', () => {
  const news = (before: Check[], after: Check[]) =>
    newsOf('444455556666', turnsOf(foldChecks(before), foldChecks(after))).map(
      (f) => `${f.type} ${f.data.status ?? ''}`,
    );

  it('is each drift once, and that it is gone', () => {
    expect(news([], [check(1, drifted)])).toEqual(['DriftDetected ', 'ComplianceChanged NON_COMPLIANT']);
    expect(news([check(1, drifted)], [check(1, drifted), check(2, drifted)])).toEqual([]);
    expect(news([check(1, drifted)], [check(1, drifted), check(2)])).toEqual(['ComplianceChanged COMPLIANT']);
    expect(news([], [check(1, drifted), check(2)])).toEqual([]);
  });

  it('is drift that became another one', () => {
    const deleted = {
      stacks: [stackFound({ resources: [{ ...openedGroup, difference: 'DELETED' }], changed: 1 })],
    };
    expect(news([check(1, drifted)], [check(1, drifted), check(2, deleted)])).toEqual(['DriftDetected ']);
  });

  it('has the same name in every check of the account', () => {
    const [first] = newsOf('444455556666', turnsOf(new Map(), foldChecks([check(1, drifted)])));
    const [later] = newsOf('444455556666', turnsOf(new Map(), foldChecks([check(9, drifted)])));
    const [other] = newsOf('999999999999', turnsOf(new Map(), foldChecks([check(1, drifted)])));
    expect(first?.data).toMatchObject({
      driftId: later?.data.driftId,
      rule: 'jetway:stack-drift',
      resourceId: 'jetway-vpc/Group',
      evidence: 'f-1',
      properties: openedGroup.properties,
    });
    expect(first?.id).not.toBe(later?.id);
    expect(other?.data.driftId).not.toBe(first?.data.driftId);
  });
});

it('refuses what account-drift does not say', () => {
  expect(() => checkOf({ id: 'x', version: 1, data: { ...driftChecked(), more: 1 } })).toThrow();
});

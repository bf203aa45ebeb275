import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Directory } from '../people/person.ts';
import { type Approval, fits, openStage, sameVoice, voices } from './stages.ts';

const NOBODY: Directory = { people: [], serviceUsers: [] };
const by = (decidedBy: string, stage = 0, onBehalfOf: string | null = null): Approval => ({
  decidedBy,
  stage,
  onBehalfOf,
});
const stages = (...quorums: number[]) => quorums.map((quorum) => ({ quorum }));

describe('voices', () => {
  it('are as many as there are people', () => {
    expect(voices([by('a'), by('b'), by(' A ')], NOBODY)).toHaveLength(2);
  });

  it('of an absent approver and whoever takes the place are one, also through a third', () => {
    expect(sameVoice(by('a'), by('b', 0, 'a'), NOBODY)).toBe(true);
    expect(sameVoice(by('a'), by('b'), NOBODY)).toBe(false);
    expect(voices([by('a'), by('c', 0, 'b'), by('b', 0, 'a')], NOBODY)).toHaveLength(1);
  });

  it('of one person under two names are one', () => {
    const directory: Directory = {
      people: [{ subject: 'a', identities: [{ provider: 'token', subject: 'z' }], suspended: false }],
      serviceUsers: [],
    };
    expect(voices([by('a'), by('z')], directory)).toHaveLength(1);
  });

  it('do not depend on the order, and are never more than the people who spoke', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const approval = fc.record({
      decidedBy: name,
      onBehalfOf: fc.option(name),
      stage: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(approval, { maxLength: 8 }), fc.infiniteStream(fc.nat(1_000)), (all, keys) => {
        const shuffled = all
          .map((a) => [a, keys.next().value] as const)
          .sort(([, k], [, l]) => k - l)
          .map(([a]) => a);
        const count = voices(all, NOBODY).length;
        expect(voices(shuffled, NOBODY)).toHaveLength(count);
        expect(count).toBeLessThanOrEqual(new Set(all.map((a) => a.decidedBy)).size);
      }),
    );
  });
});

describe('the open stage', () => {
  it.each<[string, number[], Approval[], number]>([
    ['the first, while nobody has spoken', [1, 1], [], 0],
    ['the first, until its quorum is met', [2, 1], [by('a')], 0],
    ['the second then', [2, 1], [by('a'), by('b')], 1],
    ['none in the end', [2, 1], [by('a'), by('b'), by('c', 1)], 2],
    ['not passed over by approvals of later ones', [1, 1], [by('a', 1)], 0],
    ['not passed by one person twice', [2], [by('a'), by('A')], 0],
    ['not passed by one person at two stages', [1, 1], [by('a', 0), by('a', 1)], 1],
  ])('is %s', (_what, quorums, approvals, open) => {
    expect(openStage(stages(...quorums), approvals, NOBODY)).toBe(open);
  });
});

describe('sharing voices out', () => {
  const among = (lists: string[]) => (voice: string, stage: number) => lists[stage]?.includes(voice) ?? false;

  it('finds a way however they come', () => {
    // Only b may take the second place, whoever is seated first.
    for (const order of ['ab', 'ba']) expect(fits(stages(1, 1), [...order], among(['ab', 'b']))).toBe(true);
  });

  it('agrees with trying every way', () => {
    const lists = fc.array(fc.subarray(['a', 'b', 'c', 'd', 'e']), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        lists,
        fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 3, maxLength: 3 }),
        (may, quorums) => {
          const all = ['a', 'b', 'c', 'd', 'e'];
          const joined = may.map((list) => list.join(''));
          const wanted = stages(...may.map((_, i) => quorums[i] ?? 1));
          expect(fits(wanted, all, among(joined))).toBe(everyWay(wanted, all, among(joined)));
        },
      ),
    );
  });
});

/** Tries every voice on every place. */
function everyWay(
  wanted: readonly { quorum: number }[],
  left: readonly string[],
  counts: (voice: string, stage: number) => boolean,
): boolean {
  const stage = wanted.findIndex(({ quorum }) => quorum > 0);
  if (stage === -1) return true;
  const next = wanted.map((one, i) => (i === stage ? { quorum: one.quorum - 1 } : one));
  return left.some(
    (voice) =>
      counts(voice, stage) &&
      everyWay(
        next,
        left.filter((other) => other !== voice),
        counts,
      ),
  );
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit } from './admit.ts';

const wait = (requestId: string, team: string, position: number) => ({ requestId, team, position });

describe('admission', () => {
  it('lets in as many as the quota has room for', () => {
    const waiting = [wait('a', 'x', 1), wait('b', 'x', 2), wait('c', 'x', 3)];
    expect(admit(waiting, [{ team: 'y' }, { team: 'y' }, { team: 'y' }], 5)).toEqual(['a', 'b']);
    expect(admit(waiting, [{ team: 'y' }], 1)).toEqual([]);
  });

  it('is fair between teams: one large batch does not hold up another team', () => {
    const flood = Array.from({ length: 10 }, (_, i) => wait(`flood-${i}`, 'big', i));
    expect(admit([...flood, wait('small-0', 'small', 50)], [{ team: 'big' }], 3)).toEqual([
      'small-0',
      'flood-0',
    ]);
  });

  it('never admits more than fits, never twice, never a stranger', () => {
    const teams = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(
        fc.array(teams, { maxLength: 30 }),
        fc.array(teams, { maxLength: 12 }),
        fc.nat(12),
        (waitingTeams, holdingTeams, limit) => {
          const waiting = waitingTeams.map((team, i) => wait(`r${i}`, team, i));
          const admitted = admit(
            waiting,
            holdingTeams.map((team) => ({ team })),
            limit,
          );
          const room = Math.max(0, limit - holdingTeams.length);
          expect(admitted).toHaveLength(Math.min(room, waiting.length));
          expect(new Set(admitted).size).toBe(admitted.length);
          expect(admitted.every((id) => waiting.some((w) => w.requestId === id))).toBe(true);
        },
      ),
    );
  });
});

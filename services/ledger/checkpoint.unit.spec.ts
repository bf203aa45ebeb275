import { describe, expect, it } from 'vitest';
import { checkpointFileName, checkpointOf, expectedLinks } from './checkpoint.ts';
import { ledgerHead } from './fact.ts';

const lane = (n: number, facts: number) => ({ lane: n, seq: facts * 10, hash: `h${n}.${facts}`, facts });

describe('a checkpoint', () => {
  it('is the heads of all lanes, with the one over them', () => {
    const lanes = [lane(0, 3), lane(1, 2)];
    expect(checkpointOf(lanes, new Date('2026-03-04T10:00:00.000Z'))).toEqual({
      at: '2026-03-04T10:00:00.000Z',
      head: ledgerHead(lanes),
      facts: 5,
      lanes,
    });
  });

  it('says which link a lane must have where; of an empty lane nothing', () => {
    const at = new Date(0);
    const links = expectedLinks([
      checkpointOf([lane(0, 1), lane(1, 0)], at),
      checkpointOf([lane(0, 3), lane(1, 0)], at),
    ]);
    expect([...links].map(([n, places]) => [n, [...places]])).toEqual([
      [
        0,
        [
          [10, 'h0.1'],
          [30, 'h0.3'],
        ],
      ],
    ]);
  });

  it('is kept in a file for each database, whoever logs in', () => {
    const name = (url: string | null) => checkpointFileName(url);
    expect(name('postgres://a:b@db:5432/x')).toBe(name('postgres://c:d@db:5432/x?sslmode=require'));
    expect(name('postgres://a:b@db:5432/x')).not.toBe(name('postgres://a:b@db:5432/y'));
    expect(name(null)).toBe('ledger-checkpoints.jsonl');
  });
});

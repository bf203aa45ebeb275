import { describe, expect, it } from 'vitest';
import { checkpointsInMemory } from '../../test/support/checkpoints.ts';
import { openSecrets } from '../kernel/secrets.node.ts';
import { checkpointOf, checkpointText } from './checkpoint.ts';
import { type CheckpointDay, coveredThrough, dayOf, dayText, eachOnce } from './checkpoint-days.ts';
import { gatherCheckpoints, trustedCheckpoints } from './checkpoints.pg.ts';

const day = (after: string | null, through: string): CheckpointDay => ({
  after,
  through,
  refused: 0,
  checkpoints: [],
});

describe('up to which day everything was gathered', () => {
  it('is where the chain of days ends', () => {
    expect(coveredThrough([])).toBeNull();
    expect(coveredThrough([day('2026-03-04', '2026-03-05'), day(null, '2026-03-04')])).toBe('2026-03-05');
  });

  it('is the day before a gap: what comes after it is read one by one', () => {
    expect(coveredThrough([day(null, '2026-03-04'), day('2026-03-05', '2026-03-06')])).toBe('2026-03-04');
    expect(coveredThrough([day('2026-03-04', '2026-03-05')])).toBeNull();
  });

  it('is the nearer of two that begin at the same, and ends with a day that leads back', () => {
    expect(coveredThrough([day(null, '2026-03-06'), day(null, '2026-03-04')])).toBe('2026-03-04');
    expect(coveredThrough([day(null, '2026-03-04'), day('2026-03-04', '2026-03-04')])).toBe('2026-03-04');
  });

  it('counts what two processes have gathered once', () => {
    const one = { day: day(null, '2026-03-04'), signature: 's' };
    expect(eachOnce([one, structuredClone(one)])).toEqual([one.day]);
  });
});

describe('checkpoints that are gathered', () => {
  const secrets = openSecrets(Buffer.alloc(32, 7));
  const foreign = openSecrets(Buffer.alloc(32, 8));
  const signedAt = (at: string, facts: number, by = secrets) => {
    const lanes = [{ lane: 0, seq: facts, hash: `h${facts}`, facts }];
    const checkpoint = checkpointOf(lanes, new Date(at));
    return { checkpoint, signature: by.sign('ledger-checkpoint', checkpointText(checkpoint)) };
  };
  async function threeDays() {
    const store = checkpointsInMemory({ days: true });
    for (const [i, at] of [
      '2026-03-04T10:00:00Z',
      '2026-03-04T23:59:59Z',
      '2026-03-05T00:00:00Z',
      '2026-03-07T12:00:00Z',
    ].entries())
      await store.add(signedAt(at, i + 1));
    return store;
  }
  const NOW = new Date('2026-03-07T13:00:00Z');

  it('are the same as before, read in fewer pieces; the day of today is left alone', async () => {
    const store = await threeDays();
    const deps = { secrets, store };
    const before = await trustedCheckpoints(deps);
    expect(await gatherCheckpoints(deps, NOW)).toBe(2);
    expect(store.gathered.map((one) => [one.day.after, one.day.through, one.day.checkpoints.length])).toEqual(
      [
        [null, '2026-03-04T23:59:59.000Z', 2],
        ['2026-03-04T23:59:59.000Z', '2026-03-05T00:00:00.000Z', 1],
      ],
    );
    store.reads.length = 0;
    expect(await trustedCheckpoints(deps)).toEqual(before);
    expect(store.reads).toEqual(['2026-03-07T12:00:00.000Z']);
    expect(await gatherCheckpoints(deps, NOW)).toBe(0);
  });

  it('are not gathered before an hour of the next day has passed', async () => {
    const deps = { secrets, store: await threeDays() };
    expect(await gatherCheckpoints(deps, new Date('2026-03-05T00:59:00Z'))).toBe(0);
    expect(await gatherCheckpoints(deps, new Date('2026-03-05T01:00:00Z'))).toBe(1);
  });

  it('are not hidden by a day that somebody else wrote: it is refused, and they are read', async () => {
    const store = await threeDays();
    const forged = { after: null, through: '2026-03-06T00:00:00.000Z', refused: 0, checkpoints: [] };
    await store.days!.add({ day: forged, signature: foreign.sign('ledger-checkpoint-day', dayText(forged)) });
    // Nor by a signature of ours over something else.
    await store.days!.add({ day: forged, signature: secrets.sign('ledger-checkpoint', dayText(forged)) });
    const { checkpoints, refused } = await trustedCheckpoints({ secrets, store });
    expect([checkpoints.length, refused]).toEqual([4, 2]);
  });

  it('are gathered in a piece of their own when they come later than that', async () => {
    const store = await threeDays();
    const deps = { secrets, store };
    await gatherCheckpoints(deps, new Date('2026-03-05T02:00:00Z'));
    await store.add(signedAt('2026-03-04T23:59:59.500Z', 9));
    expect((await trustedCheckpoints(deps)).checkpoints).toHaveLength(5);
    await gatherCheckpoints(deps, NOW);
    expect(store.gathered.map((one) => one.day.checkpoints.length)).toEqual([2, 1, 1]);
    expect((await trustedCheckpoints(deps)).checkpoints).toHaveLength(5);
  });

  it('say for ever that something lay there that was not ours', async () => {
    const store = await threeDays();
    await store.add(signedAt('2026-03-04T11:00:00Z', 9, foreign));
    const deps = { secrets, store };
    await gatherCheckpoints(deps, NOW);
    expect(await trustedCheckpoints(deps)).toMatchObject({ refused: 1, checkpoints: { length: 4 } });
  });

  it('begin with the day of UTC', () =>
    expect(dayOf(new Date('2026-03-04T23:59:59+01:00'))).toBe('2026-03-04'));
});

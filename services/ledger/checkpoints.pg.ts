import type { Orm } from '../../db/client.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import type { Archives } from './archives.pg.ts';
import { type Checkpoint, checkpointOf, checkpointText, type SignedCheckpoint } from './checkpoint.ts';
import {
  type CheckpointDay,
  coveredThrough,
  dayOf,
  dayText,
  eachOnce,
  type SignedDay,
} from './checkpoint-days.ts';
import type { CheckpointStore } from './checkpoints.port.ts';
import { readHeads, type Verification } from './verify.pg.ts';

export type CheckpointDeps = { secrets: Secrets; store: CheckpointStore };

/** Each of these keys signs one kind of thing only. */
const PURPOSE = 'ledger-checkpoint';
const DAY_PURPOSE = 'ledger-checkpoint-day';
/** A checkpoint that was signed before midnight is on its way for less. */
const LATE_MS = 3_600_000;

/**
 * Signs what the ledger is now and keeps it. @param last the newest that is known: nothing is kept while nothing was added
 * @returns the checkpoint that is the newest now
 */
export async function makeCheckpoint(
  orm: Orm,
  { secrets, store }: CheckpointDeps,
  now: Date,
  last?: Checkpoint,
): Promise<Checkpoint> {
  const checkpoint = checkpointOf(await readHeads(orm), now);
  if (last?.head === checkpoint.head) return last;
  await store.add({ checkpoint, signature: secrets.sign(PURPOSE, checkpointText(checkpoint)) });
  return checkpoint;
}

type Trusted = { checkpoints: Checkpoint[]; refused: number };

/**
 * Checkpoints with a signature of ours, oldest first; `refused` are those without one, and what is no checkpoint at all. Of days
 * that were gathered the one piece is read, of the others each checkpoint.
 */
export async function trustedCheckpoints(deps: CheckpointDeps): Promise<Trusted> {
  const { days, refused } = await trustedDays(deps);
  const loose = ours(deps.secrets, await deps.store.all({ after: coveredThrough(days) }));
  const gathered = days.flatMap(({ checkpoints }) => checkpoints);
  return {
    checkpoints: [...gathered, ...loose.checkpoints].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    refused: refused + loose.refused + days.reduce((sum, day) => sum + day.refused, 0),
  };
}

function ours(
  secrets: Secrets,
  { kept, unreadable }: { kept: readonly SignedCheckpoint[]; unreadable: number },
): Trusted {
  const signed = kept.filter(({ checkpoint, signature }) =>
    secrets.verify(PURPOSE, checkpointText(checkpoint), signature),
  );
  return {
    checkpoints: signed.map(({ checkpoint }) => checkpoint),
    refused: unreadable + kept.length - signed.length,
  };
}

/** A day that somebody else has put there covers nothing. */
async function trustedDays({
  secrets,
  store,
}: CheckpointDeps): Promise<{ days: CheckpointDay[]; refused: number }> {
  const { kept, unreadable } = (await store.days?.all()) ?? { kept: [], unreadable: 0 };
  const signed = kept.filter(({ day, signature }: SignedDay) =>
    secrets.verify(DAY_PURPOSE, dayText(day), signature),
  );
  return { days: eachOnce(signed), refused: unreadable + kept.length - signed.length };
}

/**
 * Puts the checkpoints of each day that is over into one piece, so that a walk need not fetch them one by one. They stay where
 * they are. @returns how many days were gathered
 */
export async function gatherCheckpoints(deps: CheckpointDeps, now: Date): Promise<number> {
  const { secrets, store } = deps;
  const { days: pieces } = store;
  if (!pieces) return 0;
  let after = coveredThrough((await trustedDays(deps)).days);
  const today = dayOf(new Date(now.getTime() - LATE_MS));
  for (let gathered = 0; ; gathered++) {
    const next = await pieces.next(after);
    if (next === undefined || next >= today) return gathered;
    const found = await store.all({ after, day: next });
    if (found.last === undefined) return gathered;
    const day = { after, through: found.last, ...ours(secrets, found) };
    await pieces.add({ day, signature: secrets.sign(DAY_PURPOSE, dayText(day)) });
    after = day.through;
  }
}

/** What a walk came to, with the checkpoints and archives that it went through: one that is not of our key spoils it. */
export const verificationAnswer = (
  verified: Verification,
  { checkpoints, refused }: { checkpoints: readonly Checkpoint[]; refused: number },
  archive: Archives,
) => {
  const newest = checkpoints.at(-1)?.at;
  const { archived, ...walked } = verified;
  return {
    ...walked,
    ok: verified.ok && refused === 0 && archive.refused === 0,
    checkpoints: { held: checkpoints.length, refused, ...(newest === undefined ? {} : { newest }) },
    ...(archive.archives.length + archive.refused === 0
      ? {}
      : {
          archive: {
            months: archive.archives.map(({ era }) => era),
            facts: archived,
            refused: archive.refused,
          },
        }),
  };
};

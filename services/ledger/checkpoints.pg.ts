import type { Orm } from '../../db/client.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import type { Archives } from './archives.pg.ts';
import { type Checkpoint, checkpointOf, checkpointText } from './checkpoint.ts';
import type { CheckpointStore } from './checkpoints.port.ts';
import { readHeads, type Verification } from './verify.pg.ts';

export type CheckpointDeps = { secrets: Secrets; store: CheckpointStore };

/** Of this key's signatures there is one kind only. */
const PURPOSE = 'ledger-checkpoint';

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

/** Checkpoints with a signature of ours; `refused` are those without one, and what is no checkpoint at all. */
export async function trustedCheckpoints({
  secrets,
  store,
}: CheckpointDeps): Promise<{ checkpoints: Checkpoint[]; refused: number }> {
  const { kept, unreadable } = await store.all();
  const ours = kept.filter(({ checkpoint, signature }) =>
    secrets.verify(PURPOSE, checkpointText(checkpoint), signature),
  );
  return {
    checkpoints: ours.map((signed) => signed.checkpoint),
    refused: unreadable + kept.length - ours.length,
  };
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

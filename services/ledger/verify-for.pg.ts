import type { Orm } from '../../db/client.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { trustedArchives } from './archives.pg.ts';
import { type CheckpointDeps, trustedCheckpoints, verificationAnswer } from './checkpoints.pg.ts';
import { verifyLedger } from './verify.pg.ts';

/** Facts of the chain that are read at once. */
const PAGE_OF_LINKS = 1_000;

/** Walks every lane through every checkpoint that is of our key, as this person may read it. */
export async function verifyFor(orm: Orm, who: Principal, custody: CheckpointDeps) {
  // Before the heads: no head can be older than a checkpoint then.
  const trusted = await trustedCheckpoints(custody);
  const verified = await verifyLedger(
    orm,
    PAGE_OF_LINKS,
    (read) => readAs(orm, who, read),
    trusted.checkpoints,
    { archives: async (reader) => (await trustedArchives(reader, custody.secrets)).archives },
  );
  const archive = await readAs(orm, who, (reader) => trustedArchives(reader, custody.secrets));
  return verificationAnswer(verified, trusted, archive);
}

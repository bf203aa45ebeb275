import { readBack } from './archive.pg.ts';
import { ArchiveBroken, type ArchiveManifest } from './archive.ts';
import { trustedArchives } from './archives.pg.ts';
import { type Checkpoint, expectedLinks } from './checkpoint.ts';
import { trustedCheckpoints, verificationAnswer } from './checkpoints.pg.ts';
import { EXIT, type Open, type Options, say, Usage } from './command-run.task.ts';
import { verifyLedger } from './verify.pg.ts';

export type VerifyOptions = Options & { since?: string; archive: boolean };

type Answer = ReturnType<typeof verificationAnswer>;

export async function verify({ orm, custody, archive }: Open, options: VerifyOptions): Promise<number> {
  const { since } = options;
  // Before the heads: no head can be older than a checkpoint then.
  const trusted = await trustedCheckpoints(custody);
  const { checkpoints } = trusted;
  const archived = await trustedArchives(orm, custody.secrets);
  const from =
    since === undefined
      ? undefined
      : checkpoints.findLast((one) => one.at <= since && !isWithin(one, archived.archives));
  if (since !== undefined && from === undefined)
    throw new Usage(`There is no checkpoint of ours from ${since} or before: leave out --since.`);
  if (options.archive)
    for (const manifest of archived.archives)
      await readBack(archive, manifest, meets(expectedLinks(checkpoints), manifest));
  const verified = await verifyLedger(orm, 1_000, (read) => read(orm), checkpoints, {
    from,
    archives: async (reader) => (await trustedArchives(reader, custody.secrets)).archives,
  });
  const answer = verificationAnswer(verified, trusted, archived);
  if (options.json) say(JSON.stringify({ ...answer, ...(from === undefined ? {} : { from: from.at }) }));
  else tell(answer, from, options.archive);
  return answer.ok ? EXIT.ok : EXIT.differs;
}

/** A walk cannot begin amid facts that were taken out. */
const isWithin = ({ lanes }: Checkpoint, archives: readonly ArchiveManifest[]): boolean =>
  archives.some(({ segments }) =>
    segments.some((s) => lanes.some(({ lane, seq }) => lane === s.lane && seq >= s.first && seq < s.last)),
  );

/** Checkpoints vouch for facts in files as well. */
const meets =
  (expected: ReturnType<typeof expectedLinks>, { era }: ArchiveManifest) =>
  ({ lane, seq, hash }: { lane: number; seq: number; hash: string }): void => {
    const link = expected.get(lane)?.get(seq);
    if (link !== undefined && link !== hash)
      throw new ArchiveBroken(
        `The archive of ${era} does not fit a checkpoint at seq ${seq} of lane ${lane}.`,
      );
  };

function tell(answer: Answer, from: Checkpoint | undefined, filesRead: boolean): void {
  const { ok, facts, head, brokenAt, checkpoints, archive } = answer;
  say(`${ok ? 'whole' : 'NOT WHOLE'}: ${facts} facts, head ${head}`);
  if (from) say(`read from the checkpoint of ${from.at} on; the ${from.facts} facts before it were not`);
  const newest = checkpoints.newest ? `, newest ${checkpoints.newest}` : '';
  say(`checkpoints: ${checkpoints.held} held, ${checkpoints.refused} refused${newest}`);
  if (archive) {
    const read = filesRead ? 'files read' : 'files not read: --archive reads them';
    say(`archive: ${archive.months.join(', ') || 'no month'}, ${archive.facts} facts, ${read}`);
  }
  if (brokenAt !== undefined)
    say(`seq ${brokenAt} is the first fact that does not hold, or the one after which something is missing`);
  if (checkpoints.refused > 0)
    say('checkpoints that are refused are not signed by this installation: somebody has written them');
  if (archive && archive.refused > 0)
    say(
      `${archive.refused} months that are said to be archived are not signed by this installation: somebody has written them`,
    );
}

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArchiveDeps, erasToArchive, exportEra, removeEra } from './archive.pg.ts';
import type { ArchiveManifest } from './archive.ts';
import { EXIT, type Open, type Options, say } from './command-run.task.ts';

export type ArchiveOptions = Options & { months: number; keep: boolean };

/** Takes old months out of the database, each by itself: what has been done stays done when a later one fails. */
export async function archiveMonths(
  { orm, custody, archive, dataDir }: Open,
  { months, keep, json }: ArchiveOptions,
  now: () => Date,
): Promise<number> {
  const workFolder = await mkdtemp(join(dataDir, 'archiving-'));
  const deps: ArchiveDeps = { store: archive, secrets: custody.secrets, workFolder, now };
  const done: ArchiveManifest[] = [];
  try {
    const { ready, unplaced } = await erasToArchive(orm, now(), months);
    for (const era of ready) {
      const signed = await exportEra(orm, era, deps);
      if (!keep) await removeEra(orm, signed, now());
      done.push(signed.manifest);
      if (!json) say(monthWords(signed.manifest, archive.place, keep));
    }
    if (json) say(JSON.stringify({ archived: done, removed: !keep, unplaced }));
    else tell(done, unplaced, months);
    return EXIT.ok;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

const monthWords = ({ era, facts, files }: ArchiveManifest, place: string, keep: boolean): string => {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const size = bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${era}: ${facts} facts, ${files.length} files, ${size} in ${place}${keep ? '; they stay in the database' : ''}`;
};

function tell(done: readonly ArchiveManifest[], unplaced: readonly string[], months: number): void {
  if (done.length === 0) say(`nothing to archive: no facts of AWS are older than ${months} months`);
  if (unplaced.length > 0)
    say(
      `${unplaced.join(', ')}: some facts lie in the part for all and stay (they came before their month had a part)`,
    );
}

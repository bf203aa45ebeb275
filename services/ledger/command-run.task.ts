import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Orm } from '../../db/client.ts';
import { DirectoryInUse, lockDirectory } from '../../db/directory-lock.ts';
import { RolesMissing, TooMuchPower } from '../../db/roles.ts';
import { BadConfig, type Config, readConfig } from '../config.ts';
import { openConfigured } from '../configured-database.pg.ts';
import { localRootSecret, openSecrets } from '../kernel/secrets.node.ts';
import { EraInUse, LedgerBroken } from './archive.pg.ts';
import { ArchiveBroken } from './archive.ts';
import { archiveFolder } from './archives.node.ts';
import { ArchiveMissing, type ArchiveStore } from './archives.port.ts';
import type { CheckpointDeps } from './checkpoints.pg.ts';
import { openCheckpoints } from './open-checkpoints.node.ts';
import { MissingFacts } from './rebuild.pg.ts';

/** 0 it holds · 2 wrong use, or a database that cannot be used now · 3 it does not hold · 4 nobody knows: something failed */
export const EXIT = { ok: 0, usage: 2, differs: 3, failed: 4 } as const;

export class Usage extends Error {
  override readonly name = 'Usage';
}

export type Open = { orm: Orm; custody: CheckpointDeps; archive: ArchiveStore; dataDir: string };
export type Options = { json: boolean };
export const say = (text: string) => process.stdout.write(`${text}\n`);

/** The database of the settings: a real one beside the service, the embedded one in place of it. */
async function withLedger<T>(config: Config, work: (open: Open) => Promise<T>): Promise<T> {
  const { dataDir, databaseUrl } = config;
  const root = rootSecretOf(config);
  const release = databaseUrl === null ? await lockDirectory(dataDir) : async () => {};
  try {
    const database = await openConfigured(config);
    try {
      const store = await openCheckpoints(config);
      const archive = await openArchive(config);
      return await work({
        orm: database.orm,
        custody: { secrets: openSecrets(root), store },
        archive,
        dataDir,
      });
    } finally {
      await database.close();
    }
  } finally {
    await release();
  }
}

/** The service's own: by it checkpoints and archives are known. @throws Usage */
function rootSecretOf({ dataDir, rootSecret }: Config): Buffer {
  if (rootSecret !== null) return Buffer.from(rootSecret, 'utf8');
  const file = join(dataDir, 'root-secret');
  if (existsSync(file)) return localRootSecret(file);
  throw new Usage(
    `${dataDir} is not the data directory of a Jetway: it has no root-secret, by which checkpoints are known. ` +
      'Name it with DATA_DIR, as for the service.',
  );
}

/** The client of S3 is loaded where there is a bucket. */
async function openArchive({ archive, region, awsEndpointUrl }: Config): Promise<ArchiveStore> {
  if ('folder' in archive) return archiveFolder(archive.folder);
  const { archiveBucket, s3Client } = await import('./archives.aws.ts');
  return archiveBucket(s3Client(region, awsEndpointUrl), archive);
}

/** Runs a command with the ledger of the settings, and ends the process with its code. */
export const run = async (work: (open: Open) => Promise<number>): Promise<void> => {
  process.exitCode = await Promise.resolve()
    .then(() => withLedger(readConfig(), work))
    .catch(explain);
};

function explain(error: unknown): number {
  const known = [Usage, BadConfig, DirectoryInUse, RolesMissing, TooMuchPower, EraInUse].some(
    (kind) => error instanceof kind,
  );
  const differs = [MissingFacts, LedgerBroken, ArchiveBroken, ArchiveMissing].some(
    (kind) => error instanceof kind,
  );
  const { message, stack } = error as Error;
  process.stderr.write(`${known || differs ? message : (stack ?? String(error))}\n`);
  return known ? EXIT.usage : differs ? EXIT.differs : EXIT.failed;
}

import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dumpEmbedded, openEmbedded } from '../../db/embedded.ts';

/*
 * To make a PGlite database costs four to five seconds of a processor; to begin with one that was made before, less than
 * one. It is kept among temporary files under a name that says what it was made from.
 */

export const migrations = fileURLToPath(new URL('../../db/migrations', import.meta.url));

let name: string | undefined;

function madeFrom(): string {
  if (name !== undefined) return name;
  const hash = createHash('sha256');
  hash.update(createRequire(import.meta.url).resolve('@electric-sql/pglite'));
  hash.update(readFileSync(fileURLToPath(new URL('../../package-lock.json', import.meta.url))));
  hash.update(readFileSync(fileURLToPath(new URL('../../db/roles.ts', import.meta.url))));
  const journal = join('meta', '_journal.json');
  for (const file of [
    ...readdirSync(migrations)
      .filter((n) => n.endsWith('.sql'))
      .sort(),
    journal,
  ])
    hash.update(`${file}\n`).update(readFileSync(join(migrations, file)));
  name = join(tmpdir(), `jetway-pglite-${hash.digest('hex').slice(0, 16)}`);
  return name;
}

/** A database in memory with its tables and nothing in them, to begin with. */
export async function madeBefore(): Promise<Blob> {
  const file = `${madeFrom()}.tar`;
  if (existsSync(file)) return new Blob([readFileSync(file)]);
  const dump = await dumpEmbedded(migrations);
  // Two may make it at once: the same, and each renamed when whole.
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, Buffer.from(await dump.arrayBuffer()));
  renameSync(unfinished, file);
  return dump;
}

/** The same as the folder of a service that is about to start for the first time. @param dir of the database, not there yet */
export async function layDatabase(dir: string): Promise<void> {
  const folder = `${madeFrom()}.dir`;
  if (!existsSync(folder)) await make(folder);
  cpSync(folder, dir, { recursive: true });
}

async function make(folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  await (await openEmbedded(unfinished, migrations)).close();
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another was faster, with the same.
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true });
  }
}

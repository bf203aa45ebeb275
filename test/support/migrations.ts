import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../services/kernel/package-root.node.ts';

export const NEWEST_MIGRATIONS = join(packageRoot(), 'db', 'migrations');

/** The migrations as they were when `last` was the newest, in a folder of the caller's. */
export function migrationsUpTo(last: number, dir: string): string {
  cpSync(NEWEST_MIGRATIONS, dir, { recursive: true });
  const journal = join(dir, 'meta', '_journal.json');
  const { entries, ...rest } = JSON.parse(readFileSync(journal, 'utf8')) as { entries: { idx: number }[] };
  writeFileSync(journal, JSON.stringify({ ...rest, entries: entries.filter(({ idx }) => idx <= last) }));
  for (const file of readdirSync(dir))
    if (Number(file.slice(0, 4)) > last) rmSync(join(dir, file), { force: true });
  return dir;
}

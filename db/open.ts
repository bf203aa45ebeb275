import { join } from 'node:path';
import { packageRoot } from '../services/kernel/package-root.node.ts';
import type { Database } from './client.ts';

/** The embedded driver is loaded only when it is wanted: it costs 300 MB. */
export async function openDatabase(where: { url: string } | { dir: string | null }): Promise<Database> {
  const migrations = join(packageRoot(), 'db', 'migrations');
  if ('url' in where) {
    const { openPostgres } = await import('./postgres.ts');
    return openPostgres(where.url, migrations);
  }
  const { openEmbedded } = await import('./embedded.ts');
  return openEmbedded(where.dir, migrations);
}

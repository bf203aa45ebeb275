import { join } from 'node:path';
import { packageRoot } from '../services/kernel/package-root.node.ts';
import type { Database } from './client.ts';
import type { Observe } from './observe.ts';
import type { PostgresOptions } from './postgres.ts';

type PostgresAt = { url: string } & PostgresOptions;

/** The embedded driver is loaded only when it is wanted: it costs 300 MB. */
export async function openDatabase(
  where: PostgresAt | { dir: string | null; observe?: Observe | undefined },
): Promise<Database> {
  const migrations = join(packageRoot(), 'db', 'migrations');
  if ('url' in where) {
    const { openPostgres } = await import('./postgres.ts');
    return openPostgres(where.url, migrations, where);
  }
  const { openEmbedded } = await import('./embedded.ts');
  return openEmbedded(where.dir, migrations, { observe: where.observe });
}

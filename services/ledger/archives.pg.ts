import { asc } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { ledgerArchives } from '../../db/schema/index.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import { ArchiveManifest, archiveText } from './archive.ts';

/** Of this key's signatures there is one kind only. */
const PURPOSE = 'ledger-archive';

export const signArchive = (secrets: Secrets, manifest: ArchiveManifest): string =>
  secrets.sign(PURPOSE, archiveText(manifest));

/** What stands for facts that were taken out; `refused` counts rows that are not signed by us: somebody has written them. */
export type Archives = { archives: ArchiveManifest[]; refused: number };

export async function trustedArchives(orm: Orm, secrets: Secrets): Promise<Archives> {
  const rows = await orm.select().from(ledgerArchives).orderBy(asc(ledgerArchives.era));
  const archives = rows.flatMap(({ era, manifest: text, signature }) => {
    if (!secrets.verify(PURPOSE, text, signature)) return [];
    const manifest = ArchiveManifest.parse(JSON.parse(text));
    return manifest.era === era ? [manifest] : [];
  });
  return { archives, refused: rows.length - archives.length };
}

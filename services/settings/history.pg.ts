import { desc, lt } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { settingsVersions } from '../../db/schema/index.ts';
import { Problem } from '../kernel/errors.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';

/** Newest first, with what the ledger says of each. The cursor is the last version of the page. */
export async function settingsHistory(orm: Orm, query: { cursor?: string | undefined; limit: number }) {
  const rows = await orm
    .select({
      version: settingsVersions.version,
      digest: settingsVersions.digest,
      requestId: settingsVersions.requestId,
      appliedAt: settingsVersions.appliedAt,
    })
    .from(settingsVersions)
    .where(query.cursor === undefined ? undefined : lt(settingsVersions.version, readVersion(query.cursor)))
    .orderBy(desc(settingsVersions.version))
    .limit(query.limit + 1);
  const page = rows.slice(0, query.limit);
  const facts = await factsOfRequests(
    orm,
    page.map((row) => row.requestId),
  );
  const changed = new Map(
    facts.flatMap((f) => (f.type === 'SettingsChanged' ? [[f.requestId, f.data]] : [])),
  );
  const last = page.at(-1);
  return {
    items: page.map(({ appliedAt, ...row }) => ({
      ...row,
      appliedAt: appliedAt.toISOString(),
      ...toldBy(changed.get(row.requestId)),
    })),
    nextCursor: rows.length > query.limit && last ? String(last.version) : null,
  };
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

const toldBy = (data: Record<string, unknown> = {}) => ({
  requestedBy: String(data.requestedBy ?? ''),
  approvedBy: texts(data.approvedBy),
  reason: String(data.reason ?? ''),
  differences: texts(data.differences),
});

function readVersion(cursor: string): number {
  if (/^[1-9]\d{0,8}$/.test(cursor)) return Number(cursor);
  throw new Problem('invalid', 'cursor', 'The cursor is not one of ours.', {
    errors: [{ pointer: '/cursor', message: 'is not a cursor of this list' }],
  });
}

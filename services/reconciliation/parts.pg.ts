import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { snapshotParts } from '../../db/schema/index.ts';
import type { Part } from './assemble.ts';

/** The parts of a reading that have come so far, in their order. */
export async function partsOf(tx: Orm, snapshotId: string): Promise<Part[]> {
  const rows = await tx
    .select({ kind: snapshotParts.kind, value: snapshotParts.value })
    .from(snapshotParts)
    .where(eq(snapshotParts.snapshotId, snapshotId))
    .orderBy(snapshotParts.part);
  return rows as Part[];
}

/** What a machine says of its end. */
export const failureOf = (said: { error?: string | undefined; cause?: string | undefined }): string =>
  ([said.error, said.cause].filter(Boolean).join(': ') || 'no reason given').slice(0, 2_000);

import { and, eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { facts } from '../../db/schema/index.ts';

/** Since when whom the plan escalates to may decide at any open stage: the workflow's timer says so; null before. */
export async function escalatedSince(orm: Orm, requestId: string): Promise<Date | null> {
  const [escalated] = await orm
    .select({ at: facts.recordedAt })
    .from(facts)
    .where(and(eq(facts.requestId, requestId), eq(facts.type, 'ApprovalEscalated')))
    .orderBy(facts.seq)
    .limit(1);
  return escalated?.at ?? null;
}

import { and, eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { facts } from '../../db/schema/index.ts';

/** Has the escalation of this request been due? From then on whom the plan escalates to may decide at any open stage. */
export async function isEscalated(orm: Orm, requestId: string): Promise<boolean> {
  const [escalated] = await orm
    .select({ seq: facts.seq })
    .from(facts)
    .where(and(eq(facts.requestId, requestId), eq(facts.type, 'ApprovalEscalated')))
    .limit(1);
  return escalated !== undefined;
}

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Orm, rowsOf } from '../../db/client.ts';
import { canonicalEmail } from '../requests/holds.pg.ts';
import type { Ask } from './message.schema.ts';

const FenceAskData = z.object({
  accountId: z.string().regex(/^\d{12}$/),
  email: z.string(),
  stage: z.enum(['attach', 'keep']),
});

/**
 * Whether a newly created account is to be fenced: yes while the vend that asked for its e-mail has not finished. An
 * account that nobody asked us for is not ours to fence.
 */
export async function fenceAnswer(tx: Orm, ask: Ask): Promise<{ outcome: 'fence' | 'leave' }> {
  const data = FenceAskData.safeParse(ask.data);
  if (!data.success) return { outcome: 'leave' };
  const [open] = await rowsOf<{ status: string }>(
    tx,
    sql`select v.status from email_holds h join request_views v on v.request_id = h.request_id
        where h.email_canonical = ${canonicalEmail(data.data.email)}`,
  );
  const unfinished = open !== undefined && open.status !== 'ACTIVE' && open.status !== 'CLOSED';
  return { outcome: unfinished ? 'fence' : 'leave' };
}

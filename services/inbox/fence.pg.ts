import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Orm, rowsOf } from '../../db/client.ts';
import { lockRequest } from '../approvals/approvals.pg.ts';
import { canonicalEmail } from '../requests/holds.pg.ts';
import { answerAsk } from './asks.pg.ts';
import type { Ask } from './message.schema.ts';

const FenceAskData = z.object({
  accountId: z.string().regex(/^\d{12}$/),
  email: z.string(),
  stage: z.enum(['attach', 'keep']),
});

/**
 * Whether a newly created account is to be fenced: yes when the vend that asked for its e-mail has passed the point of
 * no return and is not over. An account that nobody asked us for, or not yet, is not ours to fence.
 *
 * @returns undefined when that is too early to say: the vend lifts its fence itself, and may have done so before this
 * one went up. Its end tells (see `releaseFences`).
 */
export async function fenceAnswer(tx: Orm, ask: Ask): Promise<{ outcome: 'fence' | 'leave' } | undefined> {
  const data = FenceAskData.safeParse(ask.data);
  if (!data.success) return { outcome: 'leave' };
  const [vend] = await rowsOf<{ request_id: string }>(
    tx,
    sql`select h.request_id from email_holds h join point_of_no_return p on p.request_id = h.request_id
        where h.email_canonical = ${canonicalEmail(data.data.email)}`,
  );
  if (!vend) return { outcome: 'leave' };
  // With the lock, this ask and the vend's last word see one another, whichever is first.
  await lockRequest(tx, vend.request_id);
  const [over] = await rowsOf<{ seq: number | string }>(
    tx,
    sql`select seq from facts where request_id = ${vend.request_id} and type = 'AccessAssigned' limit 1`,
  );
  if (over) return { outcome: 'leave' };
  return data.data.stage === 'attach' ? { outcome: 'fence' } : undefined;
}

/** The vend is over: a fence that went up after the vend had lifted its own comes down. */
export async function releaseFences(tx: Orm, requestId: string, now: Date): Promise<void> {
  const waiting = await rowsOf<{ id: string }>(
    tx,
    sql`select a.id from asks a join email_holds h on h.email_canonical = lower(a.data->>'email')
        where h.request_id = ${requestId} and a.kind = 'fence' and a.data->>'stage' = 'keep'
          and a.answered_at is null`,
  );
  for (const { id } of waiting) await answerAsk(tx, id, { outcome: 'leave' }, now);
}

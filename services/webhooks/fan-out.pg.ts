import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';

export const WEBHOOK_CHANNEL = 'jetway_webhooks';

/**
 * One delivery for each of these facts and each endpoint that listens for its type, in one statement of the transaction
 * that appends them. Without endpoints it reads an empty table.
 */
export async function fanOut(
  tx: Orm,
  facts: readonly { seq: number; type: string }[],
  now: Date,
): Promise<void> {
  const list = JSON.stringify(facts.map(({ seq, type }) => ({ seq, type })));
  await tx.execute(sql`
    with made as (
      insert into webhook_deliveries (id, endpoint, event_type, fact_seq, next_at, created_at)
      select 'msg_' || replace(gen_random_uuid()::text, '-', ''), e.name, f.type, f.seq,
        ${now.toISOString()}::timestamptz, ${now.toISOString()}::timestamptz
      from webhook_endpoints e
      join jsonb_to_recordset(${list}::jsonb) as f(seq bigint, type text)
        on cardinality(e.events) = 0 or f.type = any(e.events)
      on conflict (endpoint, fact_seq) do nothing
      returning 1)
    select pg_notify(${WEBHOOK_CHANNEL}, '') from made limit 1`);
}

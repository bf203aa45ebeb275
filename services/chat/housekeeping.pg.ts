import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';

/** What a click came to is in the ledger; the row is for questions of the first weeks. */
const CLICKS_DAYS = 30;
/** A button that is older than any request may be says that it belongs to none. */
const ROOMS_DAYS = 90;

/**
 * Forgets what rooms were told long ago and nobody will edit any more: clicks that were worked off, prompts that are settled,
 * alerts that were told, and messages that stood for these. What is open stays, however old.
 */
export async function sweepRooms(orm: Orm, now: Date): Promise<void> {
  const before = (days: number) =>
    sql`${new Date(now.getTime() - days * 86_400_000).toISOString()}::timestamptz`;
  await orm.execute(
    sql`delete from chat_clicks where received_at < ${before(CLICKS_DAYS)} and outcome is not null`,
  );
  await orm.execute(sql`delete from approval_prompts
    where created_at < ${before(ROOMS_DAYS)} and state in ('settled', 'superseded')`);
  await orm.execute(
    sql`delete from alert_lines where first_at < ${before(ROOMS_DAYS)} and digest_id is not null`,
  );
  await orm.execute(sql`delete from chat_digests d where d.created_at < ${before(ROOMS_DAYS)}
    and not exists (select from approval_prompts p where p.digest_id = d.id)
    and not exists (select from alert_lines l where l.digest_id = d.id)`);
}

import { and, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { outbox } from '../../db/schema/index.ts';

export type OutboxMessage = {
  id: number;
  kind: string;
  /** Names what it is about; the same key is the same message. */
  key: string;
  payload: Record<string, unknown>;
  attempts: number;
};

/** A claimed message comes back after this long if its claimer died. */
const LEASE_SECONDS = 30;

/**
 * Claims what is due, in the order of writing, by moving its next attempt into the future: a short statement, so that
 * no lock is held while AWS is called. SKIP LOCKED lets many relays work side by side.
 */
export async function claim(orm: Orm, now: Date, limit: number): Promise<OutboxMessage[]> {
  const rows = await rowsOf<{
    id: string | number;
    kind: string;
    key: string;
    payload: Record<string, unknown>;
    attempts: number;
  }>(
    orm,
    sql`with due as (
          select id from outbox where sent_at is null and next_at <= ${now.toISOString()}::timestamptz
          order by id limit ${limit} for update skip locked)
        update outbox o set attempts = o.attempts + 1,
          next_at = ${now.toISOString()}::timestamptz + make_interval(secs => ${LEASE_SECONDS})
        from due where o.id = due.id
        returning o.id, o.kind, o.key, o.payload, o.attempts`,
  );
  return rows.map((r) => ({ ...r, id: Number(r.id) })).sort((a, b) => a.id - b.id);
}

/** Makes everything that waits due at once, for whoever knows that no other relay is alive: claims outlive their claimer. */
export async function releaseClaims(orm: Orm, now: Date): Promise<void> {
  await orm
    .update(outbox)
    .set({ nextAt: now })
    .where(and(isNull(outbox.sentAt), gt(outbox.nextAt, now)));
}

export async function markSent(orm: Orm, ids: readonly number[], now: Date): Promise<void> {
  if (ids.length > 0)
    await orm
      .update(outbox)
      .set({ sentAt: now, lastError: null })
      .where(inArray(outbox.id, [...ids]));
}

/** Tries again later; the pause doubles up to five minutes. @param atLeastMs what the other side has asked for */
export async function postpone(
  orm: Orm,
  message: OutboxMessage,
  error: string,
  now: Date,
  atLeastMs = 0,
): Promise<void> {
  const pauseMs = Math.min(300_000, Math.max(atLeastMs, 500 * 2 ** Math.min(message.attempts, 12)));
  await orm
    .update(outbox)
    .set({ nextAt: new Date(now.getTime() + pauseMs), lastError: error.slice(0, 1_000) })
    .where(eq(outbox.id, message.id));
}

/** When the next message is due; undefined when nothing waits. */
export async function nextDue(orm: Orm): Promise<Date | undefined> {
  const [row] = await rowsOf<{ due: string | Date | null }>(
    orm,
    sql`select min(next_at) as due from outbox where sent_at is null`,
  );
  return row?.due ? new Date(row.due) : undefined;
}

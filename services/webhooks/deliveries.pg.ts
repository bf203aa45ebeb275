import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import { webhookDeliveries, webhookNonces } from '../../db/schema/index.ts';
import { notFound } from '../kernel/errors.ts';
import { readCursor, writeCursor } from '../requests/requests.pg.ts';
import { disableEndpoint, enableEndpoint } from './endpoints.pg.ts';
import { type Outcome, reasonOf, succeeded } from './outbound.port.ts';
import { pauseMs } from './retry.ts';

export type Delivery = typeof webhookDeliveries.$inferSelect;

/** Longer than a call may take; a delivery comes back after this long if its claimer died. */
const LEASE_SECONDS = 60;
/** Of one endpoint at a time, so that a slow one holds up nobody else's. */
const PER_ENDPOINT = 4;
const GIVEN_UP_AFTER_MS = 3 * 86_400_000;
const KEPT_MS = 30 * 86_400_000;
/** Far more than the five minutes within which a signature counts. */
const NONCES_KEPT_MS = 86_400_000;

export type Claimed = Pick<Delivery, 'id' | 'endpoint' | 'eventType' | 'attempts' | 'tries'> & {
  factSeq: number | null;
  createdAt: Date;
};

/** Claims some of what is due at each endpoint that takes deliveries; each claim counts as an attempt. */
export async function claimDeliveries(orm: Orm, now: Date): Promise<Claimed[]> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const rows = await rowsOf<{
    id: string;
    endpoint: string;
    event_type: string;
    fact_seq: string | number | null;
    attempts: number;
    tries: number;
    created_at: string | Date;
  }>(
    orm,
    sql`with due as (
          select d.id from webhook_endpoints e cross join lateral (
            select id from webhook_deliveries
            where endpoint = e.name and status = 'pending' and next_at <= ${at}
            order by next_at, fact_seq limit ${PER_ENDPOINT} for update skip locked) d
          where e.disabled_at is null)
        update webhook_deliveries w set attempts = w.attempts + 1, tries = w.tries + 1,
          next_at = ${at} + make_interval(secs => ${LEASE_SECONDS}), last_attempt_at = ${at}
        from due where w.id = due.id
        returning w.id, w.endpoint, w.event_type, w.fact_seq, w.attempts, w.tries, w.created_at`,
  );
  return rows.map((row) => ({
    id: row.id,
    endpoint: row.endpoint,
    eventType: row.event_type,
    factSeq: row.fact_seq === null ? null : Number(row.fact_seq),
    attempts: row.attempts,
    tries: row.tries,
    createdAt: new Date(row.created_at),
  }));
}

/** When the next delivery is due; undefined when nothing waits. */
export async function nextDelivery(orm: Orm): Promise<Date | undefined> {
  const [row] = await rowsOf<{ due: string | Date | null }>(
    orm,
    sql`select min(d.next_at) as due from webhook_endpoints e cross join lateral (
          select next_at from webhook_deliveries where endpoint = e.name and status = 'pending'
          order by next_at limit 1) d
        where e.disabled_at is null`,
  );
  return row?.due ? new Date(row.due) : undefined;
}

/**
 * Writes down how an attempt went: delivered, again later, or given up. An attempt whose claim ran out meanwhile writes
 * nothing.
 * @param random from 0 to 1
 */
export async function settle(
  orm: Orm,
  delivery: Claimed,
  outcome: Outcome,
  now: Date,
  random: number,
): Promise<void> {
  await transact(orm, async (tx) => {
    const pause = pauseMs(delivery.tries, random);
    const status = succeeded(outcome) ? 'delivered' : pause === undefined ? 'failed' : 'pending';
    const written = await tx
      .update(webhookDeliveries)
      .set({
        status,
        nextAt: new Date(now.getTime() + (pause ?? 0)),
        lastStatus: outcome.kind === 'answered' ? outcome.status : null,
        lastReason: reasonOf(outcome),
      })
      .where(and(eq(webhookDeliveries.id, delivery.id), eq(webhookDeliveries.attempts, delivery.attempts)))
      .returning();
    const gone = outcome.kind === 'answered' && outcome.status === 410;
    if (gone && written.length > 0) await disableEndpoint(tx, delivery.endpoint, now);
  });
}

/** Ends what an endpoint that is gone has kept waiting for three days, and forgets what is long past. */
export async function tidy(orm: Orm, now: Date): Promise<void> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  await orm.execute(sql`
    update webhook_deliveries d set status = 'failed', last_reason = 'the endpoint is disabled: it answered 410'
    from webhook_endpoints e
    where e.name = d.endpoint and e.disabled_at is not null and d.status = 'pending'
      and d.created_at < ${before(GIVEN_UP_AFTER_MS).toISOString()}::timestamptz`);
  await orm
    .delete(webhookDeliveries)
    .where(
      and(lt(webhookDeliveries.createdAt, before(KEPT_MS)), sql`${webhookDeliveries.status} <> 'pending'`),
    );
  await orm.delete(webhookNonces).where(lt(webhookNonces.seenAt, before(NONCES_KEPT_MS)));
}

export type DeliveryQuery = {
  status?: 'pending' | 'delivered' | 'failed' | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** The delivery log of an endpoint, newest first. */
export async function listDeliveries(orm: Orm, endpoint: string, query: DeliveryQuery) {
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
  const rows = await orm
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.endpoint, endpoint),
        query.status ? eq(webhookDeliveries.status, query.status) : undefined,
        after
          ? sql`(${webhookDeliveries.createdAt}, ${webhookDeliveries.id}) < (${after.at}::timestamptz, ${after.id})`
          : undefined,
      ),
    )
    .orderBy(desc(webhookDeliveries.createdAt), desc(webhookDeliveries.id))
    .limit(query.limit + 1);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    rows: page,
    nextCursor: rows.length > query.limit && last ? writeCursor(last.createdAt.toISOString(), last.id) : null,
  };
}

/** Sends it again from the start of the pauses, under the id that it had. @throws Problem not-found */
export async function redeliver(
  orm: Orm,
  endpoint: string,
  id: string,
  actor: string,
  now: Date,
): Promise<Delivery> {
  return transact(orm, async (tx) => {
    const [row] = await tx
      .update(webhookDeliveries)
      .set({ status: 'pending', tries: 0, nextAt: now })
      .where(and(eq(webhookDeliveries.endpoint, endpoint), eq(webhookDeliveries.id, id)))
      .returning();
    if (!row) throw notFound('delivery');
    await enableEndpoint(tx, endpoint, actor, now);
    return row;
  });
}

/** A message that says nothing, to see whether it arrives. */
export async function sendPing(
  orm: Orm,
  endpoint: string,
  uuid: string,
  actor: string,
  now: Date,
): Promise<Delivery> {
  return transact(orm, async (tx) => {
    const [row] = await tx
      .insert(webhookDeliveries)
      .values({
        id: `msg_${uuid.replaceAll('-', '')}`,
        endpoint,
        eventType: 'Ping',
        nextAt: now,
        createdAt: now,
      })
      .returning();
    await enableEndpoint(tx, endpoint, actor, now);
    return row!;
  });
}

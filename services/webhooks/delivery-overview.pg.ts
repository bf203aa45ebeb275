import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';

export type EndpointCounts = {
  endpoint: string;
  pending: number;
  delivered: number;
  failed: number;
  disabledAt: string | null;
};
export type ListedDelivery = {
  id: string;
  endpoint: string;
  eventType: string;
  status: string;
  attempts: number;
  lastStatus: number | null;
  lastReason: string | null;
  nextAt: string;
  createdAt: string;
};
/** What leaves after a commit and has not left yet, although it was tried. */
export type Stuck = { kind: string; key: string; attempts: number; nextAt: string; lastError: string | null };
export type DeliveryOverview = {
  endpoints: EndpointCounts[];
  deliveries: ListedDelivery[];
  waiting: number;
  stuck: Stuck[];
  /** Failed, or waiting after an attempt that failed. */
  status: string | undefined;
};

/** One statement, for operators and auditors: the tables belong to the whole organization. */
export async function deliveryOverview(orm: Orm, status: string | undefined): Promise<DeliveryOverview> {
  const [row] = await rowsOf<{ told: Omit<DeliveryOverview, 'status'> }>(
    orm,
    sql`select json_build_object(
        'endpoints', (select coalesce(json_agg(json_build_object('endpoint', e.name, 'disabledAt', e.disabled_at,
          'pending', coalesce(d.pending, 0), 'delivered', coalesce(d.delivered, 0), 'failed', coalesce(d.failed, 0)) order by e.name), '[]')
          from webhook_endpoints e left join (
            select endpoint, count(*) filter (where status = 'pending')::int as pending,
              count(*) filter (where status = 'delivered')::int as delivered,
              count(*) filter (where status = 'failed')::int as failed
            from webhook_deliveries group by endpoint) d on d.endpoint = e.name),
        'deliveries', (select coalesce(json_agg(json_build_object('id', d.id, 'endpoint', d.endpoint, 'eventType', d.event_type,
          'status', d.status, 'attempts', d.attempts, 'lastStatus', d.last_status, 'lastReason', d.last_reason,
          'nextAt', d.next_at, 'createdAt', d.created_at) order by d.created_at desc, d.id desc), '[]') from (
            select * from webhook_deliveries where ${status === undefined ? sql`true` : sql`status = ${status}`}
            order by created_at desc nulls last, id desc nulls last limit 100) d),
        'waiting', (select count(*)::int from outbox where sent_at is null),
        'stuck', (select coalesce(json_agg(json_build_object('kind', o.kind, 'key', o.key, 'attempts', o.attempts,
          'nextAt', o.next_at, 'lastError', o.last_error) order by o.id), '[]') from (
            select * from outbox where sent_at is null and attempts > 0 and last_error is not null order by id limit 50) o)) as told`,
  );
  return { ...row!.told, status };
}

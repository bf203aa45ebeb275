import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { FAILING_ATTEMPTS, type Figures, STUCK_AFTER_MS, UNDER_WAY } from './figures.ts';

/** Reads how the installation stands, in one statement. A few milliseconds for each hundred thousand requests. */
export async function readFigures(orm: Orm, now: Date): Promise<Figures> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const quietSince = new Date(now.getTime() - STUCK_AFTER_MS).toISOString();
  const statuses = sql.join(
    UNDER_WAY.map((status) => sql`${status}`),
    sql`, `,
  );
  const [row] = await rowsOf<{ told: Figures }>(
    orm,
    sql`select json_build_object(
        'requests', (select coalesce(json_object_agg(status, n), '{}') from
          (select status, count(*)::int as n from request_views group by status) r),
        'stuck', (select count(*)::int from request_views
          where status in (${statuses}) and updated_at <= ${quietSince}::timestamptz),
        'accounts', (select coalesce(json_object_agg(status, n), '{}') from
          (select status, count(*)::int as n from accounts group by status) a),
        'drifted', (select count(*)::int from drift_checks d join accounts a using (account_id)
          where d.status = 'DRIFTED' and a.status = 'ACTIVE'),
        'driftUnknown', (select count(*)::int from drift_checks d join accounts a using (account_id)
          where d.status = 'UNKNOWN' and a.status = 'ACTIVE'),
        'readingAgeSeconds', (select round(greatest(extract(epoch from ${at} - started_at), 0), 1)::float8
          from organization_snapshots where content is not null order by started_at desc limit 1),
        'differences', coalesce((select (data ->> 'differences')::int from facts
          where lane = 0 and type = 'OrganizationReconciled' order by seq desc limit 1), 0),
        'outbox', (select json_build_object('waiting', count(*)::int,
          'failing', count(*) filter (where attempts >= ${FAILING_ATTEMPTS})::int,
          'behindSeconds', round(greatest(coalesce(max(extract(epoch from ${at} - next_at)), 0), 0), 1)::float8)
          from outbox where sent_at is null),
        'webhooks', (select json_build_object('waiting', count(*) filter (where status = 'pending')::int,
          'failed', count(*) filter (where status = 'failed')::int) from webhook_deliveries)) as told`,
  );
  if (!row) throw new Error('the database did not say how the installation stands');
  return row.told;
}

import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import type { NewFact } from '../ledger/fact.ts';
import { OUTBOX_CHANNEL } from '../ledger/ledger.pg.ts';

/** People are told this long after something has turned, so that what turns together is told together. */
const GATHER_MS = 10_000;

/** A line names this many resources. */
const MOST_RESOURCES = 5;

/** A finding that is in violation and was not before. */
export type News = { accountId: string; rule: string; control: string | null; resourceId: string };

/**
 * Notes what has newly turned NON_COMPLIANT, account by account and rule by rule, in the transaction that wrote the facts;
 * the relay tells people. Without such facts nothing is asked of the database, else one statement for the whole batch.
 *
 * @param facts only new ones: a fact that comes again must not be in it
 */
export async function alertOn(tx: Orm, facts: readonly NewFact[], now: Date): Promise<void> {
  await noteNews(tx, facts.flatMap(newsIn), now);
}

function newsIn({ type, accountId, data }: NewFact): News[] {
  if (type !== 'ComplianceChanged' || accountId === undefined) return [];
  if (data.status !== 'NON_COMPLIANT' || data.before === 'NON_COMPLIANT') return [];
  return [
    {
      accountId,
      rule: String(data.rule),
      control: typeof data.control === 'string' ? data.control : null,
      resourceId: String(data.resourceId),
    },
  ];
}

/** What an exception covers is no news. */
export async function noteNews(tx: Orm, news: readonly News[], now: Date): Promise<void> {
  if (news.length === 0) return;
  const at = now.toISOString();
  const [key, due] = alertsDue(now);
  await tx.execute(sql`
    with news as (
      select n.account_id, n.rule, n.resource_id, n.place,
        coalesce(n.control, (select g.control from account_guardrails g
          where g.account_id = n.account_id and g.carrier = n.rule limit 1)) as control
      from rows from (jsonb_to_recordset(${JSON.stringify(news.map(rowOf))}::jsonb)
        as (account_id text, rule text, control text, resource_id text)) with ordinality
        as n(account_id, rule, control, resource_id, place)),
    noted as (
      insert into alert_lines (account_id, rule, control, turned, resources, first_at)
      select n.account_id, n.rule, max(n.control), count(*),
        (array_agg(n.resource_id order by n.place))[1:${sql.raw(String(MOST_RESOURCES))}], ${at}::timestamptz
      from news n
      where not exists (select from exceptions e where e.account_id = n.account_id and e.control = n.control
        and (e.resource is null or e.resource = n.resource_id) and e.state = 'ACTIVE'
        and e.expires_at > ${at}::timestamptz)
      group by n.account_id, n.rule order by n.account_id, n.rule
      on conflict (account_id, rule) where digest_id is null do update set
        turned = alert_lines.turned + excluded.turned, control = coalesce(excluded.control, alert_lines.control),
        resources = (alert_lines.resources || excluded.resources)[1:${sql.raw(String(MOST_RESOURCES))}]
      returning 1),
    queued as (
      insert into outbox (kind, key, payload, next_at)
      select 'chat-alerts', ${key}, '{}'::jsonb, ${due.toISOString()}::timestamptz
      where exists (select from noted)
      on conflict (key) do nothing returning 1)
    select pg_notify(${OUTBOX_CHANNEL}, '') from queued`);
}

const rowOf = ({ accountId, rule, control, resourceId }: News) => ({
  account_id: accountId,
  rule,
  control,
  resource_id: resourceId,
});

/** The outbox message of the next moment at which people are told; the same for all that turn before it. */
export function alertsDue(at: Date): [key: string, due: Date] {
  const due = new Date(Math.ceil((at.getTime() + 1) / GATHER_MS) * GATHER_MS);
  return [`chat-alerts:${due.toISOString()}`, due];
}

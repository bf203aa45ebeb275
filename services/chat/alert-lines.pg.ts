import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import type { NewFact } from '../ledger/fact.ts';

/** People are told this long after something has turned, so that what turns together is told together. */
const GATHER_MS = 10_000;

/** A finding that is in violation and was not before. */
export type News = { accountId: string; rule: string; control: string | null; resourceId: string };

/**
 * Notes what has newly turned NON_COMPLIANT, account by account and rule by rule, in the transaction that wrote the facts;
 * the relay tells people. Without such facts nothing is asked of the database, else one statement for the whole batch.
 * What is ingested is noted by `ledger_ingest` itself.
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
  await tx.execute(sql`
    select note_violations(array(
      select row (n."accountId", n.rule, n.control, n."resourceId")::violation_news
      from rows from (jsonb_to_recordset(${JSON.stringify(news)}::jsonb)
        as ("accountId" text, rule text, control text, "resourceId" text)) with ordinality
        as n("accountId", rule, control, "resourceId", place)
      order by n.place), ${now.toISOString()}::timestamptz)`);
}

/** The outbox message of the next moment at which people are told; the same for all that turn before it, as in `note_violations`. */
export function alertsDue(at: Date): [key: string, due: Date] {
  const due = new Date(Math.ceil((at.getTime() + 1) / GATHER_MS) * GATHER_MS);
  return [`chat-alerts:${due.toISOString()}`, due];
}

import { desc, eq, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { facts } from '../../db/schema/index.ts';
import type { PolicyCollectionInput } from '../../workflows/policy-collection/input.schema.ts';
import { enqueue } from '../ledger/ledger.pg.ts';
import { PoliciesCollected } from './collection.schema.ts';

/**
 * Has policies of ours that nothing is attached to collected, once in each period, however many services ask for it.
 * @param everyMs the period
 * @returns the collection's id
 */
export async function requestCollection(tx: Orm, now: Date, everyMs: number): Promise<string> {
  const collectionId = `policies-${Math.floor(now.getTime() / everyMs)}`;
  const [keep, candidates] = [await policiesOfOpenRequests(tx), await seenUnattached(tx)];
  const payload: PolicyCollectionInput = { collectionId, keep, candidates };
  await enqueue(tx, [{ kind: 'start-collection', key: `start-collection:${collectionId}`, payload }], now);
  return collectionId;
}

/** Wherever a plan names a policy: of a vend, and of whatever else will attach policies. */
async function policiesOfOpenRequests(tx: Orm): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    tx,
    sql`select distinct found.name #>> '{}' as name
        from account_requests r
        left join request_views v on v.request_id = r.id
        cross join lateral jsonb_path_query(r.plan_text::jsonb, '$.**.policyName') as found(name)
        where coalesce(not v.terminal and v.status <> 'ACTIVE', true)
          and found.name #>> '{}' ~ '^jetway-[0-9a-f]{12}$'
        order by name`,
  );
  return rows.map((row) => row.name);
}

/** What the newest collection saw; none of it is deleted before another one sees the same. None that we can read: nothing. */
async function seenUnattached(tx: Orm): Promise<string[]> {
  const [newest] = await tx
    .select({ data: facts.data })
    .from(facts)
    .where(eq(facts.type, 'PoliciesCollected'))
    .orderBy(desc(facts.version), desc(facts.seq))
    .limit(1);
  return PoliciesCollected.safeParse(newest?.data).data?.unattached ?? [];
}

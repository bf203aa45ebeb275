import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import type { Fact, NewFact } from '../ledger/fact.ts';
import type { Assembly } from './assemble.ts';
import { originOf, type Provenance } from './classify.ts';
import { differenceOf, differences } from './differences.ts';
import { isLoss, requestLooks } from './losses.pg.ts';
import { type Known, type Observation, ORGANIZATION } from './observation.ts';
import { appendAll, knownOf, projectObservations, setMissed, writeDifferences } from './observations.pg.ts';
import { seenInOrganization } from './seen.ts';

/**
 * Turns what a reading of the organization found into facts: accounts, products, policies and controls of units, and then
 * where each account comes from.
 * @returns the facts that are new
 */
export async function observeOrganization(tx: Orm, assembly: Assembly, now: Date): Promise<Fact[]> {
  const { accounts, readFrom: version, snapshot } = assembly;
  const joinedAt = new Map(
    accounts.flatMap((a) => (a.joinedAt === null ? [] : [[a.accountId, a.joinedAt] as const])),
  );
  const found = differences(await knownOf(tx, ORGANIZATION), {
    seen: seenInOrganization(assembly),
    version,
    joinedAt,
  });
  const fresh = await writeDifferences(tx, found, now);
  await setMissed(tx, found.missed, version);
  await requestLooks(tx, fresh.filter(isLoss), snapshot, now);
  const classified = await appendAll(tx, await classifyAccounts(tx, version), now);
  await projectObservations(tx, classified);
  return [...fresh, ...classified];
}

type Row = Provenance & {
  accountId: string;
  known: { origin: string } | null;
  version: number | string | null;
  factId: string | null;
};

/** Accounts of the organization whose origin is not what it was known to be. */
async function classifyAccounts(tx: Orm, version: number): Promise<NewFact[]> {
  const rows = await rowsOf<Row>(
    tx,
    sql`with products as (
          select distinct on (value ->> 'accountId') value ->> 'accountId' as account_id, value ->> 'name' as name
          from observations where scope = ${ORGANIZATION} and kind = 'product' and value ->> 'accountId' is not null
          order by 1, version desc, key),
        makers as (
          select v.account_id, min(v.request_id) as request_id from request_views v
          join account_requests r on r.id = v.request_id
          where r.kind = 'account' and v.account_id is not null group by 1)
        select s.key as "accountId", m.request_id as "madeBy", p.name as "productName",
          coalesce(i.id, h.request_id) as "intendedBy", o.value as known, o.version, o.fact_id as "factId"
        from observations s
        join observations a on a.scope = s.scope and a.kind = 'account-identity' and a.key = s.key
        left join observations o on o.scope = s.scope and o.kind = 'account-origin' and o.key = s.key
        left join makers m on m.account_id = s.key
        left join products p on p.account_id = s.key
        left join account_requests i on i.kind = 'account' and p.name = 'jetway-' || i.id
        left join email_holds h on h.email_canonical = lower(a.value ->> 'email')
        where s.scope = ${ORGANIZATION} and s.kind = 'account-state' and s.value ->> 'state' <> 'DEPARTED'
        order by s.key`,
  );
  return rows.flatMap(({ accountId: key, known, version: since, factId, ...provenance }) => {
    const origin = originOf(provenance);
    if (known?.origin === origin) return [];
    const one: Observation = { scope: ORGANIZATION, kind: 'account-origin', key, value: { origin } };
    const was =
      known === null ? undefined : ({ ...one, value: known, version: Number(since), factId } as Known);
    return [differenceOf(one, was, version)];
  });
}

import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import type { Fact } from '../ledger/fact.ts';
import { ORGANIZATION } from './observation.ts';

/** The status of an account that Organizations does not call ACTIVE; null for one that it does. */
const ENDED = sql`case s.state when 'ACTIVE' then null when 'PENDING_CLOSURE' then 'CLOSING' else s.state end`;

/**
 * Writes the rows of accounts as the observations say: name, address, place, origin and status. An account of ours has the
 * status of its request for as long as Organizations calls it ACTIVE; one that has left keeps its row, as DEPARTED. Rows that
 * somebody else has written otherwise in the meantime are put right too.
 * @param found what a reading has found
 */
export async function observeAccounts(tx: Orm, found: readonly Fact[], now: Date): Promise<void> {
  const joined = new Map(
    found.flatMap((f) => (f.accountId === undefined ? [] : [[f.accountId, now.toISOString()]])),
  );
  for (const { type, accountId, data } of found) {
    if (type === 'AccountJoined' && accountId && typeof data.joinedAt === 'string')
      joined.set(accountId, data.joinedAt);
  }
  const changed = JSON.stringify([...joined].map(([id, at]) => ({ id, at })));
  await tx.execute(sql`
    with changed as (
      select * from jsonb_to_recordset(${changed}::jsonb) as c(id text, at timestamptz)
    ), seen as (
      select o.key as id, max(value ->> 'name') as name, max(value ->> 'email') as email,
        max(value ->> 'organizationalUnitId') as unit, max(value ->> 'state') as state,
        coalesce(max(value ->> 'origin'), 'FOREIGN') as origin
      from observations o where o.scope = ${ORGANIZATION} and o.kind like 'account-%' group by o.key
    )
    insert into accounts (account_id, name, email, email_canonical, organizational_unit_id, status, origin, created_at,
      updated_at)
    select s.id, s.name, s.email, lower(s.email), s.unit,
      coalesce(${ENDED}, v.status, case when a.origin = 'VENDED' then a.status end, 'ACTIVE'),
      case when a.origin = 'VENDED' then a.origin else s.origin end, coalesce(c.at, ${now.toISOString()}::timestamptz),
      ${now.toISOString()}::timestamptz
    from seen s left join changed c on c.id = s.id left join accounts a on a.account_id = s.id
    left join request_views v on v.request_id = a.request_id
    where s.state is not null and (c.id is not null or a.account_id is null
      or (a.name, a.email, a.organizational_unit_id) is distinct from (s.name, s.email, s.unit)
      or a.status is distinct from ${ENDED} and ${ENDED} is not null)
    order by s.id
    on conflict (account_id) do update set name = excluded.name, email = excluded.email,
      email_canonical = excluded.email_canonical, organizational_unit_id = excluded.organizational_unit_id,
      status = excluded.status, origin = excluded.origin, updated_at = excluded.updated_at`);
}

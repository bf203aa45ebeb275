import { sql } from 'drizzle-orm';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import { lockLanes } from './ledger.pg.ts';
import { projectRequests } from './projections.pg.ts';

/** Parts of the table of facts for this month and the two after it. Observations of a month without one go to a part for all. */
export const addEras = async (orm: Orm, now: Date): Promise<void> =>
  void (await orm.execute(sql`
    select ledger_add_era(to_char(date_trunc('month', ${now.toISOString()}::timestamptz at time zone 'UTC')
      + make_interval(months => n), 'YYYY-MM'))
    from generate_series(0, 2) as n`));

const DAY_MS = 86_400_000;

/**
 * Notes what the counters of everybody were as each day began, until yesterday: news come late, and what is newer than a mark
 * would take it away again. A month in each transaction, which holds the lanes for some hundredths of a second.
 */
export async function markDays(orm: Orm, now: Date): Promise<void> {
  const upto = Math.floor(now.getTime() / DAY_MS - 1) * DAY_MS;
  for (;;) {
    const [row] = await rowsOf<{ made: number }>(orm, sql`select ledger_mark_days(${upto}::bigint) as made`);
    if (!row || row.made === 0) return;
  }
}

/** So long after its end a month is over for whoever has a clock that is behind, too. */
const OVER_MS = 2 * DAY_MS;

export type SealedMonth = { era: string; facts: number };

/**
 * Writes the facts of the oldest month that is over and not written so yet in the order of accounts (`ledger_seal_era`).
 * @returns undefined when there is none, or another process is at it
 */
export async function sealMonth(orm: Orm, now: Date): Promise<SealedMonth | undefined> {
  const kept = new Date(now.getTime() - OVER_MS).toISOString().slice(0, 7);
  const months = await rowsOf<{ era: string }>(
    orm,
    sql`select replace(substr(c.relname, 7), '_', '-') as era from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'public.facts'::regclass and c.relname ~ '^facts_[0-9]{4}_[0-9]{2}$' and not ledger_is_sealed(c.oid)
      order by 1`,
  );
  const era = months.find((month) => month.era < kept)?.era;
  if (era === undefined) return undefined;
  const [row] = await rowsOf<{ facts: string | null }>(
    orm,
    sql`select ledger_seal_era(${era})::text as facts`,
  );
  return row?.facts == null ? undefined : { era, facts: Number(row.facts) };
}

/**
 * Folds what a version before spans and postures has left: requests of accounts that have none. Later versions fold with
 * every fact. @returns how many requests
 */
export async function foldLeftOvers(orm: Orm, now: Date): Promise<number> {
  return transact(orm, async (tx) => {
    const left = sql`select a.request_id, a.account_id from accounts a where a.request_id is not null
      and not exists (select from account_spans s where s.account_id = a.account_id)`;
    if ((await rowsOf(tx, sql`${left} limit 1`)).length === 0) return 0;
    await lockLanes(tx);
    const rows = await rowsOf<{ request_id: string; account_id: string }>(tx, left);
    await projectRequests(
      tx,
      rows.map((row) => row.request_id),
      now,
    );
    return rows.length;
  });
}

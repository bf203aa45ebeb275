import { and, asc, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { facts, ledgerLanes } from '../../db/schema/index.ts';
import { fanOut } from '../webhooks/fan-out.pg.ts';
import { type Fact, factLine, GOVERNANCE, isOutbound, LANES, laneOf, type NewFact } from './fact.ts';
import type { Places } from './places.ts';

export const LEDGER_CHANNEL = 'jetway_ledger';
export const OUTBOX_CHANNEL = 'jetway_outbox';

/**
 * Appends facts in one transaction of the caller's. Known ids and known meanings are left out, so a redelivery changes
 * nothing. Outbound facts are put in the outbox in the same transaction.
 * @returns only the facts that are new, with their place in the chain
 */
export async function appendFacts(tx: Orm, incoming: readonly NewFact[], now: Date): Promise<Fact[]> {
  if (incoming.length === 0) return [];
  const lanes = LANES.map((lane) => ({ lane, told: incoming.filter((fact) => laneOf(fact) === lane) }));
  if (incoming.some((fact) => laneOf(fact) !== GOVERNANCE)) await lockLanes(tx);
  const appended: Fact[] = [];
  for (const { lane, told } of lanes)
    if (told.length > 0) appended.push(...(await appendToLane(tx, lane, told, now)));
  if (appended.length > 0) await publish(tx, appended, now);
  return appended;
}

async function appendToLane(tx: Orm, lane: number, told: readonly NewFact[], now: Date): Promise<Fact[]> {
  const recordedAt = now.toISOString();
  const lines = told.map((fact) => factLine(fact, recordedAt)).join('\n');
  const kept = await rowsOf<{ line: number; place: number; link: string }>(
    tx,
    sql`select line::int, place::int8, link
      from ledger_append(${lane}::smallint, ${lines}, ${recordedAt}::timestamptz)`,
  );
  return kept.map(({ line, place, link }) => ({
    ...told[line - 1]!,
    lane,
    seq: Number(place),
    recordedAt,
    hash: link,
  }));
}

/**
 * Holds the lane of what people, requests and workflows say until the caller commits: it gives their facts one order, so
 * keep transactions short. `facts` is how many the lane has.
 */
export async function lockHead(tx: Orm): Promise<{ seq: number; facts: number }> {
  const [head] = await tx.select().from(ledgerLanes).where(eq(ledgerLanes.lane, GOVERNANCE)).for('update');
  if (!head) throw new Error('the ledger has no lanes: run the migrations');
  return head;
}

/**
 * Holds every lane: for whoever writes what observations are folded into as well. A transaction holds the lane of
 * governance, or one lane of observations, or all of them, taken in their order: so nobody waits in a circle.
 */
export const lockLanes = async (tx: Orm): Promise<void> =>
  void (await tx.execute(sql`select from ledger_lanes order by lane for update`));

/** The outbound copy leaves with the same commit; the bell tells listeners where to look. */
async function publish(tx: Orm, appended: readonly Fact[], now: Date): Promise<void> {
  const outbound = appended.filter((f) => isOutbound(f.type));
  if (outbound.length > 0) {
    await enqueue(
      tx,
      outbound.map((fact) => ({
        kind: 'put-event',
        key: `put-event:${fact.id}`,
        payload: { seq: fact.seq },
      })),
      now,
    );
    await fanOut(tx, outbound, now);
  }
  const bells = [...new Set(appended.map((f) => f.requestId ?? ''))];
  await tx.execute(
    sql`select pg_notify(${LEDGER_CHANNEL}, bell) from jsonb_array_elements_text(${JSON.stringify(bells)}::jsonb) as bell`,
  );
}

export type OutboxEntry = { kind: string; key: string; payload: Record<string, unknown> };

/** Puts messages where the relay finds them after the commit. The same key twice is one message. */
export async function enqueue(tx: Orm, entries: readonly OutboxEntry[], now: Date): Promise<void> {
  if (entries.length === 0) return;
  await tx.execute(sql`
    insert into outbox (kind, key, payload, next_at)
    select e.kind, e.key, e.payload, ${now.toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as e(kind text, key text, payload jsonb)
    on conflict (key) do nothing`);
  await tx.execute(sql`select pg_notify(${OUTBOX_CHANNEL}, '')`);
}

/** `era` is where it lies, not what it is. */
export const toFact = (row: Omit<typeof facts.$inferSelect, 'era'>): Fact => ({
  lane: row.lane,
  seq: row.seq,
  id: row.id,
  meaning: row.meaning,
  type: row.type as Fact['type'],
  source: row.source,
  requestId: row.requestId ?? undefined,
  accountId: row.accountId ?? undefined,
  version: row.version,
  actor: row.actor ?? undefined,
  occurredAt: row.occurredAt.toISOString(),
  recordedAt: row.recordedAt.toISOString(),
  data: row.data as Record<string, unknown>,
  hash: row.hash,
});

/** Facts of these requests, in ingest order. */
export async function factsOfRequests(orm: Orm, requestIds: readonly string[], after = 0): Promise<Fact[]> {
  if (requestIds.length === 0) return [];
  const rows = await orm
    .select()
    .from(facts)
    .where(and(eq(facts.era, 'governance'), inArray(facts.requestId, [...requestIds]), gt(facts.seq, after)))
    .orderBy(asc(facts.seq));
  return rows.map(toFact);
}

export async function factsOfAccounts(orm: Orm, accountIds: readonly string[]): Promise<Fact[]> {
  if (accountIds.length === 0) return [];
  const rows = await orm
    .select()
    .from(facts)
    .where(inArray(facts.accountId, [...accountIds]))
    .orderBy(asc(facts.seq));
  return rows.map(toFact);
}

/**
 * A page of the whole ledger, in the order of `seq`. Each lane is read on from its own place, so that a fact whose
 * transaction ends later than one with a greater `seq` in another lane is not passed over.
 */
export async function factsAfter(orm: Orm, places: Places, limit: number): Promise<Fact[]> {
  const from = JSON.stringify(LANES.map((lane) => ({ lane, seq: places[lane] ?? 0 })));
  const rows = await orm
    .select()
    .from(facts)
    .where(
      sql`(${facts.lane}, ${facts.seq}) in (
        select page.lane, page.seq from jsonb_to_recordset(${from}::jsonb) as place(lane smallint, seq bigint)
        cross join lateral (select f.lane, f.seq from facts f where f.lane = place.lane and f.seq > place.seq
          order by f.seq limit ${limit}) page order by page.seq limit ${limit})`,
    )
    .orderBy(asc(facts.seq));
  return rows.map(toFact);
}

export async function factsBySeq(orm: Orm, seqs: readonly number[]): Promise<Fact[]> {
  if (seqs.length === 0) return [];
  return (
    await orm
      .select()
      .from(facts)
      // The lane is the first column of the key.
      .where(and(inArray(facts.lane, [...LANES]), inArray(facts.seq, [...seqs])))
      .orderBy(asc(facts.seq))
  ).map(toFact);
}

/** Facts of one lane after a place, in their order. */
export async function factsOfLane(orm: Orm, lane: number, after: number, limit: number): Promise<Fact[]> {
  const rows = await orm
    .select()
    .from(facts)
    .where(and(eq(facts.lane, lane), gt(facts.seq, after)))
    .orderBy(asc(facts.seq))
    .limit(limit);
  return rows.map(toFact);
}

/** A page of the facts of a month, in the order of lane and `seq`. */
export async function factsOfEra(
  orm: Orm,
  era: string,
  after: { lane: number; seq: number },
  limit: number,
): Promise<Fact[]> {
  const rows = await orm
    .select()
    .from(facts)
    .where(and(eq(facts.era, era), sql`(${facts.lane}, ${facts.seq}) > (${after.lane}, ${after.seq})`))
    .orderBy(asc(facts.lane), asc(facts.seq))
    .limit(limit);
  return rows.map(toFact);
}

/** The link before a fact in its lane, of whatever month; undefined when none is left before it. */
export async function linkBefore(orm: Orm, fact: Pick<Fact, 'lane' | 'seq'>): Promise<string | undefined> {
  const [row] = await orm
    .select({ hash: facts.hash })
    .from(facts)
    .where(and(eq(facts.lane, fact.lane), lt(facts.seq, fact.seq)))
    .orderBy(desc(facts.seq))
    .limit(1);
  return row?.hash;
}

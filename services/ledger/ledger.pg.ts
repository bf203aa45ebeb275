import { and, asc, eq, gt, inArray, lte, or, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { facts, ledgerHead } from '../../db/schema/index.ts';
import { fanOut } from '../webhooks/fan-out.pg.ts';
import { chainHash, type Fact, factBody, GENESIS_HASH, isOutbound, link, type NewFact } from './fact.ts';

export const LEDGER_CHANNEL = 'jetway_ledger';
export const OUTBOX_CHANNEL = 'jetway_outbox';

/**
 * Appends facts in one transaction of the caller's. Known ids and known meanings are left out, so a redelivery changes
 * nothing. Outbound facts are put in the outbox in the same transaction.
 * @returns only the facts that are new, with their place in the chain
 */
export async function appendFacts(tx: Orm, incoming: readonly NewFact[], now: Date): Promise<Fact[]> {
  if (incoming.length === 0) return [];
  const head = await lockHead(tx);
  const fresh = await unknownFacts(tx, incoming);
  if (fresh.length === 0) return [];
  const { linked, head: next } = link(head, fresh, now.toISOString());
  await tx.insert(facts).values(
    linked.map(({ fact, body }) => ({
      ...fact,
      requestId: fact.requestId ?? null,
      accountId: fact.accountId ?? null,
      actor: fact.actor ?? null,
      occurredAt: new Date(fact.occurredAt),
      recordedAt: now,
      body,
    })),
  );
  await tx.update(ledgerHead).set(next).where(eq(ledgerHead.id, 1));
  const appended = linked.map(({ fact }) => fact);
  await publish(tx, appended, now);
  return appended;
}

/** The head's row lock gives facts one order; it is held until the caller commits, so keep transactions short. */
export async function lockHead(tx: Orm) {
  const [head] = await tx.select().from(ledgerHead).where(eq(ledgerHead.id, 1)).for('update');
  if (!head) throw new Error('the ledger has no head: run the migrations');
  return head;
}

async function unknownFacts(tx: Orm, incoming: readonly NewFact[]): Promise<NewFact[]> {
  const ids = incoming.map((f) => f.id);
  const meanings = incoming.map((f) => f.meaning);
  const known = await tx
    .select({ id: facts.id, meaning: facts.meaning })
    .from(facts)
    .where(or(inArray(facts.id, ids), inArray(facts.meaning, meanings)));
  const seenIds = new Set(known.map((k) => k.id));
  const seenMeanings = new Set(known.map((k) => k.meaning));
  return incoming.filter((fact) => {
    if (seenIds.has(fact.id) || seenMeanings.has(fact.meaning)) return false;
    seenIds.add(fact.id);
    seenMeanings.add(fact.meaning);
    return true;
  });
}

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
  const bells = new Set(appended.map((f) => f.requestId ?? ''));
  for (const bell of bells) await tx.execute(sql`select pg_notify(${LEDGER_CHANNEL}, ${bell})`);
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

const toFact = (row: typeof facts.$inferSelect): Fact => ({
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
    .where(and(inArray(facts.requestId, [...requestIds]), gt(facts.seq, after)))
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

/** A page of the whole ledger. A position is never passed before it is committed: the head's lock sees to it. */
export async function factsAfter(orm: Orm, after: number, limit: number): Promise<Fact[]> {
  const rows = await orm
    .select()
    .from(facts)
    .where(gt(facts.seq, after))
    .orderBy(asc(facts.seq))
    .limit(limit);
  return rows.map(toFact);
}

export async function factsBySeq(orm: Orm, seqs: readonly number[]): Promise<Fact[]> {
  if (seqs.length === 0) return [];
  return (
    await orm
      .select()
      .from(facts)
      .where(inArray(facts.seq, [...seqs]))
      .orderBy(asc(facts.seq))
  ).map(toFact);
}

const linksAfter = (orm: Orm, after: number, end: number, limit: number) =>
  orm
    .select()
    .from(facts)
    .where(and(gt(facts.seq, after), lte(facts.seq, end)))
    .orderBy(asc(facts.seq))
    .limit(limit);

export type Verification = { ok: boolean; facts: number; head: string; brokenAt?: number };

/**
 * Walks the chain from the first fact to the head of now: every column against the hashed text, every link against its
 * predecessor. The head is read first, so that facts which are appended meanwhile are no break.
 * @param page reads one page, for a person as that person may: no transaction lasts as long as the walk
 */
export async function verifyLedger(
  orm: Orm,
  pageSize = 1_000,
  page: <T>(read: (orm: Orm) => Promise<T>) => Promise<T> = (read) => read(orm),
): Promise<Verification> {
  const [head] = await page((reader) => reader.select().from(ledgerHead).where(eq(ledgerHead.id, 1)));
  const end = head?.seq ?? 0;
  let count = 0;
  let hash = GENESIS_HASH;
  while (count < end) {
    const rows = await page((reader) => linksAfter(reader, count, end, pageSize));
    // A shorter chain than the head remembers: facts were cut off at the end.
    if (rows.length === 0) return { ok: false, facts: count, head: hash, brokenAt: count + 1 };
    for (const row of rows) {
      const whole = row.seq === count + 1 && factBody(toFact(row)) === row.body;
      hash = chainHash(hash, row.body);
      if (!whole || hash !== row.hash) return { ok: false, facts: count, head: hash, brokenAt: count + 1 };
      count += 1;
    }
  }
  if (head && hash === head.hash) return { ok: true, facts: count, head: hash };
  return { ok: false, facts: count, head: hash, brokenAt: count + 1 };
}

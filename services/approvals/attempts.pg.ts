import { and, asc, eq, gt, gte, lt, sql } from 'drizzle-orm';
import { type Orm, transact } from '../../db/client.ts';
import { facts, refusedHooks } from '../../db/schema/index.ts';
import type { Clock } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import { GOVERNANCE, type NewFact } from '../ledger/fact.ts';
import { appendFacts, lockHead } from '../ledger/ledger.pg.ts';
import type { Act, AttemptBody } from './attempts.schema.ts';

type AttemptDeps = { orm: Orm; clock: Clock };

/** Refusals that are in the ledger, so that nobody writes one down twice. */
const recorded = new WeakSet<object>();
export const isRecorded = (error: object): boolean => recorded.has(error);
/** @returns the same error, which is in the ledger from now on */
export const markRecorded = <E extends object>(error: E): E => {
  recorded.add(error);
  return error;
};

/** Somebody wants to do what only few may. Never a secret, and never what they wrote beside it. */
export type Attempt = {
  act: Act;
  /** Subject; the workflow's own questions have `workflow`. */
  who: string;
  /** The road that it came by. */
  via: string;
  requestId?: string | undefined;
  planDigest?: string | undefined;
  decision?: 'approve' | 'deny' | undefined;
};

/** @param reason the code of the refusal; null when it was allowed */
export async function recordAttempt(
  tx: Orm,
  { who, ...attempt }: Attempt,
  reason: string | null,
  now: Date,
): Promise<void> {
  const outcome = reason === null ? 'allowed' : 'refused';
  await appendAttempt(tx, { actor: who, data: { ...attempt, outcome, reason } }, now);
}

/** What was refused before anything was begun. */
export const recordRefusal = ({ orm, clock }: AttemptDeps, attempt: Attempt, reason: string): Promise<void> =>
  transact(orm, (tx) => recordAttempt(tx, attempt, reason, clock.now()));

/** The request is named in the data only: a request's timeline and state are not made by who tried what. */
async function appendAttempt(tx: Orm, fact: Pick<NewFact, 'actor' | 'data'>, now: Date): Promise<void> {
  // The place in the chain is what makes one attempt differ from another: the head's lock keeps it ours.
  const { facts: known } = await lockHead(tx);
  const id = `attempt:${known + 1}`;
  const occurredAt = now.toISOString();
  await appendFacts(
    tx,
    [{ id, meaning: id, type: 'ApprovalAttempted', source: 'jetway', version: 0, occurredAt, ...fact }],
    now,
  );
}

/**
 * Does it in one transaction, with the record that it was allowed. What is refused is rolled back and then recorded in a
 * transaction of its own; it stays refused when that fails.
 * @throws whatever `work` throws
 */
export async function attempting<T>(
  deps: AttemptDeps,
  attempt: Attempt,
  work: (tx: Orm) => Promise<T>,
): Promise<T> {
  try {
    return await transact(deps.orm, async (tx) => {
      const done = await work(tx);
      await recordAttempt(tx, attempt, null, deps.clock.now());
      return done;
    });
  } catch (error) {
    const record = transact(deps.orm, (tx) =>
      recordAttempt(tx, attempt, error instanceof Problem ? error.code : 'internal', deps.clock.now()),
    );
    // What broke, broke: whoever reads the log wants to know that, not that the ledger was away as well.
    await (error instanceof Problem ? record : record.catch(() => undefined));
    throw error instanceof Error ? markRecorded(error) : error;
  }
}

const MINUTE_MS = 60_000;

/**
 * Counts a callback that was refused for what proves nobody: a bad signature, a replay. The ledger gets one fact for each endpoint and minute, whatever comes in.
 * @param refused.endpoint one that is configured; whatever nobody has configured is `unknown`, so that a caller cannot make
 * up rows
 * @param refused.reason code of the refusal
 */
export async function recordRefusedHook(
  { orm, clock }: AttemptDeps,
  { endpoint, reason }: { endpoint: string; reason: string },
): Promise<void> {
  const now = clock.now();
  const minute = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
  const [row] = await orm
    .insert(refusedHooks)
    .values({ endpoint, minute, count: 1, reasons: { [reason]: 1 } })
    .onConflictDoUpdate({
      target: [refusedHooks.endpoint, refusedHooks.minute],
      set: {
        count: sql`${refusedHooks.count} + 1`,
        reasons: sql`${refusedHooks.reasons} || jsonb_build_object(${reason}::text,
          coalesce((${refusedHooks.reasons} ->> ${reason}::text)::int, 0) + 1)`,
      },
    })
    .returning({ count: refusedHooks.count });
  // The first of a minute sees to the minutes before it.
  if (row?.count === 1) await recordRefusedMinutes({ orm, clock });
}

/** Puts the minutes that are over into the ledger. */
export async function recordRefusedMinutes({ orm, clock }: AttemptDeps): Promise<void> {
  const now = clock.now();
  const current = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
  await transact(orm, async (tx) => {
    const over = await tx.delete(refusedHooks).where(lt(refusedHooks.minute, current)).returning();
    for (const { endpoint, minute, count, reasons } of over) {
      const reason = Object.keys(reasons).sort().join(', ');
      const data = { act: 'callback', via: endpoint, outcome: 'refused', reason };
      await appendAttempt(tx, { data: { ...data, count, reasons, minute: minute.toISOString() } }, now);
    }
  });
}

export type AttemptQuery = {
  /** Place in the ledger. */
  after: number;
  from?: string | undefined;
  /** Not included. */
  to?: string | undefined;
  limit: number;
};

/** Attempts in the order of the ledger. @param reader as somebody who sees everything */
export async function listAttempts(reader: Orm, query: AttemptQuery): Promise<AttemptBody[]> {
  const rows = await reader
    .select()
    .from(facts)
    .where(
      and(
        eq(facts.lane, GOVERNANCE),
        eq(facts.type, 'ApprovalAttempted'),
        gt(facts.seq, query.after),
        query.from === undefined ? undefined : gte(facts.recordedAt, new Date(query.from)),
        query.to === undefined ? undefined : lt(facts.recordedAt, new Date(query.to)),
      ),
    )
    .orderBy(asc(facts.seq))
    .limit(query.limit);
  return rows.map(({ seq, actor, recordedAt, hash, data }) => {
    const said = data as Partial<AttemptBody>;
    return {
      seq,
      at: recordedAt.toISOString(),
      who: actor,
      act: said.act ?? '',
      outcome: said.outcome ?? 'refused',
      reason: said.reason ?? null,
      via: said.via ?? '',
      decision: said.decision ?? null,
      requestId: said.requestId ?? null,
      planDigest: said.planDigest ?? null,
      count: said.count ?? 1,
      hash,
    };
  });
}

import { and, eq, inArray, lt } from 'drizzle-orm';
import { type Orm, transact } from '../../db/client.ts';
import { compliance, exceptions } from '../../db/schema/index.ts';
import { lockRequest } from '../approvals/approval-case.pg.ts';
import { noteNews } from '../chat/alert-lines.pg.ts';
import { answerAsk, answerOpenAsk } from '../inbox/asks.pg.ts';
import type { Clock } from '../kernel/context.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import type { Fact, NewFact } from '../ledger/fact.ts';
import { appendFacts, lockHead } from '../ledger/ledger.pg.ts';
import { projectRequests } from '../ledger/projections.pg.ts';
import { coveredBy } from './cover.ts';
import { projectExceptions } from './project.pg.ts';

type Row = { requestId: string; accountId: string };

/** An exception is over. */
export type EndingFact = NewFact & { requestId: string };

/** The workflow keeps the time. Where it has not spoken for this long, its execution is gone. */
const OVERDUE_MS = 5 * 60_000;

/** Ends exceptions, and writes what comes in their place, in the caller's transaction. */
export async function endWith(
  tx: Orm,
  ended: readonly EndingFact[],
  now: Date,
  more: readonly NewFact[] = [],
): Promise<void> {
  const fresh = await appendFacts(tx, [...ended, ...more], now);
  await projectExceptions(tx, fresh);
  await tellUncovered(tx, fresh, now);
  await letWorkflowsEnd(
    tx,
    ended.map(({ requestId }) => requestId),
    now,
  );
  await projectRequests(
    tx,
    ended.map(({ requestId }) => requestId),
    now,
  );
}

/** Their executions wait for the end, to which they have nothing to add any more. */
async function letWorkflowsEnd(tx: Orm, requestIds: readonly string[], now: Date): Promise<void> {
  for (const requestId of requestIds)
    await answerOpenAsk(tx, { requestId, kind: 'exception-end', answer: { outcome: 'over' }, now });
}

export const expiredFact = ({ requestId, accountId }: Row, now: Date): EndingFact => {
  const id = `exception-expired:${requestId}`;
  return {
    id,
    meaning: id,
    type: 'ExceptionExpired',
    source: 'jetway',
    requestId,
    accountId,
    version: 0,
    occurredAt: now.toISOString(),
    data: {},
  };
};

export type Revocation = { accountId: string; requestId: string; by: string; reason: string };

/**
 * Ends an exception before its time. It makes things stricter, so nobody has to agree.
 * @throws Problem not-found, conflict (not in force yet, or no longer)
 */
export async function revokeException(
  deps: { orm: Orm; clock: Clock },
  { accountId, requestId, by, reason }: Revocation,
): Promise<void> {
  await transact(deps.orm, async (tx) => {
    await lockRequest(tx, requestId);
    // Whatever else may end it holds the same lock until its commit: here it is decided who came first.
    await lockHead(tx);
    const now = deps.clock.now();
    const [row] = await tx
      .select()
      .from(exceptions)
      .where(and(eq(exceptions.requestId, requestId), eq(exceptions.accountId, accountId)));
    if (!row) throw notFound('exception');
    if (row.state === 'REQUESTED')
      throw new Problem(
        'conflict',
        'exception-not-granted',
        'The exception is not in force yet. Cancel its request instead.',
      );
    if (row.state !== 'ACTIVE' || row.expiresAt <= now)
      throw new Problem('conflict', 'exception-over', 'The exception is over already.');
    const id = `exception-revoked:${requestId}`;
    await endWith(
      tx,
      [
        {
          id,
          meaning: id,
          type: 'ExceptionRevoked',
          source: 'jetway',
          requestId,
          accountId,
          version: 0,
          actor: by,
          occurredAt: now.toISOString(),
          data: { reason },
        },
      ],
      now,
    );
  });
}

/** What the workflow's own timer has said, among new facts of the inbox. */
export async function settleEnds(tx: Orm, fresh: readonly Fact[], now: Date): Promise<void> {
  const expired = fresh.filter(({ type }) => type === 'ExceptionExpired');
  await projectExceptions(tx, expired);
  await tellUncovered(tx, expired, now);
}

/** What an exception has covered is in violation as if it had turned now, when it runs out and nobody has said so. */
async function tellUncovered(tx: Orm, facts: readonly NewFact[], now: Date): Promise<void> {
  const ids = facts.flatMap((f) =>
    f.type === 'ExceptionExpired' && f.requestId !== undefined ? [f.requestId] : [],
  );
  if (ids.length === 0) return;
  const rows = await tx
    .select({ found: compliance, exception: exceptions })
    .from(exceptions)
    .innerJoin(compliance, eq(compliance.accountId, exceptions.accountId))
    .where(
      and(
        inArray(exceptions.requestId, ids),
        eq(exceptions.state, 'EXPIRED'),
        eq(compliance.status, 'NON_COMPLIANT'),
        eq(compliance.control, exceptions.control),
      ),
    )
    .orderBy(compliance.rule, compliance.resourceId);
  const uncovered = rows.filter(({ found, exception }) => coveredBy(exception, [found]).length > 0);
  await noteNews(
    tx,
    uncovered.map(({ found }) => found),
    now,
  );
}

/** The workflow asks to be told when it is over; it may be already. */
export async function meetExceptionEnd(
  tx: Orm,
  ask: { id: string; requestId?: string | undefined },
  now: Date,
): Promise<void> {
  if (ask.requestId === undefined) return;
  const [row] = await tx
    .select({ state: exceptions.state })
    .from(exceptions)
    .where(eq(exceptions.requestId, ask.requestId));
  if (row?.state !== 'ACTIVE') await answerAsk(tx, ask.id, { outcome: 'over' }, now);
}

/** Writes down the end of exceptions whose execution is gone. They have had no effect since their time was up. */
export async function sweepExceptions(orm: Orm, now: Date): Promise<void> {
  await transact(orm, async (tx) => {
    await lockHead(tx);
    const overdue = await tx
      .select()
      .from(exceptions)
      .where(
        and(eq(exceptions.state, 'ACTIVE'), lt(exceptions.expiresAt, new Date(now.getTime() - OVERDUE_MS))),
      )
      .orderBy(exceptions.expiresAt)
      .limit(100);
    if (overdue.length === 0) return;
    await endWith(
      tx,
      overdue.map((row) => expiredFact(row, row.expiresAt)),
      now,
    );
  });
}

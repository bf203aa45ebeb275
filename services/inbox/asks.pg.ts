import { and, desc, eq, isNull } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { asks } from '../../db/schema/index.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import { enqueue } from '../ledger/ledger.pg.ts';
import type { Ask, AskKind } from './message.schema.ts';

/** Keeps the ask and its token, encrypted. @returns false when it was parked before (a redelivery) */
export async function parkAsk(tx: Orm, secrets: Secrets, ask: Ask, now: Date): Promise<boolean> {
  const parked = await tx
    .insert(asks)
    .values({
      id: ask.id,
      kind: ask.ask,
      requestId: ask.requestId ?? null,
      tokenCipher: secrets.seal(ask.token),
      execution: ask.execution,
      order: ask.order,
      data: ask.data,
      parkedAt: now,
    })
    .onConflictDoNothing()
    .returning({ id: asks.id });
  return parked.length > 0;
}

/** Answers one ask: the relay sends the token back after the commit. Answering twice changes nothing. */
export async function answerAsk(
  tx: Orm,
  askId: string,
  answer: Record<string, unknown>,
  now: Date,
): Promise<void> {
  const answered = await tx
    .update(asks)
    .set({ answer, answeredAt: now })
    .where(and(eq(asks.id, askId), isNull(asks.answeredAt)))
    .returning({ id: asks.id });
  if (answered.length > 0) {
    await enqueue(tx, [{ kind: 'task-success', key: `task-success:${askId}`, payload: { askId } }], now);
  }
}

/**
 * Answers the newest open ask of its kind, if there is one; otherwise the answer waits for the ask in the tables that
 * it was made from (decision, cancellation, slot, wake). @returns whether an ask was answered
 */
export async function answerOpenAsk(
  tx: Orm,
  what: { requestId: string; kind: AskKind; answer: Record<string, unknown>; now: Date },
): Promise<boolean> {
  const open = await openAsk(tx, what.requestId, what.kind);
  if (!open) return false;
  await answerAsk(tx, open.id, what.answer, what.now);
  return true;
}

/** The newest ask wins: an older one belongs to an attempt that Step Functions has given up. */
export async function openAsk(tx: Orm, requestId: string, kind: AskKind) {
  const [ask] = await tx
    .select()
    .from(asks)
    .where(and(eq(asks.requestId, requestId), eq(asks.kind, kind), isNull(asks.answeredAt)))
    .orderBy(desc(asks.order))
    .limit(1);
  return ask;
}

import { asc, eq, inArray, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { admissions } from '../../db/schema/index.ts';
import { answerOpenAsk } from '../inbox/asks.pg.ts';
import { appendFacts, lockHead } from '../ledger/ledger.pg.ts';
import { admit } from './admit.ts';

/** Control Tower's own default, for an organization whose quota could not be read. */
const DEFAULT_ACCOUNT_OPERATIONS = 5;

/** Puts a vend in the queue for an account operation; `purpose` names the ask that the grant answers. */
export async function queueForSlot(
  tx: Orm,
  entry: { requestId: string; team: string; purpose: 'admission' | 'repair' },
  now: Date,
): Promise<void> {
  await tx
    .insert(admissions)
    .values({ ...entry, state: 'waiting', askedAt: now })
    .onConflictDoUpdate({
      target: admissions.requestId,
      set: {
        state: sql`case when ${admissions.state} = 'held' then 'held' else 'waiting' end`,
        purpose: entry.purpose,
        askedAt: now,
      },
    });
}

/** The account operation is over, one way or the other. */
export async function releaseSlot(tx: Orm, requestId: string, now: Date): Promise<void> {
  await tx
    .update(admissions)
    .set({ state: 'released', releasedAt: now })
    .where(eq(admissions.requestId, requestId));
}

/** Fills every free slot. Serialised by the ledger's head, so two workers never hand out the same one. */
export async function grantSlots(tx: Orm, now: Date): Promise<string[]> {
  await lockHead(tx);
  const open = await tx
    .select()
    .from(admissions)
    .where(inArray(admissions.state, ['waiting', 'held']))
    .orderBy(asc(admissions.position));
  const held = open.filter((a) => a.state === 'held');
  const chosen = admit(
    open.filter((a) => a.state === 'waiting'),
    held,
    await accountOperationLimit(tx),
  );
  if (chosen.length > 0) {
    await tx
      .update(admissions)
      .set({ state: 'held', heldAt: now })
      .where(inArray(admissions.requestId, chosen));
    await appendFacts(
      tx,
      chosen.map((requestId) => {
        const id = `admission:${requestId}:${now.getTime()}`;
        return {
          id,
          meaning: id,
          type: 'AdmissionGranted',
          source: 'jetway',
          requestId,
          version: now.getTime(),
          occurredAt: now.toISOString(),
          data: {},
        };
      }),
      now,
    );
  }
  // An admission ask of a vend that holds its slot already comes from a new attempt and is simply confirmed. A repair ask
  // is answered by the grant that a person asked for, never by a slot that is still held from before.
  const answered = open.filter(
    (a) => chosen.includes(a.requestId) || (a.state === 'held' && a.purpose === 'admission'),
  );
  for (const { requestId, purpose } of answered) {
    const answer = purpose === 'repair' ? { outcome: 'resume' } : { outcome: 'admitted' };
    await answerOpenAsk(tx, { requestId, kind: purpose === 'repair' ? 'repair' : 'admission', answer, now });
  }
  return chosen;
}

/** How many vends hold a slot, and how many wait for one. */
export async function accountOperations(orm: Orm): Promise<{ held: number; waiting: number }> {
  const rows = await orm
    .select({ state: admissions.state })
    .from(admissions)
    .where(inArray(admissions.state, ['held', 'waiting']));
  return {
    held: rows.filter((r) => r.state === 'held').length,
    waiting: rows.filter((r) => r.state === 'waiting').length,
  };
}

/** The live quota, as the newest snapshot read it. */
async function accountOperationLimit(tx: Orm): Promise<number> {
  const [row] = await rowsOf<{ limit: number | string | null }>(
    tx,
    sql`select content->'accountOperations' as "limit" from organization_snapshots
        where content is not null order by completed_at desc limit 1`,
  );
  const limit = Number(row?.limit ?? DEFAULT_ACCOUNT_OPERATIONS);
  return Number.isInteger(limit) && limit > 0 ? limit : DEFAULT_ACCOUNT_OPERATIONS;
}

import { and, eq, gt, lte, type SQL, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accounts, exceptions } from '../../db/schema/index.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { notFound } from '../kernel/errors.ts';
import { readCursor, writeCursor } from '../requests/requests.pg.ts';
import type { ExceptionAnswer } from './exception.schema.ts';

export type ExceptionQuery = {
  accountId?: string | undefined;
  state?: ExceptionAnswer['state'] | undefined;
  control?: string | undefined;
  team?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

type Row = { exception: typeof exceptions.$inferSelect; account: { name: string; team: string | null } };

const columns = { exception: exceptions, account: { name: accounts.name, team: accounts.team } };

/** Newest first; the cursor is the last row's time and id, so that a page never moves. */
export const listExceptions = (orm: Orm, who: Principal, query: ExceptionQuery, now: Date) =>
  readAs(orm, who, async (reader) => {
    const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
    const rows = await reader
      .select(columns)
      .from(exceptions)
      .innerJoin(accounts, eq(accounts.accountId, exceptions.accountId))
      .where(
        and(
          ofOwnTeams(who, accounts.team),
          query.accountId ? eq(exceptions.accountId, query.accountId) : undefined,
          query.state ? inState(query.state, now) : undefined,
          query.control ? eq(exceptions.control, query.control) : undefined,
          query.team ? eq(accounts.team, query.team) : undefined,
          after
            ? sql`(${exceptions.requestedAt}, ${exceptions.requestId}) < (${after.at}::timestamptz, ${after.id})`
            : undefined,
        ),
      )
      .orderBy(sql`${exceptions.requestedAt} desc, ${exceptions.requestId} desc`)
      .limit(query.limit + 1);
    const page = rows.slice(0, query.limit);
    const last = page.at(-1)?.exception;
    return {
      items: page.map((row) => answerOf(row, now)),
      nextCursor:
        rows.length > query.limit && last
          ? writeCursor(last.requestedAt.toISOString(), last.requestId)
          : null,
    };
  });

/** @throws Problem not-found for absent and foreign alike */
export const getException = (
  orm: Orm,
  who: Principal,
  { accountId, requestId }: { accountId: string; requestId: string },
  now: Date,
): Promise<ExceptionAnswer> =>
  readAs(orm, who, async (reader) => {
    const [row] = await reader
      .select(columns)
      .from(exceptions)
      .innerJoin(accounts, eq(accounts.accountId, exceptions.accountId))
      .where(
        and(
          ofOwnTeams(who, accounts.team),
          eq(exceptions.accountId, accountId),
          eq(exceptions.requestId, requestId),
        ),
      );
    if (!row) throw notFound('exception');
    return answerOf(row, now);
  });

/** What has run out is over, also in the second before the workflow says so. */
function inState(state: ExceptionAnswer['state'], now: Date): SQL | undefined {
  const runOut = and(eq(exceptions.state, 'ACTIVE'), lte(exceptions.expiresAt, now));
  if (state === 'ACTIVE') return and(eq(exceptions.state, 'ACTIVE'), gt(exceptions.expiresAt, now));
  return state === 'EXPIRED'
    ? sql`(${eq(exceptions.state, 'EXPIRED')} or ${runOut})`
    : eq(exceptions.state, state);
}

function answerOf({ exception: row, account }: Row, now: Date): ExceptionAnswer {
  const ranOut = row.state === 'ACTIVE' && row.expiresAt <= now;
  const endedAt = ranOut ? row.expiresAt : row.endedAt;
  return {
    requestId: row.requestId,
    accountId: row.accountId,
    accountName: account.name,
    team: account.team,
    control: row.control,
    ...(row.resource === null ? {} : { resource: row.resource }),
    state: ranOut ? 'EXPIRED' : (row.state as ExceptionAnswer['state']),
    owner: row.owner,
    reason: row.reason,
    requestedBy: row.requestedBy,
    approvedBy: row.approvedBy,
    requestedAt: row.requestedAt.toISOString(),
    ...(row.grantedAt === null ? {} : { grantedAt: row.grantedAt.toISOString() }),
    expiresAt: row.expiresAt.toISOString(),
    ...(endedAt === null ? {} : { endedAt: endedAt.toISOString() }),
    ...(row.endedBy === null ? {} : { endedBy: row.endedBy }),
    ...(row.endReason === null ? {} : { endReason: row.endReason }),
  };
}

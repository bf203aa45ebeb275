import { and, asc, eq, gt, ilike, or, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountGuardrails, accounts } from '../../db/schema/index.ts';
import { ofOwnTeams, ownTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { askAs, readAs } from '../access/read-as.pg.ts';
import { containing } from '../kernel/containing.ts';
import { notFound } from '../kernel/errors.ts';
import { ofBlueprint } from './blueprints.pg.ts';
import { type AccountVerification, verificationOf } from './evidence.ts';
import { LANES } from './fact.ts';
import { type Places, placesAfter } from './places.ts';

export type AccountRow = typeof accounts.$inferSelect;

export const accountAnswer = (row: AccountRow) => ({
  accountId: row.accountId,
  name: row.name,
  email: row.email,
  organizationalUnitId: row.organizationalUnitId,
  team: row.team,
  status: row.status,
  origin: row.origin as 'VENDED' | 'ADOPTED' | 'ORPHAN' | 'FOREIGN',
  ...(row.requestId === null ? {} : { requestId: row.requestId }),
  ...(row.blueprint === null ? {} : { blueprint: row.blueprint as { name: string; version?: string } }),
  createdAt: row.createdAt.toISOString(),
});

const visible = (who: Principal) => ofOwnTeams(who, accounts.team);

export type AccountQuery = {
  status?: string | undefined;
  ou?: string | undefined;
  team?: string | undefined;
  q?: string | undefined;
  /** A control: accounts that do not have it. */
  without?: string | undefined;
  /** `standard`, or `standard@1.3.0`. */
  blueprint?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Accounts by id; `q` looks in name, e-mail and id. */
export const listAccounts = (orm: Orm, who: Principal, query: AccountQuery) =>
  readAs(orm, who, async (reader) => {
    const like = query.q === undefined ? undefined : containing(query.q);
    const rows = await reader
      .select()
      .from(accounts)
      .where(
        and(
          visible(who),
          query.status ? eq(accounts.status, query.status) : undefined,
          query.ou ? eq(accounts.organizationalUnitId, query.ou) : undefined,
          query.team ? eq(accounts.team, query.team) : undefined,
          query.without
            ? sql`not exists (select from account_guardrails g
                where g.account_id = ${accounts.accountId} and g.control = ${query.without})`
            : undefined,
          query.blueprint ? ofBlueprint(sql`${accounts.blueprint}`, query.blueprint) : undefined,
          like
            ? or(ilike(accounts.name, like), ilike(accounts.email, like), ilike(accounts.accountId, like))
            : undefined,
          query.cursor ? gt(accounts.accountId, query.cursor) : undefined,
        ),
      )
      .orderBy(asc(accounts.accountId))
      .limit(query.limit + 1);
    const page = rows.slice(0, query.limit);
    return {
      items: page.map(accountAnswer),
      nextCursor: rows.length > query.limit ? (page.at(-1)?.accountId ?? null) : null,
    };
  });

/** @throws Problem not-found for absent and foreign alike */
export const getAccount = (orm: Orm, who: Principal, accountId: string): Promise<AccountRow> =>
  readAs(orm, who, async (reader) => {
    const [row] = await reader
      .select()
      .from(accounts)
      .where(and(eq(accounts.accountId, accountId), visible(who)));
    if (!row) throw notFound('account');
    return row;
  });

/** The newest fact that says what was read back; the table is named, because the column is called so in both. */
const newestEvidence = sql<unknown>`(
  select jsonb_build_object('id', f.id, 'requestId', f.request_id, 'at', f.occurred_at, 'verified', f.data -> 'verified')
  from facts f where f.account_id = accounts.account_id and f.data -> 'verified' is not null
  order by f.occurred_at desc, f.version desc limit 1)`;

/** What was read back of an account before it was called ACTIVE, in one statement. @throws Problem not-found */
export const accountVerification = (
  orm: Orm,
  who: Principal,
  accountId: string,
): Promise<AccountVerification> =>
  readAs(orm, who, async (reader) => {
    const [found] = await reader
      .select({ follows: accounts.planRequestId, evidence: newestEvidence })
      .from(accounts)
      .where(and(eq(accounts.accountId, accountId), visible(who)));
    const verification = verificationOf(found?.evidence);
    if (!verification) throw notFound('verification');
    return { ...verification, ...(found?.follows == null ? {} : { planRequestId: found.follows }) };
  });

/** Facts as `ask_timeline` tells them; nulls where there are none. */
type TimelineTold = [
  lanes: number[] | null,
  seqs: number[],
  ids: string[],
  types: string[],
  actors: (string | null)[],
  occurredAt: number[],
  recordedAt: number[],
  data: Record<string, unknown>[],
];

/** Without a limit: all of them. */
const ALL = 2_147_483_647;

/**
 * Facts of the account and of the requests that made and changed it, in ledger order: those behind `places`, which stands
 * behind the last of them afterwards, or is null when there are no more.
 * @throws Problem not-found
 */
export async function accountTimeline(
  orm: Orm,
  who: Principal,
  accountId: string,
  { places = {}, limit }: { places?: Places; limit?: number } = {},
) {
  const from = LANES.map((lane) => places[lane] ?? 0);
  const told = await askAs<TimelineTold>(
    orm,
    who,
    'ask_timeline',
    ownTeams(who),
    accountId,
    from,
    limit === undefined ? ALL : limit + 1,
  );
  if (!told) throw notFound('account');
  const [lanes, seqs, ids, types, actors, occurredAt, recordedAt, data] = told;
  const facts = (lanes ?? []).slice(0, limit).map((lane, i) => ({
    lane,
    seq: seqs[i]!,
    id: ids[i]!,
    type: types[i]!,
    actor: actors[i] ?? undefined,
    occurredAt: new Date(occurredAt[i]!).toISOString(),
    recordedAt: new Date(recordedAt[i]!).toISOString(),
    data: data[i]!,
  }));
  return { facts, next: (lanes?.length ?? 0) > facts.length ? placesAfter(places, facts) : null };
}

/** Which accounts have a control by their own, for the catalogue's `enabledOn`. */
export const controlTargets = (
  orm: Orm,
  who: Principal,
): Promise<Map<string, { target: string; status: string }[]>> =>
  readAs(orm, who, async (reader) => {
    const rows = await reader
      .select({
        control: accountGuardrails.control,
        target: accountGuardrails.accountId,
        kind: accountGuardrails.kind,
        status: accountGuardrails.status,
      })
      .from(accountGuardrails)
      .innerJoin(accounts, eq(accounts.accountId, accountGuardrails.accountId))
      .where(visible(who));
    const targets = new Map<string, { target: string; status: string }[]>();
    for (const { control, target, kind, status } of rows) {
      // Inherited controls are enabled on the OU; the account only has them from there.
      if (kind === 'inherited') continue;
      targets.set(control, [...(targets.get(control) ?? []), { target, status }]);
    }
    return targets;
  });

import { and, desc, eq, gt, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountPosture, accounts, compliance } from '../../db/schema/index.ts';
import { ofOwnTeams, ownTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { askAs, readAs } from '../access/read-as.pg.ts';
import { isExcepted } from '../exceptions/in-force.pg.ts';
import { notOurs } from '../kernel/cursor.ts';

/** An account with what is open in it. */
export type OpenAccount = {
  accountId: string;
  name: string;
  organizationalUnitId: string | null;
  team: string | null;
  violations: number;
  /** As many of them stand by an approved exception. */
  excepted: number;
};

export type OpenQuery = {
  ou?: string | undefined;
  team?: string | undefined;
  control?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Accounts with violations of guardrails, those with most first; by unit, team and control. */
export async function nonCompliantAccounts(orm: Orm, who: Principal, query: OpenQuery, now: Date) {
  const after = /^(\d{1,15})\.(\d{12})$/.exec(query.cursor ?? '');
  if (query.cursor !== undefined && !after) throw notOurs();
  const place = { open: after ? Number(after[1]) : Number.MAX_SAFE_INTEGER, accountId: after?.[2] ?? '' };
  const rows = await (query.ou === undefined
    ? openOfAll(orm, who, query, place, now)
    : openOfUnit(orm, who, query.ou, query, place, now));
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: rows.length > query.limit && last ? `${last.violations}.${last.accountId}` : null,
  };
}

type OpenPlace = { open: number; accountId: string };

/** What `ask_open_of_unit` says; nulls where there is nothing. */
type OpenTold = [
  accountIds: string[] | null,
  teams: (string | null)[],
  open: number[],
  named: string[] | null,
  names: string[],
  excepted: number[] | null,
];

async function openOfUnit(
  orm: Orm,
  who: Principal,
  ou: string,
  query: OpenQuery,
  after: OpenPlace,
  now: Date,
) {
  const [accountIds, teams, open, named, names, excepted] =
    (await askAs<OpenTold>(
      orm,
      who,
      'ask_open_of_unit',
      ownTeams(who),
      ou,
      query.team ?? null,
      query.control ?? null,
      after.open,
      after.accountId,
      query.limit + 1,
      now.getTime(),
    )) ?? [];
  // In an order of their own.
  const nameOf = new Map(named?.map((accountId, i) => [accountId, names?.[i] ?? '']));
  return (accountIds ?? []).map(
    (accountId, i): OpenAccount => ({
      accountId,
      name: nameOf.get(accountId) ?? '',
      organizationalUnitId: ou,
      team: teams?.[i] ?? null,
      violations: open?.[i] ?? 0,
      excepted: excepted?.[i] ?? 0,
    }),
  );
}

const openOfAll = (
  orm: Orm,
  who: Principal,
  query: OpenQuery,
  after: OpenPlace,
  now: Date,
): Promise<OpenAccount[]> =>
  readAs(orm, who, async (reader) => {
    const rows = await reader
      .select({ posture: accountPosture, name: accounts.name, excepted: exceptedOf(now) })
      .from(accountPosture)
      .innerJoin(accounts, eq(accounts.accountId, accountPosture.accountId))
      .where(
        and(
          ofOwnTeams(who, accountPosture.team),
          gt(accountPosture.open, 0),
          query.team ? eq(accountPosture.team, query.team) : undefined,
          query.control
            ? sql`exists (select from ${compliance} where ${compliance.accountId} = ${accountPosture.accountId}
                and ${compliance.control} = ${query.control} and ${compliance.status} = 'NON_COMPLIANT')`
            : undefined,
          sql`(${accountPosture.open} < ${after.open} or (${accountPosture.open} = ${after.open} and ${accountPosture.accountId} > ${after.accountId}))`,
        ),
      )
      .orderBy(desc(accountPosture.open), accountPosture.accountId)
      .limit(query.limit + 1);
    return rows.map(({ posture, name, excepted }) => ({
      accountId: posture.accountId,
      name,
      organizationalUnitId: posture.organizationalUnitId,
      team: posture.team,
      violations: posture.open,
      excepted: Number(excepted),
    }));
  });

/** How many open violations of the account stand by an exception; the table is named, because the column is called so in both. */
const exceptedOf = (now: Date) => sql<number | string>`(select count(*) from compliance c
  where c.account_id = account_posture.account_id and c.status = 'NON_COMPLIANT' and ${isExcepted({ at: now })})`;

import { and, asc, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Orm } from '../../db/client.ts';
import { accounts, mirrorAccounts, mirrorInterfaces } from '../../db/schema/index.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { finishedPlan } from '../account-changes/finished-plan.pg.ts';
import { cursorPlace, cursorText } from '../kernel/cursor.ts';
import { notFound } from '../kernel/errors.ts';
import { type MirrorWhatIf, SESSIONS_PER_INTERFACE } from './evaluate.schema.ts';
import { plannedProfiles } from './planned-profiles.ts';

export type MirrorQuery = {
  accountId?: string | undefined;
  team?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

const Place = z.tuple([
  z.string().regex(/^\d{12}$/),
  z.string().regex(/^eni-[0-9a-f]{1,32}$/),
  z.string().max(64),
]);

/** The interfaces that profiles ask for, as pages in the order of account and interface. */
async function listInterfaces(orm: Orm, who: Principal, query: MirrorQuery, also: SQL | undefined) {
  const [accountAfter, interfaceAfter, profileAfter] =
    query.cursor === undefined ? [] : cursorPlace(Place, query.cursor);
  const rows = await readAs(orm, who, (reader) =>
    reader
      .select({ row: mirrorInterfaces, accountName: accounts.name, team: accounts.team })
      .from(mirrorInterfaces)
      .innerJoin(accounts, eq(accounts.accountId, mirrorInterfaces.accountId))
      .where(
        and(
          ofOwnTeams(who, accounts.team),
          query.accountId ? eq(mirrorInterfaces.accountId, query.accountId) : undefined,
          query.team ? eq(accounts.team, query.team) : undefined,
          interfaceAfter
            ? sql`(${mirrorInterfaces.accountId}, ${mirrorInterfaces.networkInterfaceId}, ${mirrorInterfaces.profile}) > (${accountAfter}, ${interfaceAfter}, ${profileAfter})`
            : undefined,
          also,
        ),
      )
      .orderBy(
        asc(mirrorInterfaces.accountId),
        asc(mirrorInterfaces.networkInterfaceId),
        asc(mirrorInterfaces.profile),
      )
      .limit(query.limit + 1),
  );
  const items = rows.slice(0, query.limit);
  const last = items.at(-1)?.row;
  return {
    items,
    nextCursor:
      rows.length > query.limit && last
        ? cursorText([last.accountId, last.networkInterfaceId, last.profile])
        : null,
  };
}

/** Sessions that are there, each with its interface. */
export async function listSessions(orm: Orm, who: Principal, query: MirrorQuery) {
  const { items, nextCursor } = await listInterfaces(orm, who, query, isNotNull(mirrorInterfaces.sessionId));
  return {
    items: items.map(({ row, accountName, team }) => ({
      sessionId: row.sessionId ?? '',
      ...{
        networkInterfaceId: row.networkInterfaceId,
        instanceId: row.instanceId,
        instanceType: row.instanceType,
      },
      ...{ accountId: row.accountId, accountName, team, profile: row.profile, targetId: row.targetId },
      sessionNumber: row.sessionNumber,
      virtualNetworkId: row.virtualNetworkId,
      seenAt: new Date(row.version).toISOString(),
    })),
    nextCursor,
  };
}

/** Every interface that a profile asks for, once for each profile: mirrored or not, and why not. */
export async function listCoverage(orm: Orm, who: Principal, query: MirrorQuery) {
  const { items, nextCursor } = await listInterfaces(orm, who, query, undefined);
  return {
    items: items.map(({ row, accountName, team }) => ({
      ...{
        networkInterfaceId: row.networkInterfaceId,
        instanceId: row.instanceId,
        instanceType: row.instanceType,
      },
      ...{ accountId: row.accountId, accountName, team, profile: row.profile },
      state: row.state as 'MIRRORING' | 'ARMED' | 'UNSUPPORTED' | 'LIMIT',
      ...(row.reason === null ? {} : { reason: row.reason }),
      seenAt: new Date(row.version).toISOString(),
    })),
    accounts: await listAccounts(orm, who, query),
    nextCursor,
  };
}

/** How accounts with a profile stand; one that nobody has looked at yet is not armed. */
const listAccounts = (orm: Orm, who: Principal, query: MirrorQuery) =>
  readAs(orm, who, async (reader) => {
    const rows = await reader
      .select({ of: mirrorAccounts, name: accounts.name })
      .from(mirrorAccounts)
      .innerJoin(accounts, eq(accounts.accountId, mirrorAccounts.accountId))
      .where(
        and(
          ofOwnTeams(who, accounts.team),
          query.accountId ? eq(mirrorAccounts.accountId, query.accountId) : undefined,
          query.team ? eq(accounts.team, query.team) : undefined,
        ),
      )
      .orderBy(asc(mirrorAccounts.accountId))
      .limit(query.limit);
    return rows.map(({ of, name }) => ({
      ...{ accountId: of.accountId, accountName: name, profile: of.profile?.split(' ')[0] || null },
      profiles: of.profile?.split(' ').filter(Boolean) ?? [],
      status: (of.status ?? 'NOT_ARMED') as 'NOT_ARMED' | 'ARMED' | 'MIRRORING',
      ...(of.status === null ? { reason: 'nobody has looked yet' } : {}),
      ...(of.reason === null ? {} : { reason: of.reason }),
      lookedAt: of.lookedAt?.toISOString() ?? null,
    }));
  });

/**
 * The sessions of ours at an interface, as the plan of its account says; none while it is not mirrored. Sessions of others
 * are not known here. @throws Problem not-found for absent and foreign alike
 */
export async function sessionsOf(
  orm: Orm,
  who: Principal,
  networkInterfaceId: string,
): Promise<Pick<MirrorWhatIf, 'sessions' | 'vpcCidrs'>> {
  const { items } = await listInterfaces(
    orm,
    who,
    { limit: SESSIONS_PER_INTERFACE },
    eq(mirrorInterfaces.networkInterfaceId, networkInterfaceId),
  );
  const accountId = items[0]?.row.accountId;
  if (accountId === undefined) throw notFound('network interface that a profile asks for');
  const plan = (await finishedPlan(orm, accountId))?.plan;
  const planned = new Map(plannedProfiles(plan?.trafficMirroring ?? null).map((one) => [one.profile, one]));
  const sessions = items.flatMap(({ row: { profile, sessionNumber } }) => {
    const known = planned.get(profile);
    if (sessionNumber === null || !known) return [];
    const { packetLength, filter } = known;
    return [{ sessionNumber, ...(packetLength === undefined ? {} : { packetLength }), filter }];
  });
  return { sessions, ...(plan?.network ? { vpcCidrs: [plan.network.vpcCidr] } : {}) };
}

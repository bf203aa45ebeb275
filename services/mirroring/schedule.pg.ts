import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import type {
  MirrorReconcileInput,
  MirrorReconcileProfile,
} from '../../workflows/mirror-attach/input.schema.ts';
import { finishedPlan } from '../account-changes/finished-plan.pg.ts';
import type { Fact } from '../ledger/fact.ts';
import { enqueue } from '../ledger/ledger.pg.ts';
import type { AccountPlan, PlannedProfile } from '../planning/plan.schema.ts';
import type { MirrorHub } from './hub.ts';
import { plannedProfiles } from './planned-profiles.ts';

/** A look that has not answered for so long is given up for lost. */
const LOST_MINUTES = 30;

/**
 * What is carried out decides: a plan with profiles that can be applied arms its account at once, and one that has none any
 * more takes away what is there. A run that left something for the next one gets it.
 */
export async function armFinished(tx: Orm, fresh: readonly Fact[], now: Date): Promise<void> {
  const goOn = fresh.flatMap(({ type, accountId, data }) =>
    type === 'MirrorSessionChanged' && accountId !== undefined && data.more === true ? [accountId] : [],
  );
  await lookAt(tx, [...new Set(goOn)], now);
  for (const { type, accountId } of fresh) {
    if ((type !== 'AccountVended' && type !== 'AccountChanged') || accountId === undefined) continue;
    const followed = await finishedPlan(tx, accountId);
    if (!followed || !isMirrored(followed.plan)) continue;
    await tx.execute(
      sql`insert into mirror_accounts (account_id) values (${accountId}) on conflict (account_id) do nothing`,
    );
    await lookAt(tx, [accountId], now);
  }
}

/**
 * Asks for a look at the accounts whose last one is the oldest, so few at a time that all of them together take the
 * whole period. It finds sessions that are missing, too many or orphaned, whatever happened to the events.
 * @param pace how often this is called, and how old a look may become
 * @returns the names of the runs
 */
export async function requestDueLooks(
  tx: Orm,
  now: Date,
  pace: { everyMs: number; afterMs: number },
): Promise<string[]> {
  const oldest = new Date(now.getTime() - pace.afterMs).toISOString();
  const due = await rowsOf<{ account_id: string }>(
    tx,
    sql`select m.account_id from mirror_accounts m join accounts a on a.account_id = m.account_id
        where a.status = 'ACTIVE' and coalesce(m.requested_at, 'epoch') < ${oldest}::timestamptz
          and (m.requested_at is null or m.looked_at >= m.requested_at
            or m.requested_at < ${now.toISOString()}::timestamptz - make_interval(mins => ${LOST_MINUTES}))
        order by coalesce(m.requested_at, 'epoch'), m.account_id
        limit (select ceil(count(*) * ${pace.everyMs / pace.afterMs}::float8)::int from mirror_accounts)`,
  );
  return lookAt(
    tx,
    due.map((row) => row.account_id),
    now,
  );
}

async function lookAt(tx: Orm, accountIds: readonly string[], now: Date): Promise<string[]> {
  if (accountIds.length === 0) return [];
  const asked = await rowsOf<{ account_id: string; look_id: string }>(
    tx,
    sql`update mirror_accounts set look_id = 'mirror-' || account_id || '-' || ${now.getTime()}::text,
          requested_at = ${now.toISOString()}::timestamptz
        where account_id in (select jsonb_array_elements_text(${JSON.stringify(accountIds)}::jsonb))
        returning account_id, look_id`,
  );
  const entries = asked.map(({ account_id: accountId, look_id: lookId }) => ({
    kind: 'start-mirror',
    key: `start-mirror:${lookId}`,
    payload: { accountId, lookId },
  }));
  await enqueue(tx, entries, now);
  return asked.map((row) => row.look_id);
}

/** A plan from before `mirror-attach` has promised nothing: its account has no role to mirror with. */
const isMirrored = ({ trafficMirroring: planned }: Pick<AccountPlan, 'trafficMirroring'>): boolean =>
  planned?.status === 'TO_BE_ARMED' || planned?.status === 'DISARMED';

/**
 * The input of a look, from the plan that the account follows and the hub of today: a hub that moves is followed.
 * @returns undefined when its plan never asked for mirroring, or nobody says where copies would go
 */
export async function mirrorInput(
  orm: Orm,
  accountId: string,
  hub: MirrorHub | null,
): Promise<MirrorReconcileInput | undefined> {
  const followed = await finishedPlan(orm, accountId);
  const planned = followed?.plan.trafficMirroring;
  if (!planned || !isMirrored(followed.plan)) return undefined;
  const profiles = plannedProfiles(planned).map(profileInput);
  const to = hub ?? ('hub' in planned ? planned.hub : undefined);
  if (profiles.length === 0) return { accountId, profiles };
  if (!to) return undefined;
  return {
    accountId,
    profiles,
    targetId: to.targetId,
    ...(to.zones === undefined ? {} : { zones: to.zones }),
    ...(to.cidr === null ? {} : { hubCidr: to.cidr }),
  };
}

const profileInput = ({
  profile: name,
  sessionNumber,
  packetLength,
  virtualNetworkId,
  sources,
  filter,
}: PlannedProfile): MirrorReconcileProfile => ({
  ...{ name, sessionNumber },
  ...(packetLength === undefined ? {} : { packetLength }),
  ...(virtualNetworkId === undefined ? {} : { virtualNetworkId }),
  tags: sources.select === 'tags' ? sources.tags : {},
  tiers: sources.select === 'subnets' ? sources.tiers : [],
  ...filter,
});

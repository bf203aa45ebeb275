import { lt, sql } from 'drizzle-orm';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import { mirrorSamples } from '../../db/schema/index.ts';
import type { HeardCopy, MirrorSample } from './samples.schema.ts';

/** As many as a page shows; what is older goes when newer ones come. */
const KEPT = 100;
/** Addresses that people spoke with are not kept for longer than somebody looks whether a hub works. */
const KEPT_MS = 24 * 3_600_000;
/** Sessions that are named where several have one VNI. */
const NAMED = 3;

/** Keeps what a sink has heard, and of all that was heard only the newest. */
export async function keepSamples(
  orm: Orm,
  toldBy: string,
  copies: readonly HeardCopy[],
  now: Date,
): Promise<void> {
  const rows = copies.map(({ from, vni, packet }) => ({ heardAt: now, toldBy, fromIp: from, vni, packet }));
  await transact(orm, async (tx) => {
    await tx.insert(mirrorSamples).values(rows);
    await tx.execute(sql`delete from mirror_samples where id <= (
      select id from mirror_samples order by id desc offset ${KEPT} limit 1)`);
  });
}

/** The newest copies first, each with the sessions that its VNI may be of: for who sees every account. */
export async function newestSamples(orm: Orm, now: Date): Promise<MirrorSample[]> {
  const since = new Date(now.getTime() - KEPT_MS).toISOString();
  const rows = await rowsOf<Omit<MirrorSample, 'truncated'>>(
    orm,
    sql`with heard as (
        select * from mirror_samples where heard_at > ${since}::timestamptz order by id desc limit ${KEPT}),
      known as (
        select m.virtual_network_id as vni, count(*)::int as n,
          (array_agg(json_build_object('accountId', m.account_id, 'accountName', a.name,
            'networkInterfaceId', m.network_interface_id, 'sessionId', m.session_id,
            'sessionNumber', m.session_number, 'profile', m.profile) order by m.account_id, m.network_interface_id))[1:${sql.raw(String(NAMED))}] as sessions
        from mirror_interfaces m join accounts a on a.account_id = m.account_id
        where m.session_id is not null and m.virtual_network_id in (select vni from heard)
        group by m.virtual_network_id)
      select h.heard_at as "heardAt", h.told_by as "toldBy", h.from_ip as "from", h.vni, h.packet,
        coalesce(to_json(k.sessions), '[]') as sessions, coalesce(k.n, 0) as "sessionsWithVni"
      from heard h left join known k on k.vni = h.vni order by h.id desc`,
  );
  return rows.map((row) => ({
    ...row,
    heardAt: new Date(row.heardAt).toISOString(),
    truncated: row.packet.copied < row.packet.length,
  }));
}

export async function sweepSamples(orm: Orm, now: Date): Promise<void> {
  await orm.delete(mirrorSamples).where(lt(mirrorSamples.heardAt, new Date(now.getTime() - KEPT_MS)));
}

import { eq, inArray, sql } from 'drizzle-orm';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import { accounts, alertLines, chatDigests } from '../../db/schema/index.ts';
import { enqueue } from '../ledger/ledger.pg.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { AlertChannel } from './alert.port.ts';
import { alertsDue } from './alert-lines.pg.ts';
import { type AlertLine, alertMessage } from './alert-message.ts';
import { type ChannelDeps, chosenFor, deliver, turnTaker } from './channel.pg.ts';
import { showLocalAlert } from './local-chat.pg.ts';
import type { Chosen } from './place.ts';
import { addDigest, openDigest, placeOfRow } from './prompts.pg.ts';

/** So many lines are put into messages at once. */
const BATCH = 2_000;
/** A transaction may still have been under way when the others were gathered. */
const LATECOMERS_MS = 60_000;

export function alertChannel(deps: ChannelDeps): AlertChannel {
  const inTurn = turnTaker();
  return {
    gather: (now) => transact(deps.orm, (tx) => gather(tx, deps, now)),
    show: (digestId, now) => inTurn(digestId, () => show(deps, digestId, now)),
  };
}

type Waiting = {
  id: number | string;
  team: string | null;
  unit: string | null;
  /** Something of it is in violation still. */
  stands: boolean;
};

async function gather(tx: Orm, deps: ChannelDeps, now: Date): Promise<void> {
  // One relay at a time, or a team would get two messages.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('jetway-alerts'))`);
  const waiting = await rowsOf<Waiting>(
    tx,
    sql`select l.id, a.team, a.organizational_unit_id as unit, exists (select from compliance c
          where c.account_id = l.account_id and c.rule = l.rule and c.status = 'NON_COMPLIANT') as stands
        from alert_lines l left join accounts a on a.account_id = l.account_id
        where l.digest_id is null order by l.id limit ${BATCH} for update of l`,
  );
  if (waiting.length === 0) return;
  const mended = waiting.filter(({ stands }) => !stands).map(({ id }) => Number(id));
  if (mended.length > 0) await tx.delete(alertLines).where(inArray(alertLines.id, mended));
  for (const { at, team, ids } of await byPlace(tx, deps, waiting)) {
    const digest =
      (await openDigest(tx, 'alerts', at, team, now)) ??
      (await addDigest(tx, { kind: 'alerts', at, about: team, newId: deps.newId, now }));
    await tx.update(alertLines).set({ digestId: digest.id }).where(inArray(alertLines.id, ids));
    const key = `chat-alert:${digest.id}:${ids.at(-1)}`;
    await enqueue(tx, [{ kind: 'chat-alert', key, payload: { digestId: digest.id } }], now);
  }
  const again = waiting.length === BATCH ? now : new Date(now.getTime() + LATECOMERS_MS);
  const [key, due] = alertsDue(again);
  await enqueue(tx, [{ kind: 'chat-alerts', key, payload: {} }], due);
}

type Group = { at: Chosen | LocalPlace; team: string; ids: number[] };
/** Where no chat is connected, only the local room shows it. */
type LocalPlace = { provider: 'local'; place: { channel: string; team?: undefined } };

/** By team and place, in the order in which things turned. */
async function byPlace(tx: Orm, deps: ChannelDeps, waiting: readonly Waiting[]): Promise<Group[]> {
  const groups = new Map<string, Group>();
  const places = new Map<string, Group['at']>();
  for (const { id, team: whose, unit, stands } of waiting) {
    if (!stands) continue;
    const team = whose ?? WHOLE_ORGANIZATION;
    const about = JSON.stringify([team, unit]);
    const at = places.get(about) ?? (await placeFor(tx, deps, team, unit ?? ''));
    places.set(about, at);
    const key = JSON.stringify([team, at]);
    const group = groups.get(key) ?? { at, team, ids: [] };
    group.ids.push(Number(id));
    groups.set(key, group);
  }
  return [...groups.values()];
}

async function placeFor(tx: Orm, deps: ChannelDeps, team: string, unit: string): Promise<Group['at']> {
  const chosen = await chosenFor({ ...deps, orm: tx }, { kind: 'compliance-alert', team }, unit);
  return chosen ?? { provider: 'local', place: { channel: '' } };
}

async function show(deps: ChannelDeps, digestId: string, now: Date): Promise<void> {
  const [digest] = await deps.orm.select().from(chatDigests).where(eq(chatDigests.id, digestId));
  if (!digest) return;
  // Read once the message is ours alone: another relay may have shown newer lines meanwhile.
  const compose = async () => ({
    message: alertMessage(digest.about, await linesOf(deps.orm, digestId)),
    prompt: { id: digestId, planDigest: '', pageUrl: deps.pageUrl(null) },
  });
  if (deps.local) {
    const { message } = await compose();
    await showLocalAlert(deps.orm, { digestId, team: digest.about, message }, now);
  }
  const room = deps.rooms[digest.room as keyof ChannelDeps['rooms']];
  if (!room) return;
  await deliver(deps.orm, { table: chatDigests, id: digestId }, room, placeOfRow(digest), now, compose);
}

const linesOf = (orm: Orm, digestId: string): Promise<AlertLine[]> =>
  orm
    .select({
      accountId: alertLines.accountId,
      accountName: accounts.name,
      rule: alertLines.rule,
      control: alertLines.control,
      turned: alertLines.turned,
      resources: alertLines.resources,
    })
    .from(alertLines)
    .leftJoin(accounts, eq(accounts.accountId, alertLines.accountId))
    .where(eq(alertLines.digestId, digestId))
    .orderBy(alertLines.id);

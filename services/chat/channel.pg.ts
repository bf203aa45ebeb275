import { eq } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Orm } from '../../db/client.ts';
import { approvalPrompts, chatDigests } from '../../db/schema/index.ts';
import type { ApprovalChannel, ReminderAct } from '../approvals/channel.port.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import { digestOf } from '../kernel/canonical-json.ts';
import { chainOf } from '../reconciliation/organization.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import type { ApprovalMessage } from './approval-message.ts';
import { digestMessage, remindersMessage } from './digest-message.ts';
import { messageOf, type ReadMessage } from './message-of.pg.ts';
import { type Chosen, placeOf } from './place.ts';
import {
  addPrompt,
  gather,
  type Held,
  isAt,
  lease,
  placeOfRow,
  promptsOf,
  release,
  type StoredPrompt,
  setState,
} from './prompts.pg.ts';
import { reminderText } from './reminder-text.ts';
import type { Prompt, Room } from './room.port.ts';

export type ChannelDeps = {
  orm: Orm;
  log: Logger;
  settings: SettingsStore;
  catalogue: Catalogue;
  /** The kinds of chat that this installation is connected to. */
  rooms: { readonly slack?: Room | undefined; readonly teams?: Room | undefined };
  /** The local chat, which shows everything; null where there is none. */
  local: ApprovalChannel | null;
  /** Where a signed-in person decides; null: the list of everything that waits. */
  pageUrl: (requestId: string | null) => string;
  /** Opaque, 128 random bits or more. */
  newId: () => string;
};

/** Work for one thing goes one after the other within this process: two at once would post twice. */
export function turnTaker(): (id: string, work: () => Promise<void>) => Promise<void> {
  const turns = new Map<string, Promise<unknown>>();
  return async (id, work) => {
    const turn = (turns.get(id) ?? Promise.resolve()).catch(() => undefined).then(work);
    turns.set(id, turn);
    try {
      await turn;
    } finally {
      if (turns.get(id) === turn) turns.delete(id);
    }
  };
}

/** Asks approvers where the settings say, and keeps every message up to date with its request. */
export function approvalChannel(deps: ChannelDeps): ApprovalChannel {
  const inTurn = turnTaker();
  const of = (requestId: string) => ({ ...deps, log: deps.log.child({ correlationId: requestId }) });
  return {
    show: (requestId, now) => inTurn(requestId, () => show(of(requestId), requestId, now)),
    remind: (requestId, act, now) => inTurn(requestId, () => remind(of(requestId), requestId, act, now)),
  };
}

/**
 * A line under the message. A second reminder of the hour in the same place is a line of a message that gathers them: who
 * is reminded of everything reads nothing. An escalation asks others, so it is always said.
 */
async function remind(deps: ChannelDeps, requestId: string, act: ReminderAct, now: Date): Promise<void> {
  await deps.local?.remind(requestId, act, now);
  const read = await messageOf(deps.orm, deps.catalogue, requestId);
  if (!read || read.message.settled !== null) return;
  const at = await chosenPlace(deps, read);
  const room = at && deps.rooms[at.provider];
  deps.log.debug({ act, chat: room ? at.provider : 'local' }, 'approvers are reminded');
  if (!at || !room) return;
  const prompt = (await promptsOf(deps.orm, requestId)).find((one) => isAt(one, at));
  const text = reminderText(act, read);
  const gathered =
    act === 'remind' ? await gather(deps.orm, { at, requestId, text, newId: deps.newId, now }) : undefined;
  if (gathered === undefined)
    return room.notify(at.place, prompt?.reference ?? null, text, deps.pageUrl(requestId));
  await deliver(deps.orm, { table: chatDigests, id: gathered.id }, room, at.place, now, {
    message: remindersMessage(gathered.lines),
    prompt: { id: gathered.id, planDigest: '', pageUrl: deps.pageUrl(null) },
  });
}

async function show(deps: ChannelDeps, requestId: string, now: Date): Promise<void> {
  await deps.local?.show(requestId, now);
  if (deps.local) deps.log.debug({ chat: 'local' }, 'shown in a chat');
  const read = await messageOf(deps.orm, deps.catalogue, requestId);
  if (!read) return;
  const at = await chosenPlace(deps, read);
  const prompts = await promptsOf(deps.orm, requestId);
  for (const elsewhere of prompts.filter((one) => !at || !isAt(one, at)))
    await supersede(deps, elsewhere, read, now);
  if (!at) return;
  const here =
    prompts.find((one) => isAt(one, at)) ??
    // Settled before anybody was asked there: nothing to ask.
    (read.message.settled === null
      ? await addPrompt(deps.orm, { request: read.request, at, newId: deps.newId, now })
      : undefined);
  if (here) await bringUpToDate(deps, here, read.message, now);
}

/** The place of the settings, where this installation is connected to its kind of chat. */
export const chosenPlace = (
  deps: ChannelDeps,
  { request, organizationalUnitId }: ReadMessage,
): Promise<Chosen | undefined> => chosenFor(deps, request, organizationalUnitId);

/** @param about a request, or an alert, of a team */
export async function chosenFor(
  { orm, settings, rooms, log }: ChannelDeps,
  about: Parameters<typeof placeOf>[1],
  organizationalUnitId: string,
): Promise<Chosen | undefined> {
  const { channels } = (await settings.current(orm)).settings;
  if (channels.length === 0) return undefined;
  const byUnit = channels.some((channel) => channel.for.organizationalUnitIds !== undefined);
  const snapshot = byUnit ? await newestSnapshot(orm) : undefined;
  const units = snapshot ? chainOf(snapshot, organizationalUnitId).map(({ id }) => id) : [];
  const at = placeOf(channels, about, units.length > 0 ? units : [organizationalUnitId]);
  if (at && !rooms[at.provider]) {
    log.warn(
      { provider: at.provider, kind: about.kind, team: about.team },
      'a channel is set, its chat is not connected',
    );
    return undefined;
  }
  return at;
}

/** It is asked for in another place now: the buttons here go. */
async function supersede(
  deps: ChannelDeps,
  prompt: StoredPrompt,
  { message }: ReadMessage,
  now: Date,
): Promise<void> {
  const settled = message.settled ?? 'Superseded: this is asked for in another channel now.';
  await bringUpToDate(deps, prompt, { ...message, settled }, now);
  if (message.settled === null) await setState(deps.orm, prompt.id, 'superseded');
}

async function bringUpToDate(
  deps: ChannelDeps,
  prompt: StoredPrompt,
  message: ApprovalMessage,
  now: Date,
): Promise<void> {
  const room = deps.rooms[prompt.room as keyof ChannelDeps['rooms']];
  if (!room) return;
  const listed = prompt.digestId;
  const state = message.settled !== null ? 'settled' : listed === null ? 'open' : 'folded';
  if (listed === null)
    await deliver(deps.orm, { table: approvalPrompts, id: prompt.id }, room, placeOfRow(prompt), now, {
      message,
      prompt: {
        id: prompt.id,
        planDigest: prompt.planDigest,
        pageUrl: deps.pageUrl(message.requestId),
      },
    });
  deps.log.debug({ chat: prompt.room, channel: prompt.channel, state }, 'shown in a chat');
  if (prompt.state !== state) await setState(deps.orm, prompt.id, state);
  if (listed !== null) await showDigest(deps, room, listed, now);
}

/** Lists the requests that share one message, as they stand now. */
async function showDigest(deps: ChannelDeps, room: Room, digestId: string, now: Date): Promise<void> {
  const [digest] = await deps.orm.select().from(chatDigests).where(eq(chatDigests.id, digestId));
  if (!digest) return;
  const listed = await deps.orm
    .select({ requestId: approvalPrompts.requestId })
    .from(approvalPrompts)
    .where(eq(approvalPrompts.digestId, digestId))
    .orderBy(approvalPrompts.createdAt, approvalPrompts.id);
  const lines = [];
  for (const { requestId } of listed) {
    const read = await messageOf(deps.orm, deps.catalogue, requestId);
    if (read) lines.push(read.message);
  }
  await deliver(deps.orm, { table: chatDigests, id: digestId }, room, placeOfRow(digest), now, {
    message: digestMessage(digest.about, lines),
    prompt: { id: digestId, planDigest: '', pageUrl: deps.pageUrl(null) },
  });
}

type Content = { message: ApprovalMessage; prompt: Prompt };

/**
 * Posts, edits, or leaves alone what shows this already. A crash after the post and before its reference is kept posts
 * again: the buttons of both carry the same id.
 *
 * @param content what to show; a function is asked once the message is held by us alone
 */
export async function deliver(
  orm: Orm,
  held: Held,
  room: Room,
  place: Parameters<Room['post']>[0],
  now: Date,
  content: Content | (() => Promise<Content>),
): Promise<void> {
  const row = await lease(orm, held, now);
  if (!row) throw new Error('another relay is showing this message');
  let kept: { reference: string | null; shown: string } | undefined;
  try {
    const { message, prompt } = typeof content === 'function' ? await content() : content;
    const shown = digestOf(message);
    if (row.shown === null) kept = { reference: await room.post(place, message, prompt), shown };
    else if (row.shown !== shown) {
      if (row.reference !== null) await room.update(place, row.reference, message, prompt);
      // Where nothing can be edited, the end is worth a line of its own; progress is not.
      else if (message.settled !== null)
        await room.notify(place, null, `${message.title}: ${message.settled}`, prompt.pageUrl);
      kept = { reference: row.reference, shown };
    }
  } finally {
    await release(orm, held, kept);
  }
}

import { desc, eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { chatMessages } from '../../db/schema/index.ts';
import type { ApprovalChannel } from '../approvals/channel.port.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import { type ApprovalMessage, messageText } from './approval-message.ts';
import { messageOf } from './message-of.pg.ts';
import { reminderText } from './reminder-text.ts';
import { channelOf } from './request-message.ts';

/** A line under a message of the local room. */
export type ChatNote = { at: string; text: string };

const SAID_MS = 10 * 60_000;

/** Local mode's chat room: what Slack would show, kept in a table. */
export const localChat = (orm: Orm, catalogue: Catalogue): ApprovalChannel => ({
  async show(requestId, now) {
    const read = await messageOf(orm, catalogue, requestId);
    if (!read) return;
    const { message, request } = read;
    const values = {
      channel: channelOf(request),
      text: messageText(message),
      message,
      planDigest: request.planDigest,
      state: message.settled === null ? 'open' : 'settled',
      updatedAt: now,
    };
    // The id is the request's: a message that was posted twice is one message.
    await orm
      .insert(chatMessages)
      .values({ id: `msg-${requestId}`, requestId, createdAt: now, ...values })
      .onConflictDoUpdate({ target: chatMessages.id, set: values });
  },
  async remind(requestId, act, now) {
    const read = await messageOf(orm, catalogue, requestId);
    const [row] = await orm.select().from(chatMessages).where(eq(chatMessages.requestId, requestId));
    if (!read || row?.state !== 'open') return;
    const notes = row.notes as ChatNote[];
    const text = reminderText(act, read);
    // Said a moment ago, by a delivery that was tried again.
    if (notes.some((one) => one.text === text && now.getTime() - Date.parse(one.at) < SAID_MS)) return;
    const note: ChatNote = { at: now.toISOString(), text };
    await orm
      .update(chatMessages)
      .set({ notes: [...notes, note] })
      .where(eq(chatMessages.requestId, requestId));
  },
});

/** New violations of a team, in a room of its own. */
export async function showLocalAlert(
  orm: Orm,
  { digestId, team, message }: { digestId: string; team: string; message: ApprovalMessage },
  now: Date,
): Promise<void> {
  const values = { text: messageText(message), message, updatedAt: now };
  await orm
    .insert(chatMessages)
    .values({
      id: `alert-${digestId}`,
      requestId: '',
      planDigest: '',
      channel: `#alerts-${team === WHOLE_ORGANIZATION ? 'organization' : team}`,
      state: 'settled',
      createdAt: now,
      ...values,
    })
    .onConflictDoUpdate({ target: chatMessages.id, set: values });
}

/** Newest first. */
export const chatHistory = (orm: Orm, limit: number) =>
  orm.select().from(chatMessages).orderBy(desc(chatMessages.createdAt), desc(chatMessages.id)).limit(limit);

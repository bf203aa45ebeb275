import { desc, eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountRequests, chatMessages, requestViews } from '../../db/schema/index.ts';
import { previewedStacks } from '../account-changes/change-previewed.pg.ts';
import type { ApprovalChannel, ReminderAct } from '../approvals/channel.port.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import type { RequestState } from '../ledger/request-view.ts';
import { settledText } from './message.ts';
import { channelOf, messageText } from './request-message.ts';

const REMINDERS: Record<ReminderAct, string> = {
  remind: 'Nobody has decided yet:',
  escalate: 'Nobody has decided yet, so others may now:',
};

/** Local mode's chat room: what Slack or Teams would show, kept in a table. */
export function localChat(orm: Orm, catalogue: Catalogue): ApprovalChannel {
  return {
    async show(requestId, now) {
      const [row] = await orm
        .select({ request: accountRequests, view: requestViews.view })
        .from(accountRequests)
        .innerJoin(requestViews, eq(requestViews.requestId, accountRequests.id))
        .where(eq(accountRequests.id, requestId));
      if (!row) return;
      const state = row.view as RequestState;
      const settled = settledText(state);
      const previewed = row.request.kind === 'account-change' ? await previewedStacks(orm, requestId) : [];
      const asked = messageText(row.request, catalogue, previewed);
      const values = {
        channel: channelOf(row.request),
        text: settled ? `${settled}\n${asked}` : asked,
        planDigest: row.request.planDigest,
        state: settled ? 'settled' : 'open',
        updatedAt: now,
      };
      // The id is the request's: a message that was posted twice is one message.
      await orm
        .insert(chatMessages)
        .values({ id: `msg-${requestId}`, requestId, createdAt: now, ...values })
        .onConflictDoUpdate({ target: chatMessages.id, set: values });
    },
    async remind(requestId, act, now) {
      const [asked] = await orm
        .select()
        .from(chatMessages)
        .where(eq(chatMessages.id, `msg-${requestId}`));
      if (asked?.state !== 'open') return;
      const [summary = ''] = asked.text.split('\n');
      const values = {
        requestId,
        channel: asked.channel,
        text: `${REMINDERS[act]} ${summary}`,
        planDigest: asked.planDigest,
        state: 'reminder',
        createdAt: now,
        updatedAt: now,
      };
      await orm
        .insert(chatMessages)
        .values({ id: `${act}-${requestId}-${now.getTime()}`, ...values })
        .onConflictDoNothing();
    },
  };
}

/** Newest first. */
export const chatHistory = (orm: Orm, limit: number) =>
  orm.select().from(chatMessages).orderBy(desc(chatMessages.createdAt), desc(chatMessages.id)).limit(limit);

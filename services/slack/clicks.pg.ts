import { and, eq, like, lt } from 'drizzle-orm';
import type { Logger } from 'pino';
import { type Orm, transact } from '../../db/client.ts';
import { chatClicks, webhookNonces } from '../../db/schema/index.ts';
import type { Principal } from '../access/principal.ts';
import { type ApprovalDeps, type DecideCommand, decide } from '../approvals/approvals.pg.ts';
import { recordAttempt } from '../approvals/attempts.pg.ts';
import { plain } from '../chat/message.ts';
import { promptOf } from '../chat/prompts.pg.ts';
import { Problem } from '../kernel/errors.ts';
import { enqueue } from '../ledger/ledger.pg.ts';
import { principalOfIdentity } from '../people/people.pg.ts';
import { escaped } from './blocks.ts';
import type { Click } from './interaction.schema.ts';
import { isFullMember, SlackActor } from './member.ts';
import type { SlackApi } from './slack.port.ts';

export type ClickDeps = ApprovalDeps & { log: Logger; slack: SlackApi };

/** Longer than a signature is good for, on both sides of our clock. */
const NONCE_MS = 15 * 60_000;
/** A person who clicked that long ago has looked elsewhere by now. */
const TELL_MS = 10 * 60_000;

/**
 * Keeps a verified call, in one transaction with its nonce: the click is worked off after the acknowledgement, and a kill
 * in between loses nothing.
 * @returns the request that the click is about, as far as it is known. @throws Problem conflict replayed
 */
export async function hear(
  orm: Orm,
  nonce: string,
  click: Click | undefined,
  newId: () => string,
  now: Date,
): Promise<string | undefined> {
  return transact(orm, async (tx) => {
    const fresh = await tx
      .insert(webhookNonces)
      .values({ nonce: `slack:${nonce}`, seenAt: now })
      .onConflictDoNothing()
      .returning();
    if (fresh.length === 0) throw new Problem('conflict', 'replayed', 'This callback was received before.');
    await tx
      .delete(webhookNonces)
      .where(
        and(
          like(webhookNonces.nonce, 'slack:%'),
          lt(webhookNonces.seenAt, new Date(now.getTime() - NONCE_MS)),
        ),
      );
    if (!click) return undefined;
    const id = newId();
    await tx.insert(chatClicks).values({ id, provider: 'slack', receivedAt: now, ...click });
    const prompt = await promptOf(tx, click.promptId);
    const payload = { clickId: id, ...(prompt ? { requestId: prompt.requestId } : {}) };
    await enqueue(tx, [{ kind: 'chat-click', key: `chat-click:${id}`, payload }], now);
    return prompt?.requestId;
  });
}

/** Works a click off: once, however often it is delivered. */
export async function workClick(deps: ClickDeps, clickId: string): Promise<void> {
  const [click] = await deps.orm.select().from(chatClicks).where(eq(chatClicks.id, clickId));
  if (!click) return;
  const prompt = await promptOf(deps.orm, click.promptId);
  const log = deps.log.child({ clickId, ...(prompt ? { correlationId: prompt.requestId } : {}) });
  const own = { ...deps, log };
  const tell = click.outcome === null ? await settle(own, click) : click.tell;
  if (tell !== null) await tellPerson(own, click, tell);
}

type StoredClick = typeof chatClicks.$inferSelect;

/**
 * Decides, in one transaction with what came of it.
 * @returns what the person is told; null when the edited message says it all
 */
async function settle(deps: ClickDeps, click: StoredClick): Promise<string | null> {
  const actor = SlackActor.parse(click.actor);
  // Asked now, not when the message was posted; and outside of the transaction, which holds locks.
  const member = await isMember(deps, actor);
  return transact(deps.orm, async (tx) => {
    const { outcome, tell } = await outcomeOf({ ...deps, orm: tx }, click, actor, member);
    await tx.update(chatClicks).set({ outcome, tell }).where(eq(chatClicks.id, click.id));
    deps.log.debug({ outcome }, 'a click was worked off');
    return tell;
  });
}

/** Whoever cannot be asked about is refused. */
async function isMember({ slack, log }: ClickDeps, actor: SlackActor): Promise<boolean> {
  try {
    return isFullMember(await slack.user(actor.user), actor);
  } catch (err) {
    log.warn({ err }, 'Slack did not say who has clicked, so the click is refused');
    return false;
  }
}

async function outcomeOf(
  deps: ClickDeps,
  click: StoredClick,
  actor: SlackActor,
  member: boolean,
): Promise<{ outcome: string; tell: string | null }> {
  try {
    const { requestId } = await promptedBy(deps.orm, click);
    const command = {
      requestId,
      decision: click.decision as 'approve' | 'deny',
      // The plan that was on the screen, not the one that the request has.
      planDigest: click.planDigest,
      comment: click.comment ?? undefined,
      via: 'slack' as const,
    };
    await decide(deps, await personOf(deps, actor, member, command), command);
    return { outcome: click.decision, tell: null };
  } catch (error) {
    // Whatever broke of ours, or cannot be asked now, is tried again.
    if (!(error instanceof Problem) || error.kind === 'unavailable') throw error;
    return { outcome: error.code, tell: `Not done. ${plain(error.detail)}` };
  }
}

async function promptedBy(orm: Orm, { promptId }: StoredClick) {
  const prompt = await promptOf(orm, promptId);
  if (prompt?.room === 'slack') return prompt;
  throw new Problem('not-found', 'not-found', 'This button belongs to no request of ours.');
}

/** Whom the user stands for. An attempt of anybody else is written down here: it never gets as far as a decision. */
async function personOf(
  { orm, clock, settings: store, standingDays }: ClickDeps,
  { enterprise, team, user }: SlackActor,
  member: boolean,
  { requestId, planDigest, decision, via }: DecideCommand,
): Promise<Principal> {
  const now = clock.now();
  try {
    if (!member)
      throw new Problem(
        'forbidden',
        'not-a-member',
        'Slack does not vouch for you as a full member of this workspace, so you may not decide here.',
      );
    const { settings } = await store.current(orm);
    const identity = { provider: 'slack', enterprise, team, user } as const;
    return await principalOfIdentity(orm, settings, identity, now, standingDays);
  } catch (error) {
    const who = `slack:${[enterprise, team, user].filter(Boolean).join('/')}`;
    if (error instanceof Problem)
      await recordAttempt(orm, { act: 'decide', who, via, requestId, planDigest, decision }, error.code, now);
    throw error;
  }
}

/** Once, to that person only. Nothing of the call says where: the channel is our own, the API is Slack's. */
async function tellPerson({ orm, clock, slack, log }: ClickDeps, click: StoredClick, tell: string) {
  const { user } = SlackActor.parse(click.actor);
  const old = clock.now().getTime() - click.receivedAt.getTime() > TELL_MS;
  if (click.channel !== null && !old) await slack.ephemeral(click.channel, user, escaped(tell));
  else log.info('a refused click is told to nobody');
  await orm.update(chatClicks).set({ tell: null }).where(eq(chatClicks.id, click.id));
}

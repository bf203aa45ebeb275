import { createRoute } from '@hono/zod-openapi';
import type { Logger } from 'pino';
import type { ApprovalDeps } from '../approvals/approvals.pg.ts';
import { markRecorded, recordRefusedHook } from '../approvals/attempts.pg.ts';
import { promptOf } from '../chat/prompts.pg.ts';
import { router } from '../http/env.ts';
import { conflict, refusals } from '../http/schemas.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import { buttonValue, noticeModal, REASON, reasonModal } from './blocks.ts';
import { hear } from './clicks.pg.ts';
import { type Interaction, readInteraction } from './interaction.schema.ts';
import { verifySlackSignature } from './signature.ts';
import type { SlackApp } from './slack.port.ts';

export type SlackHookDeps = ApprovalDeps & {
  log: Logger;
  /** Null where this installation is not connected to Slack. */
  slack: SlackApp | null;
  newId: () => string;
};

/** Clicks of Slack: no cookies, no tokens; the signature over the raw bytes is the only proof. */
export function slackRoutes(deps: SlackHookDeps) {
  const app = router();
  app.openapi(slackHook, async (c) => {
    const { slack } = deps;
    if (!slack) throw notFound('webhook endpoint');
    const rawBody = new Uint8Array(await c.req.arrayBuffer());
    const nonce = await verified(deps, slack, c.req.header(), rawBody);
    const interaction = readInteraction(rawBody, c.req.header('content-type') ?? '');
    // Only now, after the signature: a forged call must not be able to use up a real one's nonce.
    const click = interaction.kind === 'decide' ? interaction.click : undefined;
    c.set('correlationId', await hear(deps.orm, nonce, click, deps.newId, deps.clock.now()));
    switch (interaction.kind) {
      case 'ask-reason':
        await askReason(deps, slack, interaction);
        break;
      case 'challenge':
        return c.json({ challenge: interaction.challenge });
      case 'no-reason':
        return c.json({
          response_action: 'errors',
          errors: { [REASON]: 'Say why, in at most 1,000 characters.' },
        });
      case 'decide':
      case 'nothing':
        break;
      default:
        return interaction satisfies never;
    }
    // Slack shows nothing for an empty answer; what comes of the click is edited into the message.
    return c.body(null, 200);
  });
  return app;
}

/** @returns the call's nonce. @throws Problem unauthenticated */
async function verified(
  { orm, clock, log }: SlackHookDeps,
  { signingSecrets }: SlackApp,
  headers: Record<string, string>,
  rawBody: Uint8Array,
): Promise<string> {
  const nowMs = clock.now().getTime();
  const verdict = verifySlackSignature({ secrets: signingSecrets, headers, rawBody, nowMs });
  if (!verdict.ok) {
    const refused = { endpoint: 'slack', reason: verdict.reason };
    // Refused it is, whether or not it could be counted.
    await recordRefusedHook({ orm, clock }, refused).catch((err: unknown) =>
      log.error({ err }, 'a refused call of Slack could not be counted'),
    );
    throw markRecorded(
      new Problem(
        'unauthenticated',
        'bad-signature',
        'The signature of Slack is missing, wrong, or more than five minutes from our clock.',
      ),
    );
  }
  if (verdict.secret > 0)
    log.warn('a call of Slack was signed with the old signing secret; take it away when this ends');
  return verdict.nonce;
}

/** Within the three seconds that a trigger is good for, so not by way of the outbox. */
async function askReason(
  { orm, log }: SlackHookDeps,
  { api }: SlackApp,
  { click, triggerId }: Extract<Interaction, { kind: 'ask-reason' }>,
): Promise<void> {
  const prompt = await promptOf(orm, click.promptId);
  const open = prompt?.planDigest === click.planDigest && prompt.state === 'open';
  const value = buttonValue({ id: click.promptId, planDigest: click.planDigest });
  const view = open
    ? reasonModal(click.channel === null ? value : `${value} ${click.channel}`)
    : noticeModal('Nothing is left to decide here: it was settled, or is asked for elsewhere by now.');
  try {
    await api.openView(triggerId, view);
  } catch (err) {
    // The person sees that nothing opens, and clicks again.
    const about = prompt ? { correlationId: prompt.requestId } : {};
    log.warn({ err, ...about }, 'the question for a reason could not be opened');
  }
}

const slackHook = createRoute({
  method: 'post',
  path: '/hooks/slack',
  summary: 'A signed interaction of Slack',
  tags: ['chat'],
  responses: {
    200: { description: 'Heard; what comes of it is edited into the message' },
    ...refusals,
    ...conflict,
  },
});

import { eq } from 'drizzle-orm';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { accountRequests } from '../../db/schema/index.ts';
import type { ApprovalDeps } from '../approvals/approvals.pg.ts';
import { isRecorded, recordRefusedHook } from '../approvals/attempts.pg.ts';
import { plain } from '../chat/message.ts';
import type { AppEnv } from '../http/env.ts';
import { Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import { decideSigned } from '../webhooks/decide-signed.pg.ts';
import { type ActiveKey, activeKeys } from '../webhooks/keys.pg.ts';
import { onlyOnce } from '../webhooks/nonces.pg.ts';
import { HELP, readCommand, type TeamsCommand } from './command.ts';
import { type VerifiedActivity, verifyTeams } from './verify.ts';

export type TeamsDeps = ApprovalDeps & { log: Logger };

/** Teams gives up after five seconds. */
const ANSWER_WITHIN_MS = 4_000;

/**
 * Messages to an outgoing webhook of Teams. Every endpoint of the settings with that format has its own key; the one that
 * fits says which it is. Whoever signed properly is answered with words in the conversation, also when refused: Teams
 * shows people nothing of a status.
 */
export function teamsHookRoutes(deps: TeamsDeps) {
  const app = new Hono<AppEnv>();
  app.post('/hooks/teams', async (c) => {
    const { settings } = await deps.settings.current(deps.orm);
    const endpoints = settings.endpoints.filter((e) => e.direction === 'in' && e.format === 'teams-outgoing');
    const keys = await activeKeys(deps.orm, deps.secrets, endpoints);
    const raw = new Uint8Array(await c.req.arrayBuffer());
    const verified = verifyTeams(c.req.header('authorization'), raw, keys, deps.clock.now());
    if (verified === undefined)
      throw new Problem(
        'unauthenticated',
        'bad-signature',
        'The signature of the Teams message is missing, wrong or older than five minutes.',
      );
    if (verified === 'unreadable') {
      await recordRefusedHook(deps, { endpoint: 'teams', reason: 'malformed' });
      return c.json(message('This message has no sender that can be read.'));
    }
    c.set('correlationId', readCommand(verified.activity.text)?.requestId);
    return c.json(message(await withinTime(answer(deps, verified, keys))));
  });
  return app;
}

/** Plain text: Teams must not read markup in it. */
const message = (text: string) => ({ type: 'message', textFormat: 'plain', text });

async function answer(
  deps: TeamsDeps,
  verified: VerifiedActivity,
  keys: readonly ActiveKey[],
): Promise<string> {
  const { activity, bodyDigest } = verified;
  const key = verified.key as ActiveKey;
  const command = readCommand(activity.text);
  if (!command || unstorable(command)) return HELP;
  const nonce = `teams:${key.endpoint.name}:${activity.id}:${bodyDigest}`;
  try {
    const decision = await onlyOnce(deps.orm, nonce, deps.clock.now(), async () =>
      decideSigned(
        deps,
        key,
        keys,
        { provider: 'teams', tenant: activity.channelData.tenant.id, user: activity.from.aadObjectId },
        {
          requestId: command.requestId,
          decision: command.decision,
          planDigest: await wholeDigest(deps, command),
          comment: command.comment,
          via: 'teams',
        },
      ),
    );
    const did = decision.decision === 'approve' ? 'approved' : 'denied';
    return plain(`${decision.decidedBy} ${did} ${decision.requestId} at ${decision.decidedAt}.`);
  } catch (error) {
    if (error instanceof Problem) {
      if (!isRecorded(error)) await recordRefusedHook(deps, { endpoint: 'teams', reason: error.code });
      return plain(error.detail);
    }
    const { requestId: correlationId } = command;
    deps.log.error({ err: error, correlationId }, 'a message from Teams could not be answered');
    return 'Something broke here and nothing was decided. Try again, or decide on the page of the request.';
  }
}

/**
 * The digest that the first digits stand for. Digits of no such plan stay what they are, and are refused as another plan
 * once it is clear that the person may see the request at all.
 */
async function wholeDigest(deps: ApprovalDeps, { requestId, digest }: TeamsCommand): Promise<string> {
  const [row] = await deps.orm
    .select({ planDigest: accountRequests.planDigest })
    .from(accountRequests)
    .where(eq(accountRequests.id, requestId));
  const given = `sha256:${digest}`;
  return row?.planDigest.startsWith(given) ? row.planDigest : given;
}

/** The work goes on when the time is up; what it comes to is on the page. */
function withinTime(work: Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => resolve('This takes longer than usual. The page of the request says what came of it.'),
      ANSWER_WITHIN_MS,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

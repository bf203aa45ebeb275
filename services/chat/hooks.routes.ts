import { createRoute, z } from '@hono/zod-openapi';
import { eq } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import type { Orm } from '../../db/client.ts';
import { accountRequests, webhookNonces } from '../../db/schema/index.ts';
import type { Principal } from '../access/principal.ts';
import { type ApprovalDeps, decide } from '../approvals/approvals.pg.ts';
import { router } from '../http/env.ts';
import { fieldErrors } from '../http/problem.ts';
import { conflict, json, refusals } from '../http/schemas.ts';
import { invalid, notFound, Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import { standingOf } from '../people/people.pg.ts';

/** The endpoint of the local chat room. Slack and Teams get their own. */
export const LOCAL_CHAT = 'local-chat';

/** Whom the local chat room's clicks stand for: the example approver. */
export const EXAMPLE_APPROVER = 'approver@example.com';

export const ChatClick = z.strictObject({
  requestId: z.string().max(80),
  decision: z.enum(['approve', 'deny']),
  planDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  person: z.string().min(1).max(256),
  comment: z.string().max(1_000).optional(),
});
export type ChatClick = z.infer<typeof ChatClick>;

export type HookDeps = ApprovalDeps & { orm: Orm };

export const chatKey = (deps: Pick<ApprovalDeps, 'secrets'>): string =>
  Buffer.from(deps.secrets.key(`webhook:${LOCAL_CHAT}`)).toString('base64');

/** Signs a click the way Standard Webhooks does; used by whoever plays the chat. */
export function signClick(key: string, id: string, at: Date, body: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign(id, at, body),
  };
}

/** Decisions from chat: no cookies, no tokens; the signature over the raw bytes is the only proof. */
export function hookRoutes(deps: HookDeps) {
  const app = router();
  app.openapi(chatHook, async (c) => {
    if (c.req.param('endpoint') !== LOCAL_CHAT) throw notFound('webhook endpoint');
    const raw = await c.req.text();
    const parsed = ChatClick.safeParse(verified(chatKey(deps), c.req.header(), raw));
    if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues as never));
    const bad = unstorable(parsed.data);
    if (bad) throw invalid([bad]);
    // Only now: a forged callback must not be able to fill the table or to use up a real one's id.
    await refuseReplay(deps, c.req.header('webhook-id') ?? '');
    const { person, ...command } = parsed.data;
    c.set('correlationId', command.requestId);
    const decision = await decideOnce(deps, person, command, c.req.header('webhook-id') ?? '');
    return c.json(
      { requestId: decision.requestId, decision: decision.decision, decidedAt: decision.decidedAt },
      200,
    );
  });
  return app;
}

/**
 * The library bounds the timestamp on both sides to five minutes, compares in constant time, and parses what it has
 * verified. @returns the body as JSON
 */
function verified(key: string, headers: Record<string, string>, raw: string): unknown {
  try {
    return new Webhook(key).verify(raw, headers);
  } catch (cause) {
    if (cause instanceof SyntaxError)
      throw new Problem('malformed', 'malformed', 'The body is not valid JSON.');
    throw new Problem(
      'unauthenticated',
      'bad-signature',
      'The webhook signature is missing, wrong or older than five minutes.',
      { cause },
    );
  }
}

async function decideOnce(deps: HookDeps, person: string, command: Omit<ChatClick, 'person'>, nonce: string) {
  try {
    return await decide(deps, await personInChat(deps.orm, person, command.requestId), {
      ...command,
      via: 'chat',
    });
  } catch (error) {
    // A failure of ours must not use up the click: its sender may try again.
    if (!(error instanceof Problem))
      await deps.orm.delete(webhookNonces).where(eq(webhookNonces.nonce, nonce));
    throw error;
  }
}

async function refuseReplay(deps: HookDeps, nonce: string): Promise<void> {
  const fresh = await deps.orm
    .insert(webhookNonces)
    .values({ nonce, seenAt: deps.clock.now() })
    .onConflictDoNothing()
    .returning();
  if (fresh.length === 0) throw new Problem('conflict', 'replayed', 'This callback was received before.');
}

/** The local room has one approver, who is in every team; a real chat maps its user to a person and that person's teams. */
async function personInChat(orm: Orm, person: string, requestId: string): Promise<Principal> {
  const [request] = await orm
    .select({ team: accountRequests.team })
    .from(accountRequests)
    .where(eq(accountRequests.id, requestId));
  if (person !== EXAMPLE_APPROVER) {
    throw new Problem(
      'forbidden',
      'unknown-person',
      'This chat user is not mapped to a person who may approve.',
    );
  }
  const teams = (await standingOf(orm, person))?.teams ?? [];
  return {
    subject: person,
    teams: [...new Set([...teams, ...(request ? [request.team] : [])])],
    roles: ['approver'],
  };
}

const chatHook = createRoute({
  method: 'post',
  path: '/hooks/webhooks/{endpoint}',
  summary: 'A signed decision from chat (Standard Webhooks)',
  tags: ['chat'],
  request: {
    params: z.object({ endpoint: z.string() }),
    headers: z.looseObject({
      'webhook-id': z.string().optional(),
      'webhook-timestamp': z.string().optional(),
      'webhook-signature': z.string().optional(),
    }),
  },
  responses: {
    200: json('Decided', z.object({ requestId: z.string(), decision: z.string(), decidedAt: z.string() })),
    ...refusals,
    ...conflict,
  },
});

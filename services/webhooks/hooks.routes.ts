import { Hono } from 'hono';
import { z } from 'zod';
import type { ApprovalDeps } from '../approvals/approvals.pg.ts';
import { LOCAL_CHAT } from '../chat/hooks.routes.ts';
import type { AppEnv } from '../http/env.ts';
import { fieldErrors } from '../http/problem.ts';
import { invalid, notFound, Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import { decideSigned } from './decide-signed.pg.ts';
import { type ActiveKey, activeKeys } from './keys.pg.ts';
import { onlyOnce } from './nonces.pg.ts';
import { utf8, verifyStandard } from './standard.ts';

/** What an endpoint of a generic webhook may say. */
const SignedDecision = z.strictObject({
  requestId: z.string().min(1).max(80),
  decision: z.enum(['approve', 'deny']),
  planDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** The person as this endpoint names them; the settings say who that is. */
  person: z.string().min(1).max(256),
  comment: z.string().max(1_000).optional(),
});

/**
 * Decisions by Standard Webhooks: no cookies, no tokens, only the signature over the raw bytes. In local mode the room of
 * the local chat has its callback under the same path and is left to it.
 */
export function webhookHookRoutes(deps: ApprovalDeps, localChat: boolean) {
  const app = new Hono<AppEnv>();
  app.post('/hooks/webhooks/:endpoint', async (c, next) => {
    const name = c.req.param('endpoint');
    if (name === LOCAL_CHAT && localChat) return next();
    const { settings } = await deps.settings.current(deps.orm);
    const endpoint = settings.endpoints.find((e) => e.name === name);
    if (endpoint?.direction !== 'in' || endpoint.format !== 'standard' || name === LOCAL_CHAT)
      throw notFound('webhook endpoint');
    const keys = await activeKeys(deps.orm, deps.secrets, [endpoint]);
    const raw = new Uint8Array(await c.req.arrayBuffer());
    const headers = c.req.header();
    const key = verifyStandard({ headers, raw }, keys, deps.clock.now()) as ActiveKey | undefined;
    if (!key) throw badSignature();
    const { person, ...command } = read(raw);
    c.set('correlationId', command.requestId);
    const decision = await onlyOnce(deps.orm, `in:${name}:${headers['webhook-id']}`, deps.clock.now(), () =>
      decideSigned(
        deps,
        key,
        keys,
        { provider: 'webhook', endpoint: name, user: person },
        { ...command, via: 'webhook' },
      ),
    );
    const { requestId, decidedAt } = decision;
    return c.json({ requestId, decision: decision.decision, decidedAt }, 200);
  });
  return app;
}

function read(raw: Uint8Array): z.infer<typeof SignedDecision> {
  let body: unknown;
  try {
    body = JSON.parse(utf8(raw) ?? '');
  } catch {
    throw new Problem('malformed', 'malformed', 'The body is not valid JSON.');
  }
  const parsed = SignedDecision.safeParse(body);
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues as never));
  const bad = unstorable(parsed.data);
  if (bad) throw invalid([bad]);
  return parsed.data;
}

const badSignature = () =>
  new Problem(
    'unauthenticated',
    'bad-signature',
    'The webhook signature is missing, wrong or older than five minutes.',
  );

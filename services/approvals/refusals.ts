import type { Context, MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import { LOCAL_CHAT } from '../chat/hooks.routes.ts';
import type { AppEnv } from '../http/env.ts';
import { Problem } from '../kernel/errors.ts';
import type { ApprovalDeps } from './approvals.pg.ts';
import { isRecorded, recordRefusal, recordRefusedHook } from './attempts.pg.ts';

type Deps = Pick<ApprovalDeps, 'orm' | 'clock' | 'settings'> & { log: Logger };

/**
 * Whatever refused a call that the table names an attempt, be it the token's role, the form, the body or the route, is in
 * the audit, unless who refused it has seen to that already. Of signed callbacks there is nobody to name, so they are
 * counted. Goes around everything else.
 */
export function recordRefusals(deps: Deps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next();
    const { error } = c;
    if (error === undefined || isRecorded(error)) return;
    // Refused it is, whether or not it could be recorded.
    await record(deps, c, error instanceof Problem ? error.code : 'internal').catch((err: unknown) => {
      const correlationId = requestIn(c.req.path);
      const about = correlationId === undefined ? {} : { correlationId };
      deps.log.error({ err, ...about }, 'a refused call could not be recorded');
    });
  };
}

/** The request that a path names. */
const requestIn = (path: string): string | undefined =>
  /^\/(?:v1\/account-requests|approvals)\/([\w.-]{1,80})(?:\/|$)/.exec(path)?.[1];

async function record(deps: Deps, c: Context<AppEnv>, reason: string): Promise<void> {
  const policy = c.get('policy');
  if (policy?.who === 'signature') {
    const endpoint = await endpointOf(deps, c.req.path);
    return recordRefusedHook(deps, { endpoint, reason });
  }
  const who = c.get('caller');
  // Who calls too often must not fill the ledger besides.
  if (!policy?.attempt || who === undefined || reason === 'rate-limited') return;
  if (c.req.query('dryRun') === 'true') return;
  const via = policy.who === 'session' ? 'dashboard' : 'api';
  const requestId = requestIn(c.req.path);
  const attempt = { act: policy.attempt, who, via, requestId };
  await recordRefusal(deps, attempt, reason);
}

/** One that is configured; a caller cannot make up others. */
async function endpointOf({ orm, settings: store }: Deps, path: string): Promise<string> {
  const [, kind, name] = /^\/hooks\/(slack|teams|webhooks)(?:\/([^/]*))?$/.exec(path) ?? [];
  if (kind === 'slack' || kind === 'teams') return kind;
  const { settings } = await store.current(orm);
  const known =
    name === LOCAL_CHAT || settings.endpoints.some((e) => e.direction === 'in' && e.name === name);
  return known && name !== undefined ? name : 'unknown';
}

import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Logger } from 'pino';
import { readTraceparent } from '../telemetry/trace-ids.ts';
import type { Tracing } from '../telemetry/tracing.port.ts';
import type { AppEnv } from './env.ts';

/**
 * Calls that make or move a request are spans of its trace. Reads are not: a page that is looked at for days would drown
 * what happened. Who follows a request in the log begins here too.
 * @param now milliseconds since 1970
 */
export const trace =
  (tracing: Tracing, log: Logger, now: () => number): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    if (['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)) return next();
    const startMs = now();
    await tracing.during([c], next);
    const made = madeRequest(c);
    const correlationId = made ?? c.req.param('requestId') ?? c.get('correlationId');
    if (correlationId === undefined) return;
    const route = matchedRoutes(c).find((one) => one.method !== 'ALL')?.path ?? 'none';
    const { status } = c.res;
    log.debug({ correlationId, method: c.req.method, route, status }, 'call answered');
    tracing.ended({
      name: `${c.req.method} ${route}`,
      kind: 'server',
      correlationId,
      ...(made === undefined ? { under: 'request' } : { is: 'request' }),
      startMs,
      endMs: now(),
      during: c,
      attributes: {
        'http.request.method': c.req.method,
        'http.route': route,
        'http.response.status_code': status,
      },
      causedBy: readTraceparent(c.req.header('traceparent')),
      ...(status >= 500 ? { error: `answered ${status}` } : {}),
    });
  };

/** The id of the request that this call has made: it is where the answer says to look. */
function madeRequest(c: Context): string | undefined {
  if (c.res.status !== 202 || c.req.param('requestId') !== undefined) return undefined;
  const [, id] = /\/v1\/account-requests\/([\w-]+)$/.exec(c.res.headers.get('location') ?? '') ?? [];
  return id;
}

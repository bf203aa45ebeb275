import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { HttpMetrics } from '../telemetry/http-metrics.ts';
import type { AppEnv } from './env.ts';

/**
 * Counts answers and how long they took. Runs first, so that refusals count too. @param now milliseconds that only go
 * forward
 */
export const measure =
  (metrics: HttpMetrics, now: () => number): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const since = now();
    await next();
    const route = matchedRoutes(c).find((one) => one.method !== 'ALL')?.path;
    metrics.answered({
      method: c.req.method,
      route,
      status: c.res.status,
      seconds: (now() - since) / 1_000,
    });
  };

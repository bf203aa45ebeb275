import { createRoute, z } from '@hono/zod-openapi';
import { router } from '../http/env.ts';
import { refusals } from '../http/schemas.ts';
import type { InboxMetrics } from './metrics.ts';

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Counters of this process, for Prometheus',
  description: 'Text of the Prometheus exposition format. They begin at 0 with every start.',
  tags: ['ledger'],
  security: [{ bearer: [] }],
  responses: {
    200: {
      description: 'The counters',
      content: { 'text/plain': { schema: z.string() } },
    },
    ...refusals,
  },
});

export function metricsRoutes({ metrics: counters }: { metrics: InboxMetrics }) {
  const app = router();
  app.openapi(metrics, (c) =>
    c.text(counters.expose(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
  return app;
}

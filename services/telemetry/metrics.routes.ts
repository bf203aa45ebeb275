import { createRoute, z } from '@hono/zod-openapi';
import { router } from '../http/env.ts';
import { refusals } from '../http/schemas.ts';
import { CONTENT_TYPE } from './exposition.ts';
import { exposeMetrics, type MetricsDeps } from './metrics.ts';

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'How this process and the installation stand, for Prometheus',
  description:
    'Text of the Prometheus exposition format. Counters are of this process and begin at 0 with every start; gauges ' +
    'about requests, accounts, readings, outbox and webhooks are of the whole installation. The token of ' +
    'JETWAY_METRICS_TOKEN reads this and nothing else.',
  tags: ['ledger'],
  security: [{ bearer: [] }],
  responses: {
    200: {
      description: 'The metrics',
      content: { 'text/plain': { schema: z.string() } },
    },
    ...refusals,
  },
});

export function metricsRoutes(deps: MetricsDeps) {
  const app = router();
  app.openapi(metrics, async (c) => c.text(await exposeMetrics(deps), 200, { 'content-type': CONTENT_TYPE }));
  return app;
}

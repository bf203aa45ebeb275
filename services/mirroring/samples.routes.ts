import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import { router } from '../http/env.ts';
import { json, Page, refusals } from '../http/schemas.ts';
import type { Clock } from '../kernel/context.ts';
import { keepSamples, newestSamples } from './samples.pg.ts';
import { HeardCopies, MirrorSample } from './samples.schema.ts';

const tell = createRoute({
  method: 'post',
  path: '/v1/traffic-mirroring/samples',
  summary: 'Copies that a sink at the hub has heard, for the dashboard',
  description:
    'Of `jetway mirror listen --tell`. Ends and lengths of packets, nothing of what they carried. The newest 100 of all sinks are kept, ' +
    'for a day at most; they are no facts and come into no ledger.',
  tags: ['traffic mirroring'],
  security: [{ bearer: [] }],
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: HeardCopies.openapi('HeardCopies') } },
    },
  },
  responses: { 201: json('How many were taken', z.object({ taken: z.number().int() })), ...refusals },
});

const list = createRoute({
  method: 'get',
  path: '/v1/traffic-mirroring/samples',
  summary: 'The newest copies that sinks have heard, with the sessions that they may be of',
  description:
    'A VNI that AWS picked is unique in its account only, and a profile may name one for all of its sessions: of several ' +
    'sessions with it the first are named and all of them counted. None: the session is over, or it is not of Jetway.',
  tags: ['traffic mirroring'],
  security: [{ bearer: [] }],
  request: { query: z.strictObject({}) },
  responses: { 200: json('The newest first', Page(MirrorSample)), ...refusals },
});

/** What arrives at the hub, as sinks tell it. Operators and auditors read it: it is of every account. */
export function sampleRoutes({ orm, clock }: { orm: Orm; clock: Clock }) {
  const app = router();
  app.openapi(tell, async (c) => {
    const { items } = c.req.valid('json');
    await keepSamples(orm, c.get('who').subject, items, clock.now());
    return c.json({ taken: items.length }, 201);
  });
  app.openapi(list, async (c) =>
    c.json({ items: await newestSamples(orm, clock.now()), nextCursor: null }, 200),
  );
  return app;
}

import { createRoute, z } from '@hono/zod-openapi';
import { router } from '../http/env.ts';
import { json, refusals } from '../http/schemas.ts';

export type BlueprintCatalogue = readonly {
  name: string;
  title: string;
  version: string;
  components: { name: string; version: string; mode: 'deploy' | 'verify' }[];
  /** Parameters that hold when a request says nothing. */
  defaults: Record<string, unknown>;
}[];

const listBlueprints = createRoute({
  method: 'get',
  path: '/v1/blueprints',
  summary: 'What an account can be made of',
  tags: ['catalogue'],
  security: [{ bearer: [] }],
  responses: {
    200: json(
      'Blueprints',
      z.object({
        items: z.array(
          z.object({
            name: z.string(),
            title: z.string(),
            version: z.string(),
            components: z.array(
              z.object({ name: z.string(), version: z.string(), mode: z.enum(['deploy', 'verify']) }),
            ),
            defaults: z.record(z.string(), z.any()),
          }),
        ),
        nextCursor: z.null(),
      }),
    ),
    ...refusals,
  },
});

export function blueprintRoutes(blueprints: BlueprintCatalogue) {
  const app = router();
  app.openapi(listBlueprints, (c) =>
    c.json({ items: blueprints.map((b) => ({ ...b })), nextCursor: null }, 200),
  );
  return app;
}

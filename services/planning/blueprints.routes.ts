import { createRoute, z } from '@hono/zod-openapi';
import { router } from '../http/env.ts';
import { json, refusals } from '../http/schemas.ts';
import { notFound } from '../kernel/errors.ts';
import { BlueprintBody } from './blueprint.schema.ts';

const listBlueprints = createRoute({
  method: 'get',
  path: '/v1/blueprints',
  summary: 'What an account can be made of, with the parameters that a request may give',
  tags: ['catalogue'],
  security: [{ bearer: [] }],
  responses: {
    200: json('Blueprints', z.object({ items: z.array(BlueprintBody), nextCursor: z.null() })),
    ...refusals,
  },
});

const getBlueprint = createRoute({
  method: 'get',
  path: '/v1/blueprints/{name}',
  summary: 'One blueprint',
  tags: ['catalogue'],
  security: [{ bearer: [] }],
  request: { params: z.strictObject({ name: z.string().max(64) }) },
  responses: { 200: json('The blueprint', BlueprintBody), ...refusals },
});

export function blueprintRoutes(blueprints: readonly BlueprintBody[]) {
  const app = router();
  app.openapi(listBlueprints, (c) => c.json({ items: [...blueprints], nextCursor: null }, 200));
  app.openapi(getBlueprint, (c) => {
    const { name } = c.req.valid('param');
    const found = blueprints.find((one) => one.name === name);
    if (!found) throw notFound('blueprint');
    return c.json(found, 200);
  });
  return app;
}

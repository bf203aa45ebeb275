import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import { router } from '../http/env.ts';
import { json, refusals } from '../http/schemas.ts';
import { controlTargets } from '../ledger/queries.pg.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import type { Catalogue } from './catalogue.ts';

const GuardrailBody = z
  .object({
    id: z.string(),
    title: z.string(),
    guidance: z.enum(['mandatory', 'strongly-recommended', 'elective']),
    behavior: z.enum(['preventive', 'detective', 'proactive']),
    implementation: z.string(),
    enabledOn: z.array(z.object({ target: z.string(), status: z.string() })),
  })
  .openapi('Guardrail');

const listGuardrails = createRoute({
  method: 'get',
  path: '/v1/guardrails',
  summary: 'The control catalogue, and where each control is enabled',
  tags: ['catalogue'],
  security: [{ bearer: [] }],
  request: {
    query: z.strictObject({
      guidance: z.enum(['mandatory', 'strongly-recommended', 'elective']).optional(),
      behavior: z.enum(['preventive', 'detective', 'proactive']).optional(),
    }),
  },
  responses: {
    200: json('Guardrails', z.object({ items: z.array(GuardrailBody), nextCursor: z.null() })),
    ...refusals,
  },
});

export function guardrailRoutes(deps: { orm: Orm; catalogue: Catalogue }) {
  const app = router();
  app.openapi(listGuardrails, async (c) => {
    const { guidance, behavior } = c.req.valid('query');
    const [snapshot, accounts] = await Promise.all([
      newestSnapshot(deps.orm),
      controlTargets(deps.orm, c.get('who')),
    ]);
    const onUnits = new Map<string, { target: string; status: string }[]>();
    for (const unit of snapshot?.units ?? []) {
      for (const control of unit.controls) {
        onUnits.set(control.id, [
          ...(onUnits.get(control.id) ?? []),
          { target: unit.id, status: control.status },
        ]);
      }
    }
    const items = deps.catalogue.controls
      .filter(
        (g) =>
          (guidance === undefined || g.guidance === guidance) &&
          (behavior === undefined || g.behavior === behavior),
      )
      .map((g) => ({
        id: g.id,
        title: g.title,
        guidance: g.guidance,
        behavior: g.behavior,
        implementation: g.implementation.type,
        enabledOn: [...(onUnits.get(g.id) ?? []), ...(accounts.get(g.id) ?? [])],
      }));
    return c.json({ items, nextCursor: null }, 200);
  });
  return app;
}

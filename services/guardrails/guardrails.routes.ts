import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import type { Principal } from '../access/principal.ts';
import { router } from '../http/env.ts';
import { json, Page, refusals } from '../http/schemas.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import { controlTargets } from '../ledger/queries.pg.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import { type Catalogue, ImplementationType } from './catalogue.ts';
import { filterControls, guardrailDetail, guardrailView } from './guardrail-view.ts';

const GuardrailBody = z
  .object({
    id: z.string(),
    title: z.string(),
    guidance: z.enum(['mandatory', 'strongly-recommended', 'elective']),
    behavior: z.enum(['preventive', 'detective', 'proactive']),
    implementation: z.string(),
    attachableTo: z.array(z.enum(['account', 'organizational-unit'])),
    apiManageable: z.boolean(),
    cloudFormationHook: z.boolean(),
    parameters: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        required: z.boolean(),
        default: z.string().optional(),
        allowed: z.array(z.string()).optional(),
      }),
    ),
    enabledOn: z.array(z.object({ target: z.string(), status: z.string() })),
  })
  .openapi('Guardrail');

const GuardrailDetailBody = GuardrailBody.extend({
  statements: z.array(z.record(z.string(), z.any())).optional(),
  configRule: z.record(z.string(), z.any()).optional(),
  attributes: z.array(z.record(z.string(), z.any())).optional(),
}).openapi('GuardrailDetail');

const listGuardrails = createRoute({
  method: 'get',
  path: '/v1/guardrails',
  summary: 'The control catalogue, and where each control is enabled',
  tags: ['catalogue'],
  security: [{ bearer: [] }],
  request: {
    query: z.strictObject({
      // The whole catalogue is one page unless somebody wants less.
      limit: z.coerce.number().int().min(1).max(500).default(500),
      cursor: z.string().max(128).optional(),
      guidance: z.enum(['mandatory', 'strongly-recommended', 'elective']).optional(),
      behavior: z.enum(['preventive', 'detective', 'proactive']).optional(),
      implementation: ImplementationType.optional(),
      q: z.string().max(100).optional(),
      enabledOn: z.string().max(80).optional(),
    }),
  },
  responses: { 200: json('Guardrails', Page(GuardrailBody)), ...refusals },
});

const getGuardrail = createRoute({
  method: 'get',
  path: '/v1/guardrails/{id}',
  summary: 'One control, with its statements or its Config rule',
  tags: ['catalogue'],
  security: [{ bearer: [] }],
  request: { params: z.strictObject({ id: z.string().max(100) }) },
  responses: { 200: json('The control', GuardrailDetailBody), ...refusals },
});

export function guardrailRoutes(deps: { orm: Orm; catalogue: Catalogue }) {
  const app = router();
  app.openapi(listGuardrails, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query');
    const enabledOn = await readEnabled(deps.orm, c.get('who'));
    const found = filterControls(deps.catalogue, filter, enabledOn);
    const from = cursor === undefined ? 0 : found.findIndex(({ id }) => id === cursor) + 1;
    if (cursor !== undefined && from === 0) {
      throw new Problem('invalid', 'cursor', 'The cursor is not one of this list.', {
        errors: [{ pointer: '/cursor', message: 'is not a cursor of this list' }],
      });
    }
    const page = found.slice(from, from + limit);
    const items = page.map((control) => guardrailView(control, enabledOn(control.id)));
    const nextCursor = from + limit < found.length ? (page.at(-1)?.id ?? null) : null;
    return c.json({ items, nextCursor } as never, 200);
  });
  app.openapi(getGuardrail, async (c) => {
    const control = deps.catalogue.byId.get(c.req.valid('param').id);
    if (!control) throw notFound('guardrail');
    const enabledOn = await readEnabled(deps.orm, c.get('who'));
    return c.json(guardrailDetail(control, enabledOn(control.id)) as never, 200);
  });
  return app;
}

/** Units first, as the newest snapshot has them, then the accounts that the caller may see. */
async function readEnabled(orm: Orm, who: Principal) {
  const [snapshot, accounts] = await Promise.all([newestSnapshot(orm), controlTargets(orm, who)]);
  const onUnits = new Map<string, { target: string; status: string }[]>();
  for (const unit of snapshot?.units ?? []) {
    for (const { id, status } of unit.controls) {
      onUnits.set(id, [...(onUnits.get(id) ?? []), { target: unit.id, status }]);
    }
  }
  return (id: string) => [...(onUnits.get(id) ?? []), ...(accounts.get(id) ?? [])];
}

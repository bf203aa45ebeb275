import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import { mayChangeUnit } from '../access/principal.ts';
import { router } from '../http/env.ts';
import { json, RequestBody, refusals } from '../http/schemas.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import { idempotencyKey } from '../requests/idempotency.ts';
import { requestAnswer } from '../requests/request-answer.ts';
import { getRequest } from '../requests/requests.pg.ts';
import { submit } from '../requests/submit.pg.ts';
import { type UnitChangePlanner, unitChangeIntake } from './intake.ts';
import { UnitChangeBody } from './unit-change.schema.ts';

export type UnitChangeRouteDeps = { orm: Orm; clock: Clock; ids: Ids; planUnitChange: UnitChangePlanner };

const changeUnit = createRoute({
  method: 'post',
  path: '/v1/organizational-units/{id}/changes',
  summary:
    'Enable and disable controls on an organizational unit: planned, approved, executed like any request',
  tags: ['guardrails'],
  security: [{ bearer: [] }],
  request: {
    params: z.object({ id: z.string().max(80) }),
    headers: z.looseObject({ 'idempotency-key': z.string().max(255).optional() }),
    body: {
      required: true,
      content: { 'application/json': { schema: UnitChangeBody.openapi('OrganizationalUnitChange') } },
    },
  },
  responses: { 202: json('Accepted; follow it under /v1/account-requests', RequestBody), ...refusals },
});

export function unitChangeRoutes(deps: UnitChangeRouteDeps) {
  const app = router();
  app.openapi(changeUnit, async (c) => {
    const who = c.get('who');
    if (!mayChangeUnit(who)) {
      throw new Problem(
        'forbidden',
        'not-an-operator',
        'Changing the controls of an organizational unit needs the role operator.',
      );
    }
    const key = idempotencyKey(c.req.header('idempotency-key'), deps.ids);
    const change = { organizationalUnitId: c.req.valid('param').id, ...c.req.valid('json') };
    const intake = unitChangeIntake(deps.planUnitChange, change);
    const { requestId, replayed } = await submit(deps, who, intake, key);
    c.header('Location', `/v1/account-requests/${requestId}`);
    if (replayed) c.header('Idempotent-Replayed', 'true');
    return c.json(requestAnswer(await getRequest(deps.orm, who, requestId)), 202);
  });
  return app;
}

import { createRoute, z } from '@hono/zod-openapi';
import { router } from '../http/env.ts';
import { conflict, json, refusals } from '../http/schemas.ts';
import { Problem } from '../kernel/errors.ts';
import { AccountChangeBody, AccountChangePreview } from './account-change.schema.ts';
import { type AccountChangeDeps, planAccountChange } from './account-changes.pg.ts';

const changeAccount = createRoute({
  method: 'post',
  path: '/v1/accounts/{accountId}/changes',
  summary: 'What an upgrade of the blueprint or other guardrails would change',
  description:
    'With `?dryRun=true` the change is planned and answered in words. This version does not carry changes out.',
  tags: ['accounts'],
  security: [{ bearer: [] }],
  request: {
    params: z.object({ accountId: z.string().regex(/^\d{12}$/, 'is not an account id (12 digits)') }),
    query: z.strictObject({ dryRun: z.enum(['true', 'false']).optional() }),
    body: { required: true, content: { 'application/json': { schema: AccountChangeBody } } },
  },
  responses: { 200: json('The change, planned', AccountChangePreview), ...conflict, ...refusals },
});

export function accountChangeRoutes(deps: AccountChangeDeps) {
  const app = router();
  app.openapi(changeAccount, async (c) => {
    const { accountId } = c.req.valid('param');
    // Planned in any case: what is wrong with the change is said before what is missing here.
    const plan = await planAccountChange(deps, c.get('who'), accountId, c.req.valid('json'));
    if (c.req.valid('query').dryRun !== 'true')
      throw new Problem(
        'invalid',
        'dry-run-only',
        'The change can be planned, but this version does not carry changes of accounts out. Ask with ?dryRun=true for what it would do.',
      );
    return c.json(plan, 200);
  });
  return app;
}

import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import { mayActFor, type Principal } from '../access/principal.ts';
import { router } from '../http/env.ts';
import { conflict, json, RequestBody, refusals } from '../http/schemas.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import { type AccountRow, getAccount } from '../ledger/queries.pg.ts';
import { idempotencyKey } from '../requests/idempotency.ts';
import { requestAnswer } from '../requests/request-answer.ts';
import { getRequest } from '../requests/requests.pg.ts';
import { submit } from '../requests/submit.pg.ts';
import { AccountChangeBody, AccountChangePreview } from './account-change.schema.ts';
import { accountChangeIntake } from './intake.ts';
import type { AccountChangePlanner } from './planner.pg.ts';

export type AccountChangeRouteDeps = {
  orm: Orm;
  clock: Clock;
  ids: Ids;
  planAccountChange: AccountChangePlanner;
};

const changeAccount = createRoute({
  method: 'post',
  path: '/v1/accounts/{accountId}/changes',
  summary: 'Upgrade the blueprint or change the guardrails: planned, approved, executed like any request',
  description:
    'With `?dryRun=true` the change is only planned and answered in words. An account has one open change at a time; one that stopped half-way is resumed, or given up by cancelling it.',
  tags: ['accounts'],
  security: [{ bearer: [] }],
  request: {
    params: z.object({ accountId: z.string().regex(/^\d{12}$/, 'is not an account id (12 digits)') }),
    query: z.strictObject({ dryRun: z.enum(['true', 'false']).optional() }),
    headers: z.looseObject({ 'idempotency-key': z.string().max(255).optional() }),
    body: {
      required: true,
      content: { 'application/json': { schema: AccountChangeBody.openapi('AccountChange') } },
    },
  },
  responses: {
    200: json('Dry run: the change in words, nothing written', AccountChangePreview),
    202: json('Accepted; follow it under /v1/account-requests', RequestBody),
    ...conflict,
    ...refusals,
  },
});

export function accountChangeRoutes(deps: AccountChangeRouteDeps) {
  const app = router();
  app.openapi(changeAccount, async (c) => {
    const who = c.get('who');
    const account = await getAccount(deps.orm, who, c.req.valid('param').accountId);
    refuseStranger(who, account);
    const { accountId, team } = account;
    const change = c.req.valid('json');
    if (c.req.valid('query').dryRun === 'true')
      return c.json((await deps.planAccountChange('dry-run', account, change)).preview, 200);
    const key = idempotencyKey(c.req.header('idempotency-key'), deps.ids);
    const intake = accountChangeIntake(
      async (requestId) => (await deps.planAccountChange(requestId, account, change)).plan,
      team ?? '',
      { ...change, accountId },
    );
    const { requestId, replayed } = await submit(deps, who, intake, key);
    c.header('Location', `/v1/account-requests/${requestId}`);
    if (replayed) c.header('Idempotent-Replayed', 'true');
    return c.json(requestAnswer(await getRequest(deps.orm, who, requestId)), 202);
  });
  return app;
}

/** @throws Problem forbidden for who works for another team */
export function refuseStranger(who: Principal, { team }: AccountRow): void {
  if (mayActFor(who, team ?? '')) return;
  throw new Problem(
    'forbidden',
    'not-your-team',
    'Changes are asked for by the account’s team and by operators.',
  );
}

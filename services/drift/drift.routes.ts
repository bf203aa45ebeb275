import { createRoute, z } from '@hono/zod-openapi';
import { type Orm, transact } from '../../db/client.ts';
import { mayReconcile, mayRequestFor } from '../access/principal.ts';
import { router } from '../http/env.ts';
import { conflict, json, refusals } from '../http/schemas.ts';
import type { Clock } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import { getAccount } from '../ledger/queries.pg.ts';
import { requestCheck } from './schedule.pg.ts';

const checkNow = createRoute({
  method: 'post',
  path: '/v1/accounts/{accountId}/drift-checks',
  summary: 'Look now whether the account still has what was planned',
  description:
    'One look at a time: while one is under way, the answer is that one. What it finds is in the compliance of the account.',
  tags: ['compliance'],
  security: [{ bearer: [] }],
  request: {
    params: z.object({ accountId: z.string().regex(/^\d{12}$/, 'is not an account id (12 digits)') }),
  },
  responses: { 202: json('Under way', z.object({ checkId: z.string() })), ...conflict, ...refusals },
});

export function driftRoutes({ orm, clock }: { orm: Orm; clock: Clock }) {
  const app = router();
  app.openapi(checkNow, async (c) => {
    const who = c.get('who');
    const account = await getAccount(orm, who, c.req.valid('param').accountId);
    if (!mayReconcile(who) && !mayRequestFor(who, account.team ?? ''))
      throw new Problem(
        'forbidden',
        'not-your-team',
        'Checks are asked for by the account’s team and by operators.',
      );
    const checkId = await transact(orm, (tx) => requestCheck(tx, account.accountId, clock.now()));
    if (checkId === undefined)
      throw new Problem(
        'conflict',
        'not-active',
        `The account is ${account.status}: only an active account that was vended here has a plan to be compared with.`,
      );
    return c.json({ checkId }, 202);
  });
  return app;
}

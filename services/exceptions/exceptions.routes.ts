import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import { mayActFor, type Principal } from '../access/principal.ts';
import { router } from '../http/env.ts';
import { conflict, json, ListQueryShape, Page, RequestBody, refusals } from '../http/schemas.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import { getAccount } from '../ledger/queries.pg.ts';
import { idempotencyKey } from '../requests/idempotency.ts';
import { requestAnswer } from '../requests/request-answer.ts';
import { getRequest } from '../requests/requests.pg.ts';
import { submit } from '../requests/submit.pg.ts';
import { revokeException } from './end.pg.ts';
import {
  ControlExceptionPlan,
  EXCEPTION_STATES,
  ExceptionAnswer,
  ExceptionBody,
  ExceptionRevocation,
} from './exception.schema.ts';
import { exceptionIntake } from './intake.ts';
import { getException, listExceptions } from './list.pg.ts';
import type { ExceptionPlanner } from './planner.pg.ts';

export type ExceptionRouteDeps = { orm: Orm; clock: Clock; ids: Ids; planException: ExceptionPlanner };

export function exceptionRoutes(deps: ExceptionRouteDeps) {
  const { orm, clock, ids } = deps;
  const app = router();

  app.openapi(askForException, async (c) => {
    const who = c.get('who');
    const account = await getAccount(orm, who, c.req.valid('param').accountId);
    refuseStranger(who, account.team);
    const body = c.req.valid('json');
    const plan = (requestId: string) => deps.planException(requestId, account, body, who.subject);
    if (c.req.valid('query').dryRun === 'true') return c.json(await plan(`dry-run-${ids.uuid()}`), 200);
    const key = idempotencyKey(c.req.header('idempotency-key'), ids);
    const { accountId, team } = account;
    const intake = exceptionIntake(plan, team ?? '', { ...body, accountId });
    const { requestId, replayed } = await submit(deps, who, intake, key);
    c.header('Location', `/v1/account-requests/${requestId}`);
    if (replayed) c.header('Idempotent-Replayed', 'true');
    return c.json(requestAnswer(await getRequest(orm, who, requestId)), 202);
  });

  app.openapi(readOfAccount, async (c) => {
    const who = c.get('who');
    const { accountId } = await getAccount(orm, who, c.req.valid('param').accountId);
    return c.json(await listExceptions(orm, who, { ...c.req.valid('query'), accountId }, clock.now()), 200);
  });

  app.openapi(readAll, async (c) =>
    c.json(await listExceptions(orm, c.get('who'), c.req.valid('query'), clock.now()), 200),
  );

  app.openapi(revoke, async (c) => {
    const who = c.get('who');
    const { accountId, exceptionId: requestId } = c.req.valid('param');
    const at = { accountId, requestId };
    refuseStranger(who, (await getException(orm, who, at, clock.now())).team);
    await revokeException(deps, { ...at, by: who.subject, reason: c.req.valid('json').reason });
    return c.json(await getException(orm, who, at, clock.now()), 200);
  });
  return app;
}

/** @throws Problem forbidden for who works for another team */
export function refuseStranger(who: Principal, team: string | null): void {
  if (mayActFor(who, team ?? '')) return;
  throw new Problem(
    'forbidden',
    'not-your-team',
    'Exceptions are asked for and revoked by the account’s team and by operators.',
  );
}

const AccountId = z.object({ accountId: z.string().regex(/^\d{12}$/, 'is not an account id (12 digits)') });
const security = [{ bearer: [] }];
const tags = ['exceptions'];
const filters = {
  ...ListQueryShape,
  state: z.enum(EXCEPTION_STATES).optional(),
  control: z.string().max(128).optional(),
};

const askForException = createRoute({
  method: 'post',
  path: '/v1/accounts/{accountId}/exceptions',
  summary: 'Ask that violations of a control may stand for a while: planned and approved like a change',
  description:
    'For detective controls that are not mandatory. A violation that is excepted stays NON_COMPLIANT and says so; it is counted apart and nobody is alerted. With `?dryRun=true` it is only planned. The end comes by itself; a renewal is another request and takes the place of the one before.',
  tags,
  security,
  request: {
    params: AccountId,
    query: z.strictObject({ dryRun: z.enum(['true', 'false']).optional() }),
    headers: z.looseObject({ 'idempotency-key': z.string().max(255).optional() }),
    body: {
      required: true,
      content: { 'application/json': { schema: ExceptionBody.openapi('ExceptionRequest') } },
    },
  },
  responses: {
    200: json('Dry run: the plan, nothing written', ControlExceptionPlan.openapi('ExceptionPlan')),
    202: json('Accepted; follow it under /v1/account-requests', RequestBody),
    ...conflict,
    ...refusals,
  },
});

const readOfAccount = createRoute({
  method: 'get',
  path: '/v1/accounts/{accountId}/exceptions',
  summary: 'Exceptions of the account, newest first',
  tags,
  security,
  request: { params: AccountId, query: z.strictObject(filters) },
  responses: { 200: json('A page of exceptions', Page(ExceptionAnswer)), ...refusals },
});

const readAll = createRoute({
  method: 'get',
  path: '/v1/exceptions',
  summary: 'Exceptions of your teams’ accounts, newest first',
  tags,
  security,
  request: { query: z.strictObject({ ...filters, team: z.string().max(63).optional() }) },
  responses: { 200: json('A page of exceptions', Page(ExceptionAnswer)), ...refusals },
});

const revoke = createRoute({
  method: 'post',
  path: '/v1/accounts/{accountId}/exceptions/{exceptionId}/revocation',
  summary: 'End an exception before its time; nobody has to agree',
  tags,
  security,
  request: {
    params: AccountId.extend({ exceptionId: z.string().max(80) }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: ExceptionRevocation.openapi('ExceptionRevocation'),
        },
      },
    },
  },
  responses: { 200: json('Over', ExceptionAnswer), ...conflict, ...refusals },
});

import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import { mayRequestFor, type Principal } from '../access/principal.ts';
import { AccountChangePlan } from '../account-changes/account-change.schema.ts';
import { type ApprovalDeps, decide, readerOf } from '../approvals/approvals.pg.ts';
import { cancel } from '../approvals/cancel.pg.ts';
import { asApprover } from '../approvals/places.pg.ts';
import { ControlExceptionPlan } from '../exceptions/exception.schema.ts';
import { router } from '../http/env.ts';
import {
  conflict,
  json,
  ListQueryShape,
  Page,
  RequestBody,
  refusals,
  TimelineBody,
} from '../http/schemas.ts';
import type { Ids } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import type { Bell } from '../ledger/bell.ts';
import { timelineItem } from '../ledger/timeline.ts';
import { UnitChangePlan } from '../organizational-units/unit-change.schema.ts';
import { AccountPlan } from '../planning/plan.schema.ts';
import { SettingsChangePlan } from '../settings/settings-change.schema.ts';
import { eventStream } from './event-stream.routes.ts';
import { idempotencyKey } from './idempotency.ts';
import { accountIntake, type Planner } from './intake.ts';
import { AccountRequest } from './request.schema.ts';
import { requestAnswer, wholePlan } from './request-answer.ts';
import { getRequest, getRequestBrief, listRequests, requestTimeline } from './requests.pg.ts';
import { resume } from './resume.pg.ts';
import { submit } from './submit.pg.ts';

export type RequestRouteDeps = ApprovalDeps & { orm: Orm; ids: Ids; plan: Planner; bell: Bell };

const RequestId = z.object({ requestId: z.string().max(80) });

export function requestRoutes(deps: RequestRouteDeps) {
  const app = router();

  app.openapi(createRequest, async (c) => {
    const who = c.get('who');
    const body = c.req.valid('json');
    refuseForeignTeam(who, body.team);
    if (c.req.valid('query').dryRun === 'true') {
      return c.json(await deps.plan(`dry-run-${deps.ids.uuid()}`, body, { under: c.get('mayStill') }), 200);
    }
    const key = idempotencyKey(c.req.header('idempotency-key'), deps.ids);
    const intake = accountIntake(deps.plan, body, c.get('mayStill'));
    const { requestId, replayed, row } = await submit(deps, who, intake, key);
    const answer = requestAnswer(row ?? (await getRequest(deps.orm, who, requestId)));
    c.header('Location', `/v1/account-requests/${requestId}`);
    if (replayed) c.header('Idempotent-Replayed', 'true');
    return c.json(answer, 202);
  });

  app.openapi(readRequests, async (c) => {
    const who = await asApprover(deps, c.get('who'));
    const { rows, nextCursor } = await listRequests(deps.orm, who, c.req.valid('query'));
    return c.json({ items: rows.map(requestAnswer), nextCursor }, 200);
  });

  /** As one's own teams see it, or as somebody who is asked to approve it. */
  const read = async (who: Principal, requestId: string) =>
    getRequest(deps.orm, await readerOf(deps, who, requestId), requestId);
  const readBrief = async (who: Principal, requestId: string) =>
    getRequestBrief(deps.orm, await readerOf(deps, who, requestId), requestId);

  app.openapi(readRequest, async (c) =>
    c.json(requestAnswer(await readBrief(c.get('who'), c.req.valid('param').requestId)), 200),
  );

  app.openapi(readPlan, async (c) =>
    c.json(wholePlan(await read(c.get('who'), c.req.valid('param').requestId)) as AccountPlan, 200),
  );

  app.openapi(readTimeline, async (c) => {
    const { requestId } = c.req.valid('param');
    const reader = await readerOf(deps, c.get('who'), requestId);
    const { facts } = await requestTimeline(deps.orm, reader, requestId);
    return c.json({ items: facts.map(timelineItem) }, 200);
  });

  app.openapi(decideRequest, async (c) => {
    const { requestId } = c.req.valid('param');
    await decide(deps, c.get('who'), { requestId, via: 'api', ...c.req.valid('json') });
    return c.json(requestAnswer(await read(c.get('who'), requestId)), 200);
  });

  app.openapi(cancelRequest, async (c) => {
    const { requestId } = c.req.valid('param');
    await cancel(deps, c.get('who'), requestId);
    return c.json(requestAnswer(await getRequest(deps.orm, c.get('who'), requestId)), 202);
  });

  app.openapi(resumeRequest, async (c) => {
    const { requestId } = c.req.valid('param');
    await resume(deps, c.get('who'), requestId);
    return c.json(requestAnswer(await getRequest(deps.orm, c.get('who'), requestId)), 202);
  });

  app.openapi(streamRequest, async (c) => {
    const { requestId } = c.req.valid('param');
    return eventStream(c, deps, await readerOf(deps, c.get('who'), requestId), requestId) as never;
  });
  return app;
}

function refuseForeignTeam(who: Principal, team: string): void {
  if (mayRequestFor(who, team)) return;
  throw new Problem(
    'forbidden',
    'not-your-team',
    `Asking for an account of the team ${team} needs the role requester or approver in it.`,
  );
}

const createRequest = createRoute({
  method: 'post',
  path: '/v1/account-requests',
  summary: 'Ask for an account, or only plan it with ?dryRun=true',
  tags: ['account requests'],
  security: [{ bearer: [] }],
  request: {
    query: z.strictObject({ dryRun: z.enum(['true', 'false']).optional() }),
    headers: z.looseObject({ 'idempotency-key': z.string().max(255).optional() }),
    body: {
      required: true,
      content: { 'application/json': { schema: AccountRequest.openapi('AccountRequest') } },
    },
  },
  responses: {
    200: json('Dry run: the plan, nothing written', AccountPlan.openapi('AccountPlan')),
    202: json('Accepted', RequestBody),
    ...refusals,
  },
});

const readRequests = createRoute({
  method: 'get',
  path: '/v1/account-requests',
  summary: 'Requests of your teams, and those of others that you are asked to approve, newest first',
  tags: ['account requests'],
  security: [{ bearer: [] }],
  request: {
    query: z.strictObject({
      ...ListQueryShape,
      status: z.string().optional(),
      team: z.string().optional(),
      /** Only requests under way of which nothing was heard since then: slow ones, or stuck. */
      quietSince: z.iso.datetime({ offset: true }).optional(),
    }),
  },
  responses: { 200: json('A page of requests', Page(RequestBody)), ...refusals },
});

const readRequest = createRoute({
  method: 'get',
  path: '/v1/account-requests/{requestId}',
  summary: 'One request',
  tags: ['account requests'],
  security: [{ bearer: [] }],
  request: { params: RequestId },
  responses: { 200: json('The request', RequestBody), ...refusals },
});

const readPlan = createRoute({
  method: 'get',
  path: '/v1/account-requests/{requestId}/plan',
  summary: 'The frozen plan',
  tags: ['account requests'],
  security: [{ bearer: [] }],
  request: { params: RequestId },
  responses: {
    200: json(
      'The plan, by the kind of the request',
      z.union([AccountPlan, UnitChangePlan, AccountChangePlan, SettingsChangePlan, ControlExceptionPlan]),
    ),
    ...refusals,
  },
});

const readTimeline = createRoute({
  method: 'get',
  path: '/v1/account-requests/{requestId}/timeline',
  summary: 'What happened, in order',
  tags: ['account requests'],
  security: [{ bearer: [] }],
  request: { params: RequestId },
  responses: { 200: json('Facts in ledger order', TimelineBody), ...refusals },
});

const streamRequest = createRoute({
  method: 'get',
  path: '/v1/account-requests/{requestId}/events',
  summary: 'Live: server-sent events `fact` and `request`',
  tags: ['account requests'],
  security: [{ bearer: [] }],
  request: { params: RequestId },
  responses: {
    200: { description: 'A stream', content: { 'text/event-stream': { schema: z.string() } } },
    ...refusals,
  },
});

const decideRequest = createRoute({
  method: 'post',
  path: '/v1/account-requests/{requestId}/decisions',
  summary: 'Approve or deny exactly this plan',
  tags: ['account requests'],
  security: [{ bearer: [] }],
  request: {
    params: RequestId,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({
              decision: z.enum(['approve', 'deny']),
              planDigest: z
                .string()
                .regex(/^sha256:[0-9a-f]{64}$/, 'is not a digest (sha256: and 64 hex digits)'),
              comment: z.string().max(1_000).optional(),
            })
            .openapi('Decision'),
        },
      },
    },
  },
  responses: { 200: json('Decided', RequestBody), ...refusals, ...conflict },
});

const cancelRequest = createRoute({
  method: 'post',
  path: '/v1/account-requests/{requestId}/cancel',
  summary: 'Take it back before anything is done; give up a change of an account that stopped half-way',
  tags: ['account requests'],
  security: [{ bearer: [] }],
  request: { params: RequestId },
  responses: { 202: json('Cancelled', RequestBody), ...refusals, ...conflict },
});

const resumeRequest = createRoute({
  method: 'post',
  path: '/v1/account-requests/{requestId}/resume',
  summary: 'Go on at the step that failed',
  tags: ['account requests'],
  security: [{ bearer: [] }],
  request: { params: RequestId },
  responses: { 202: json('Under way again', RequestBody), ...refusals, ...conflict },
});

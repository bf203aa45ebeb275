/** @jsxImportSource hono/jsx */
import type { Context } from 'hono';
import { Hono } from 'hono';
import {
  mayCancel,
  mayGiveUp,
  mayResume,
  maySeeRequest,
  type Principal,
  samePerson,
  seesAll,
} from '../access/principal.ts';
import type { Session } from '../access/sessions.pg.ts';
import { type ApprovalDeps, readerOf } from '../approvals/approvals.pg.ts';
import { cancel } from '../approvals/cancel.pg.ts';
import { asApprover } from '../approvals/places.pg.ts';
import { messageFrom } from '../chat/message-of.pg.ts';
import { csv } from '../dashboard/csv.ts';
import { FrozenPlanPage } from '../dashboard/frozen-plan.page.tsx';
import type { Frame } from '../dashboard/layout.page.tsx';
import { newsMark } from '../dashboard/news.ts';
import { csvAnswer, orNotFound } from '../dashboard/or-not-found.page.tsx';
import { filterValue } from '../dashboard/query.ts';
import { RequestPage } from '../dashboard/request.page.tsx';
import { requestTitle, waitsFor } from '../dashboard/request-words.ts';
import { ApprovalsPage, type RequestFilters, RequestsPage } from '../dashboard/requests.page.tsx';
import { unitName } from '../dashboard/units.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import type { AppEnv } from '../http/env.ts';
import { statusOf } from '../http/problem.ts';
import { Problem } from '../kernel/errors.ts';
import type { Bell } from '../ledger/bell.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import { unitNames } from '../reconciliation/unit-names.pg.ts';
import { eventStream } from './event-stream.routes.ts';
import { requestPulse } from './pulse.pg.ts';
import { requestList, waitingForApproval } from './request-list.pg.ts';
import { getRequest, type RequestRow, requestTimeline } from './requests.pg.ts';
import { resume } from './resume.pg.ts';
import { subjectOf } from './subject.ts';

export type RequestPageDeps = ApprovalDeps & {
  catalogue: Catalogue;
  bell: Bell;
  csrf: (session: Session) => string;
  local: boolean;
};

const PAGE = 50;
const MOST_EXPORTED = 10_000;

/** Requests as people see them: the list, one of them live, what waits for an approval, and the acts of its page. */
export function requestPageRoutes(deps: RequestPageDeps) {
  const { orm, clock } = deps;
  const app = new Hono<AppEnv>();
  const frameOf = (c: Context<AppEnv>): Frame => ({
    who: c.get('who'),
    csrf: deps.csrf(c.get('session')),
    local: deps.local,
    path: c.req.path,
  });

  app.get('/requests', async (c) => {
    const who = await asApprover(deps, c.get('who'));
    const filters = filtersOf(c);
    const [units, { items, nextCursor }, pulse] = await Promise.all([
      unitNames(orm),
      requestList(orm, who, { ...filters, limit: PAGE }),
      requestPulse(orm, who),
    ]);
    return c.html(
      <RequestsPage
        frame={frameOf(c)}
        filters={filters}
        requests={items}
        units={units}
        next={nextCursor}
        seen={newsMark(pulse)}
        nowMs={clock.now().getTime()}
      />,
    );
  });

  app.get('/requests.csv', async (c) => {
    const who = await asApprover(deps, c.get('who'));
    const [units, { items }] = await Promise.all([
      unitNames(orm),
      requestList(orm, who, { ...filtersOf(c), limit: MOST_EXPORTED }),
    ]);
    const rows = items.map((one) => [
      one.id,
      one.kind,
      requestTitle(one, units),
      one.team,
      unitName(units, one.unit),
      one.requestedBy,
      one.state.status,
      waitsFor(one),
      one.accountId,
      one.state.failure?.title,
      one.createdAt,
    ]);
    const names = [
      'id',
      'kind',
      'request',
      'team',
      'unit',
      'requestedBy',
      'status',
      'waitsFor',
      'accountId',
      'failure',
      'createdAt',
    ];
    return csvAnswer(c, 'requests.csv', csv(names, rows));
  });

  app.get('/approvals', async (c) => {
    const who = await asApprover(deps, c.get('who'));
    const [units, requests, pulse] = await Promise.all([
      unitNames(orm),
      waitingForApproval(orm, who, 200),
      requestPulse(orm, who),
    ]);
    const nowMs = clock.now().getTime();
    return c.html(
      <ApprovalsPage
        frame={frameOf(c)}
        all={seesAll(who)}
        requests={requests}
        units={units}
        seen={newsMark(pulse)}
        nowMs={nowMs}
      />,
    );
  });

  const page = async (c: Context<AppEnv>, requestId: string, problem?: Problem) => {
    const who = c.get('who');
    const reader = await readerOf(deps, who, requestId);
    const { row, facts } = await requestTimeline(orm, reader, requestId);
    const { request, state, queuePosition } = row;
    const view = (
      <RequestPage
        frame={frameOf(c)}
        request={{ ...request, createdAt: request.createdAt.toISOString() }}
        title={subjectOf(request).title}
        state={state}
        queuePosition={queuePosition}
        p50Seconds={p50Of(row)}
        message={messageFrom(row, deps.catalogue, facts)}
        facts={facts}
        may={mayDo(who, row)}
        problem={problem?.detail}
        nowMs={clock.now().getTime()}
      />
    );
    return c.html(view, (problem ? statusOf(problem) : 200) as 200);
  };

  const planned = async (c: Context<AppEnv>, requestId: string) =>
    getRequest(orm, await readerOf(deps, c.get('who'), requestId), requestId);

  app.get('/requests/:requestId', (c) => orNotFound(c, () => page(c, c.req.param('requestId'))));
  app.get('/requests/:requestId/plan', (c) =>
    orNotFound(c, async () => {
      const { request } = await planned(c, c.req.param('requestId'));
      return c.html(
        <FrozenPlanPage
          frame={frameOf(c)}
          requestId={request.id}
          title={subjectOf(request).title}
          digest={request.planDigest}
          plan={JSON.parse(request.planText)}
          bytes={Buffer.byteLength(request.planText)}
        />,
      );
    }),
  );
  app.get('/requests/:requestId/plan.json', (c) =>
    orNotFound(c, async () => {
      const { request } = await planned(c, c.req.param('requestId'));
      return c.body(request.planText, 200, {
        'content-type': 'application/json',
        'content-disposition': `attachment; filename="plan-${request.id}.json"`,
      });
    }),
  );
  app.get('/requests/:requestId/events', (c) =>
    orNotFound(c, async () => {
      const requestId = c.req.param('requestId');
      return eventStream(c, deps, await readerOf(deps, c.get('who'), requestId), requestId);
    }),
  );

  for (const [act, work] of [
    ['cancel', cancel],
    ['resume', resume],
  ] as const)
    app.post(`/requests/:requestId/${act}`, (c) =>
      orNotFound(c, async () => {
        const requestId = c.req.param('requestId') ?? '';
        try {
          await work(deps, c.get('who'), requestId);
          return c.redirect(`/requests/${encodeURIComponent(requestId)}`, 303);
        } catch (error) {
          if (error instanceof Problem && error.kind !== 'not-found') return page(c, requestId, error);
          throw error;
        }
      }),
    );
  return app;
}

const filtersOf = (c: Context<AppEnv>): RequestFilters =>
  Object.fromEntries(
    (['status', 'kind', 'team', 'q', 'cursor'] as const).flatMap((name) => {
      const value = filterValue(c.req.query(name), 300);
      return value === undefined ? [] : [[name, value]];
    }),
  );

const p50Of = ({ request }: RequestRow): number | null =>
  request.kind === 'account' ? (JSON.parse(request.planText) as AccountPlan).eta.p50Seconds : null;

/** Which buttons there are. Each act asks again, with what only it knows. */
function mayDo(who: Principal, { request, state }: RequestRow) {
  const { status } = state;
  const waits = status === 'PLANNED' || status === 'AWAITING_APPROVAL';
  const stopped = status === 'QUARANTINED';
  return {
    decide: waits && who.roles.includes('approver') && !samePerson(who.subject, request.requestedBy),
    cancel: (waits || status === 'QUEUED') && mayCancel(who, request),
    giveUp:
      stopped && request.kind === 'account-change' && maySeeRequest(who, request) && mayGiveUp(who, request),
    resume: stopped && mayResume(who),
  };
}

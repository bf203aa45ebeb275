/** @jsxImportSource hono/jsx */
import { Hono } from 'hono';
import type { AccountChangePlan } from '../account-changes/account-change.schema.ts';
import type { AppEnv } from '../http/env.ts';
import { notFound } from '../kernel/errors.ts';
import { accountComplianceAsOf } from '../ledger/account-as-of.pg.ts';
import { accountList } from '../ledger/account-list.pg.ts';
import { accountsAsOf } from '../ledger/as-of.pg.ts';
import { accountDossier, type Dossier } from '../ledger/dossier.pg.ts';
import { overview } from '../ledger/overview.pg.ts';
import { complianceSummary, complianceTrend } from '../ledger/summary.pg.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import { unitNames } from '../reconciliation/unit-names.pg.ts';
import { requestPulse } from '../requests/pulse.pg.ts';
import { requestList } from '../requests/request-list.pg.ts';
import { AccountPage } from './account.page.tsx';
import { type AccountFilters, AccountsPage } from './accounts.page.tsx';
import { ASSET_NAMES, asset } from './assets.node.ts';
import { csv } from './csv.ts';
import { type DashboardDeps, frameOf, queryOf } from './dashboard.ts';
import { HomePage } from './home.page.tsx';
import { OfflinePage } from './offline.page.tsx';
import { csvAnswer, orNotFound } from './or-not-found.page.tsx';
import { instant } from './query.ts';
import { unitName } from './units.ts';

const PAGE = 50;
/** Open requests on the front page. */
const SHOWN = 25;
const MOST_EXPORTED = 50_000;
const MONTH_MS = 30 * 86_400_000;
const UNREADABLE = 'Give a day and a time, as 2026-03-04T10:00; it is read as UTC.';

/** The front page, accounts, and what every page loads. Reads only. */
export function dashboardRoutes(deps: DashboardDeps) {
  const { orm, clock } = deps;
  const app = new Hono<AppEnv>();

  app.get('/', async (c) => {
    const who = await deps.asApprover(c.get('who'));
    const now = clock.now();
    const [units, summary, trend, told, open, pulse] = await Promise.all([
      unitNames(orm),
      complianceSummary(orm, who, deps.guidanceOf, { now }),
      complianceTrend(orm, who, new Date(now.getTime() - MONTH_MS), now),
      overview(orm, who, now),
      requestList(orm, who, { status: 'open', limit: SHOWN }),
      requestPulse(orm, who),
    ]);
    const frame = frameOf(deps, c);
    return c.html(
      <HomePage
        frame={frame}
        units={units}
        nowMs={now.getTime()}
        summary={summary}
        trend={trend}
        overview={told}
        open={open.items}
        pulse={pulse}
      />,
    );
  });

  const listed = async (c: Parameters<typeof queryOf>[0], limit: number) => {
    const who = c.get('who');
    const query = queryOf(c, ['q', 'status', 'ou', 'team', 'compliance', 'cursor']);
    const asOf = instant(c.req.query('asOf'), clock.now().getTime());
    if (asOf === undefined || asOf === 'unreadable')
      return { filters: query, asOf, ...(await accountList(orm, who, { ...query, limit }, clock.now())) };
    const { compliance: _, ...rest } = query;
    const { items, nextCursor } = await accountsAsOf(orm, who, { ...rest, limit }, { asOf: asOf.at });
    const accounts = items.map(({ organizationalUnitId, ...one }) => ({
      ...one,
      unit: organizationalUnitId,
      blueprint: null,
    }));
    return {
      filters: { ...query, asOf: asOf.text },
      asOf,
      items: accounts,
      total: undefined,
      nextCursor: nextCursor ?? undefined,
    };
  };

  app.get('/accounts', async (c) => {
    const [units, { filters, asOf, items, total, nextCursor }] = await Promise.all([
      unitNames(orm),
      listed(c, PAGE),
    ]);
    return c.html(
      <AccountsPage
        frame={frameOf(deps, c)}
        units={units}
        filters={filters as AccountFilters}
        accounts={items}
        total={total}
        next={nextCursor}
        problem={asOf === 'unreadable' ? UNREADABLE : undefined}
      />,
    );
  });

  app.get('/accounts.csv', async (c) => {
    const [units, { items }] = await Promise.all([unitNames(orm), listed(c, MOST_EXPORTED)]);
    const names = [
      'accountId',
      'name',
      'email',
      'unit',
      'unitId',
      'team',
      'status',
      'origin',
      'compliance',
      'violations',
      'createdAt',
    ];
    const rows = items.map((one) => [
      one.accountId,
      one.name,
      one.email,
      unitName(units, one.unit),
      one.unit,
      one.team,
      one.status,
      one.origin,
      'compliance' in one ? one.compliance : undefined,
      'violations' in one ? one.violations : undefined,
      one.createdAt,
    ]);
    return csvAnswer(c, 'accounts.csv', csv(names, rows));
  });

  app.get('/accounts/:accountId', (c) =>
    orNotFound(c, async () => {
      const [accountId, who, now] = [idOf(c.req.param('accountId')), c.get('who'), clock.now()];
      const asOf = instant(c.req.query('asOf'), now.getTime());
      const at = asOf === undefined || asOf === 'unreadable' ? { at: now, text: undefined } : asOf;
      const [units, dossier, compliance] = await Promise.all([
        unitNames(orm),
        accountDossier(orm, who, accountId),
        accountComplianceAsOf(orm, who, accountId, { asOf: at.at }),
      ]);
      return c.html(
        <AccountPage
          frame={frameOf(deps, c)}
          units={units}
          dossier={dossier}
          plan={planOf(dossier)}
          compliance={compliance}
          asOf={at.text}
          problem={asOf === 'unreadable' ? UNREADABLE : undefined}
          nowMs={now.getTime()}
        />,
      );
    }),
  );

  app.get('/accounts/:accountId/compliance.csv', (c) =>
    orNotFound(c, async () => {
      const accountId = idOf(c.req.param('accountId'));
      const now = clock.now();
      const asked = instant(c.req.query('asOf'), now.getTime());
      const at = asked === undefined || asked === 'unreadable' ? now : asked.at;
      const { items, asOf } = await accountComplianceAsOf(orm, c.get('who'), accountId, { asOf: at });
      const names = [
        'asOf',
        'accountId',
        'control',
        'kind',
        'status',
        'resourceType',
        'resourceId',
        'region',
        'resourceStatus',
        'evaluatedAt',
        'exception',
      ];
      const rows = items.flatMap(({ control, kind, status, resources }) =>
        (resources.length === 0 ? [undefined] : resources).map((found) => [
          ...[asOf, accountId, control, kind, status],
          ...[found?.resourceType, found?.resourceId, found?.region, found?.status, found?.evaluatedAt],
          found?.exception?.requestId,
        ]),
      );
      return csvAnswer(c, `compliance-${accountId}.csv`, csv(names, rows));
    }),
  );

  app.get('/offline', (c) => c.html(<OfflinePage />));

  app.get(`/assets/:asset{${ASSET_NAMES.map((name) => name.replaceAll('.', '\\.')).join('|')}}`, (c) => {
    const { content, type, version } = asset(c.req.param('asset'));
    // Pages name the version; without it, or with another, what is kept must be asked for again.
    const kept = c.req.query('v') === version ? 'public, max-age=31536000, immutable' : 'no-cache';
    return c.body(content, 200, {
      'content-type': type,
      'cache-control': kept,
      // It lies beside the others, and stands in for every page.
      ...(c.req.param('asset') === 'offline.js' ? { 'service-worker-allowed': '/' } : {}),
    });
  });
  return app;
}

/** @throws Problem not-found for what can be the id of no account */
function idOf(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw notFound('account');
}

function planOf({ plan }: Dossier): Omit<AccountPlan, 'digest'> | undefined {
  if (!plan) return undefined;
  if (plan.kind === 'account-change') return (JSON.parse(plan.text) as AccountChangePlan).target;
  return plan.kind === 'account' ? (JSON.parse(plan.text) as AccountPlan) : undefined;
}

/** @jsxImportSource hono/jsx */
import type { Context } from 'hono';
import { Hono } from 'hono';
import { mayReadSettings } from '../access/principal.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import { filterControls, guardrailDetail, guardrailView } from '../guardrails/guardrail-view.ts';
import { sceneOf } from '../guardrails/what-if.routes.ts';
import { WhatIf } from '../guardrails/what-if.schema.ts';
import { whatIf } from '../guardrails/what-if.ts';
import type { AppEnv } from '../http/env.ts';
import { fieldErrors } from '../http/problem.ts';
import { type FieldError, notFound, Problem } from '../kernel/errors.ts';
import type { CheckpointDeps } from '../ledger/checkpoints.pg.ts';
import { accountsWithControl, controlCounts } from '../ledger/control-counts.pg.ts';
import { INTERNAL_TYPES, OUTBOUND_TYPES } from '../ledger/fact.ts';
import { heatMap } from '../ledger/heat-map.pg.ts';
import { newestFacts } from '../ledger/newest-facts.pg.ts';
import { verifyFor } from '../ledger/verify-for.pg.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import { unitNames } from '../reconciliation/unit-names.pg.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { CompliancePage, type HeatFilters } from './compliance.page.tsx';
import { csv } from './csv.ts';
import { type DashboardDeps, frameOf, queryOf } from './dashboard.ts';
import { type GuardrailFilters, GuardrailPage, GuardrailsPage } from './guardrails.page.tsx';
import { LedgerPage } from './ledger.page.tsx';
import { csvAnswer, orNotFound } from './or-not-found.page.tsx';
import { SettingsPage } from './settings.page.tsx';
import { unitName } from './units.ts';
import { WhatIfPage, type WhatIfValues } from './what-if.page.tsx';

export type GovernanceDeps = DashboardDeps & {
  catalogue: Catalogue;
  custody: CheckpointDeps;
  settings: SettingsStore;
};

const CONTROLS_ON_A_PAGE = 100;
const FACTS_ON_A_PAGE = 50;
const MOST_ACCOUNTS = 100;
/** A column is a pixel wide then. */
const MAP_COLUMNS = 1_000;
/** What is drawn and sent within a moment. */
const MAP_CELLS = 15_000;
const MOST_EXPORTED = 10_000;

/** Compliance, guardrails, the ledger and settings. Reads only. */
export function governanceRoutes(deps: GovernanceDeps) {
  const { orm, catalogue } = deps;
  const app = new Hono<AppEnv>();

  const mapOf = (c: Context<AppEnv>, limit: number, cells?: number) => {
    const filters = queryOf(c, ['ou', 'team', 'worst']) as HeatFilters;
    const { worst, ...where } = filters;
    const query = { ...where, worst: worst !== undefined, limit, cells };
    const map = heatMap(orm, c.get('who'), query, deps.clock.now());
    return Promise.all([unitNames(orm), map, filters]);
  };

  app.get('/compliance', async (c) => {
    const [units, map, filters] = await mapOf(c, MAP_COLUMNS, MAP_CELLS);
    return c.html(<CompliancePage frame={frameOf(deps, c)} units={units} filters={filters} map={map} />);
  });

  app.get('/compliance.csv', async (c) => {
    const [units, { accounts, controls }] = await mapOf(c, MOST_EXPORTED);
    const words: Record<string, string> = { v: 'violated', e: 'excepted', u: 'unknown', c: 'compliant' };
    const rows = accounts.map(({ accountId, name, unit, violations }, n) => [
      ...[accountId, name, unitName(units, unit), violations],
      ...controls.map(({ cells }) => words[cells[n] ?? '-'] ?? ''),
    ]);
    const names = ['accountId', 'name', 'unit', 'violations', ...controls.map(({ control }) => control)];
    return csvAnswer(c, 'compliance.csv', csv(names, rows));
  });

  app.get('/guardrails', async (c) => {
    const filters = queryOf(c, ['q', 'guidance', 'behavior']) as GuardrailFilters;
    const page = Math.max(1, Math.trunc(Number(c.req.query('page') ?? 1)) || 1);
    const [snapshot, counts] = await Promise.all([newestSnapshot(orm), controlCounts(orm, c.get('who'))]);
    const enabledOn = (id: string) => onUnits(snapshot, id);
    const found = filterControls(catalogue, filters as never, enabledOn);
    // What accounts have comes first: it is what people look for.
    const weight = (id: string) => counts.get(id)?.accounts ?? 0;
    const sorted = [...found].sort((a, b) => weight(b.id) - weight(a.id));
    const from = (page - 1) * CONTROLS_ON_A_PAGE;
    const shown = sorted.slice(from, from + CONTROLS_ON_A_PAGE);
    return c.html(
      <GuardrailsPage
        frame={frameOf(deps, c)}
        filters={filters}
        controls={shown.map((control) => guardrailView(control, enabledOn(control.id)))}
        counts={counts}
        total={found.length}
        page={page}
        more={from + CONTROLS_ON_A_PAGE < found.length}
      />,
    );
  });

  app.get('/guardrails/what-if', (c) => whatIfPage(c, deps));

  app.get('/guardrails/:id', (c) =>
    orNotFound(c, async () => {
      const control = catalogue.byId.get(c.req.param('id'));
      if (!control) throw notFound('guardrail');
      const [snapshot, units, accounts] = await Promise.all([
        newestSnapshot(orm),
        unitNames(orm),
        accountsWithControl(orm, c.get('who'), control.id, MOST_ACCOUNTS),
      ]);
      const detail = guardrailDetail(control, onUnits(snapshot, control.id));
      return c.html(
        <GuardrailPage frame={frameOf(deps, c)} units={units} control={detail} accounts={accounts} />,
      );
    }),
  );

  app.get('/ledger', async (c) => {
    const who = c.get('who');
    const { type, before } = queryOf(c, ['type', 'before']);
    const place = /^\d{1,15}$/.test(before ?? '') ? Number(before) : undefined;
    const [facts, verified] = await Promise.all([
      newestFacts(orm, who, { type, before: place, limit: FACTS_ON_A_PAGE }),
      c.req.query('verify') === '1' ? verifyFor(orm, who, deps.custody) : undefined,
    ]);
    const shown = facts.slice(0, FACTS_ON_A_PAGE);
    return c.html(
      <LedgerPage
        frame={frameOf(deps, c)}
        facts={shown}
        types={[...OUTBOUND_TYPES, ...INTERNAL_TYPES].sort()}
        type={type}
        next={facts.length > shown.length ? shown.at(-1)?.seq : undefined}
        first={place === undefined}
        verified={verified}
      />,
    );
  });

  app.get('/settings', async (c) => {
    const current = await deps.settings.current(orm);
    return c.html(
      <SettingsPage frame={frameOf(deps, c)} current={current} whole={mayReadSettings(c.get('who'))} />,
    );
  });
  return app;
}

/** Units that have a control switched on, as the newest reading says. */
const onUnits = (snapshot: Awaited<ReturnType<typeof newestSnapshot>>, id: string) =>
  (snapshot?.units ?? []).flatMap((unit) =>
    unit.controls.filter((control) => control.id === id).map(({ status }) => ({ target: unit.id, status })),
  );

const list = (text: string | undefined): string[] =>
  (text ?? '').split(/[\s,]+/).filter((word) => word !== '');

const ANYBODY = 'arn:aws:iam::444455556666:role/engineer';

async function whatIfPage(c: Context<AppEnv>, deps: GovernanceDeps): Promise<Response> {
  const names = ['controls', 'ou', 'accountId', 'actions', 'resource', 'principal', 'region'] as const;
  const values = queryOf(c, names) as WhatIfValues;
  const units = await unitNames(deps.orm);
  const tried = Object.keys(values).some((name) => name !== 'controls')
    ? await tryIt(c, deps, values)
    : undefined;
  const errors = new Map((tried && 'errors' in tried ? tried.errors : []).map((error) => fieldOf(error)));
  const known = deps.catalogue.controls.filter(({ statements }) => statements !== undefined);
  return c.html(
    <WhatIfPage
      frame={frameOf(deps, c)}
      units={units}
      values={{ principal: ANYBODY, resource: '*', ...values }}
      errors={errors}
      controls={known.map(({ id, title }) => ({ id, title }))}
      answers={tried && 'answers' in tried ? tried.answers : undefined}
    />,
    (errors.size > 0 ? 422 : 200) as 200,
  );
}

async function tryIt(c: Context<AppEnv>, deps: GovernanceDeps, values: WhatIfValues) {
  const [controls, actions] = [list(values.controls), list(values.actions)];
  const call = {
    resource: values.resource ?? '*',
    principalArn: values.principal ?? ANYBODY,
    ...(values.region === undefined ? {} : { region: values.region }),
  };
  const read = WhatIf.safeParse({
    ...(controls.length === 0 ? {} : { guardrails: controls }),
    ...(values.ou === undefined ? {} : { organizationalUnitId: values.ou }),
    ...(values.accountId === undefined ? {} : { accountId: values.accountId }),
    requests: actions.map((action) => ({ action, ...call })),
  });
  if (!read.success) return { errors: fieldErrors(read.error.issues as never) };
  if (actions.length === 0)
    return { errors: [{ pointer: '/requests/0/action', message: 'name at least one' }] };
  try {
    const { items } = whatIf(await sceneOf(deps, c.get('who'), read.data), read.data);
    return { answers: actions.map((action, i) => ({ action, item: items[i]! })) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return {
      errors: error.extra.errors ?? [
        { pointer: error.kind === 'not-found' ? '/accountId' : '', message: error.detail },
      ],
    };
  }
}

/** The field of the form that a pointer into the body means, with the words. */
function fieldOf({ pointer, message }: FieldError): readonly [string, string] {
  const member = pointer.split('/').at(pointer.startsWith('/requests') ? 3 : 1) ?? '';
  const fields: Record<string, string> = {
    guardrails: 'controls',
    organizationalUnitId: 'ou',
    accountId: 'accountId',
    action: 'actions',
    resource: 'resource',
    principalArn: 'principal',
    region: 'region',
  };
  return [fields[member] ?? '', message.charAt(0).toUpperCase() + message.slice(1)];
}

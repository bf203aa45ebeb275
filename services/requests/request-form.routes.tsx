/** @jsxImportSource hono/jsx */
import type { Context } from 'hono';
import { Hono } from 'hono';
import type { Orm } from '../../db/client.ts';
import { mayRequestFor, type Principal } from '../access/principal.ts';
import type { Session } from '../access/sessions.pg.ts';
import { type Offered, RequestFormPage } from '../dashboard/request-form.page.tsx';
import { bodyOf, emptyForm, type FormValues, fieldErrorsOf, readForm } from '../dashboard/request-form.ts';
import { attachmentOf, type Catalogue } from '../guardrails/catalogue.ts';
import type { AppEnv } from '../http/env.ts';
import { fieldErrors, statusOf } from '../http/problem.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { type FieldError, Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import type { BlueprintBody } from '../planning/blueprint.schema.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import { isRequestable } from '../reconciliation/organization.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { accountIntake, type Planner } from './intake.ts';
import { AccountRequest } from './request.schema.ts';
import { submit } from './submit.pg.ts';

export type RequestFormDeps = {
  orm: Orm;
  clock: Clock;
  ids: Ids;
  plan: Planner;
  catalogue: Catalogue;
  blueprints: readonly BlueprintBody[];
  csrf: (session: Session) => string;
  local: boolean;
  settings: SettingsStore;
};

type Judged = { plan?: AccountPlan; errors: readonly FieldError[]; status?: number };

/** The form for an account: looked at, planned as somebody fills it in, sent. */
export function requestFormRoutes(deps: RequestFormDeps) {
  const app = new Hono<AppEnv>();

  const page = async (
    c: Context<AppEnv>,
    {
      values,
      key,
      judged = { errors: [] },
      silent = 'none',
    }: { values: FormValues; key: string; judged?: Judged; silent?: 'empty' | 'none' },
  ) => {
    const who = c.get('who');
    const frame = { who, csrf: deps.csrf(c.get('session')), local: deps.local, path: '/requests' };
    const errors = fieldErrorsOf(judged.errors, values, silent);
    const offered = await offeredTo(deps, who);
    return c.html(
      <RequestFormPage
        frame={frame}
        idempotencyKey={key}
        values={values}
        errors={errors}
        offered={offered}
        plan={judged.plan}
      />,
      (judged.status ?? 200) as 200,
    );
  };

  app.get('/requests/new', (c) => {
    const { subject, teams } = c.get('who');
    return page(c, { values: emptyForm(teams[0] ?? '', subject), key: deps.ids.uuid() });
  });

  app.post('/requests/new', async (c) => {
    const who = c.get('who');
    const sent = await c.req.parseBody({ all: true }).catch(() => ({}) as Record<string, unknown>);
    const values = readForm(sent);
    const intent = String(sent.intent ?? 'submit');
    const key = typeof sent.key === 'string' && /^[\w-]{8,64}$/.test(sent.key) ? sent.key : deps.ids.uuid();
    const parsed = parse(values);
    if ('errors' in parsed) {
      refuseForeign(who, values.team);
      const silent = intent === 'check' ? 'empty' : 'none';
      return page(c, {
        values,
        key,
        silent,
        judged: { errors: parsed.errors, status: intent === 'check' ? 200 : 422 },
      });
    }
    refuseForeign(who, parsed.body.team);
    try {
      if (intent !== 'submit') {
        const plan = await deps.plan(`dry-run-${deps.ids.uuid()}`, parsed.body);
        return page(c, { values, key, judged: { plan, errors: [] } });
      }
      const { requestId } = await submit(deps, who, accountIntake(deps.plan, parsed.body), key);
      return c.redirect(`/requests/${encodeURIComponent(requestId)}`, 303);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const errors = error.extra.errors ?? [{ pointer: '', message: error.detail }];
      return page(c, { values, key, judged: { errors, status: intent === 'check' ? 200 : statusOf(error) } });
    }
  });
  return app;
}

function parse(values: FormValues): { body: AccountRequest } | { errors: FieldError[] } {
  const read = AccountRequest.safeParse(bodyOf(values));
  if (!read.success) return { errors: fieldErrors(read.error.issues as never) };
  const bad = unstorable(read.data);
  return bad ? { errors: [bad] } : { body: read.data };
}

/** @throws Problem forbidden for a team that is not the person's; nothing said of a team yet is a field that is missing */
function refuseForeign(who: Principal, team: string): void {
  if (team === '' || mayRequestFor(who, team)) return;
  throw new Problem(
    'forbidden',
    'not-your-team',
    `Asking for an account of the team ${team} needs the role requester or approver in it.`,
  );
}

async function offeredTo(
  { orm, catalogue, blueprints, settings }: RequestFormDeps,
  who: Principal,
): Promise<Offered> {
  const snapshot = await newestSnapshot(orm);
  const closed = (await settings.current(orm)).settings.landingZone?.unitsWithoutAccounts;
  return {
    units: (snapshot?.units ?? [])
      .filter((unit) => snapshot && isRequestable(unit, snapshot, closed))
      .map(({ id, path }) => ({ value: id, label: path }))
      .sort((a, b) => (a.label < b.label ? -1 : 1)),
    teams: who.teams,
    blueprints: blueprints.map(({ name, title, description }) => ({ name, title, description })),
    controls: catalogue.controls
      .filter((one) => one.guidance !== 'mandatory' && attachmentOf(one) !== 'organizational-unit')
      .map(({ id, title, guidance, behavior }) => ({ id, title, guidance, behavior })),
  };
}

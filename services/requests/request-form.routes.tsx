/** @jsxImportSource hono/jsx */
import type { Context } from 'hono';
import { Hono } from 'hono';
import type { Orm } from '../../db/client.ts';
import { mayRequestFor, type Principal } from '../access/principal.ts';
import type { Session } from '../access/sessions.pg.ts';
import { frameOf } from '../dashboard/dashboard.ts';
import { errorsByField } from '../dashboard/form-errors.ts';
import { type Offered, RequestFormPage } from '../dashboard/request-form.page.tsx';
import { bodyOf, emptyForm, type FormValues, REQUEST_FIELDS, readForm } from '../dashboard/request-form.ts';
import { attachmentOf, type Catalogue } from '../guardrails/catalogue.ts';
import type { AppEnv } from '../http/env.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import type { BlueprintBody } from '../planning/blueprint.schema.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import { isRequestable } from '../reconciliation/organization.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { accountIntake, type Planner } from './intake.ts';
import { answerForm, formOf, type Judged, unsent } from './planned-form.routes.ts';
import { AccountRequest } from './request.schema.ts';

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

/** The form for an account: looked at, planned as somebody fills it in, sent. */
export function requestFormRoutes(deps: RequestFormDeps) {
  const app = new Hono<AppEnv>();

  const show = (c: Context<AppEnv>, values: FormValues) => async (judged: Judged<AccountPlan>) =>
    c.html(
      <RequestFormPage
        frame={{ ...frameOf(deps, c), path: '/requests' }}
        idempotencyKey={judged.key}
        values={values}
        errors={errorsByField(judged.errors, REQUEST_FIELDS, { values, checking: judged.checking })}
        checking={judged.checking}
        offered={await offeredTo(deps, c.get('who'))}
        plan={judged.plan}
      />,
      judged.status as 200,
    );

  app.get('/requests/new', (c) => {
    const { subject, teams } = c.get('who');
    return show(c, emptyForm(teams[0] ?? '', subject))(unsent(deps));
  });

  app.post('/requests/new', async (c) => {
    const sent = await formOf(c);
    const values = readForm(sent);
    refuseForeign(c.get('who'), values.team);
    return answerForm(c, deps, sent, {
      schema: AccountRequest,
      body: bodyOf(values),
      plan: (body) => deps.plan(`dry-run-${deps.ids.uuid()}`, body),
      intake: (body) => accountIntake(deps.plan, body),
      show: show(c, values),
    });
  });
  return app;
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

/** @jsxImportSource hono/jsx */
import { Hono } from 'hono';
import type { Orm } from '../../db/client.ts';
import type { Session } from '../access/sessions.pg.ts';
import { frameOf } from '../dashboard/dashboard.ts';
import { ExceptionPage, type ExceptionValues } from '../dashboard/exception-form.page.tsx';
import { errorsByField, textOf } from '../dashboard/form-errors.ts';
import { orNotFound } from '../dashboard/or-not-found.page.tsx';
import type { Catalogue } from '../guardrails/catalogue.ts';
import type { AppEnv } from '../http/env.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { notFound } from '../kernel/errors.ts';
import { accountComplianceAsOf } from '../ledger/account-as-of.pg.ts';
import { getAccount } from '../ledger/queries.pg.ts';
import { answerForm, formOf, type Judged, unsent } from '../requests/planned-form.routes.ts';
import { type ControlExceptionPlan, ExceptionBody } from './exception.schema.ts';
import { refuseStranger } from './exceptions.routes.ts';
import { exceptionIntake } from './intake.ts';
import { controlOf } from './own-controls.ts';
import type { ExceptionPlanner } from './planner.pg.ts';

export type ExceptionFormDeps = {
  orm: Orm;
  clock: Clock;
  ids: Ids;
  planException: ExceptionPlanner;
  catalogue: Catalogue;
  csrf: (session: Session) => string;
  local: boolean;
};

const FIELDS = {
  '/control': 'control',
  '/resource': 'resource',
  '/reason': 'reason',
  '/expiresAt': 'expires',
  '/owner': 'owner',
};

/** The form for an exception; the address may name the control and the resource. */
export function exceptionFormRoutes(deps: ExceptionFormDeps) {
  const app = new Hono<AppEnv>();

  app.on(['GET', 'POST'], '/accounts/:accountId/exception', (c) =>
    orNotFound(c, async () => {
      const who = c.get('who');
      const id = c.req.param('accountId') ?? '';
      if (!/^\d{12}$/.test(id)) throw notFound('account');
      const account = await getAccount(deps.orm, who, id);
      refuseStranger(who, account.team);
      const { accountId, name, team } = account;
      const { items } = await accountComplianceAsOf(deps.orm, who, accountId, { asOf: deps.clock.now() });
      const show = (values: ExceptionValues) => (judged: Judged<ControlExceptionPlan>) =>
        c.html(
          <ExceptionPage
            frame={{ ...frameOf(deps, c), path: '/accounts' }}
            account={{ accountId, name }}
            idempotencyKey={judged.key}
            values={values}
            checking={judged.checking}
            errors={errorsByField(judged.errors, FIELDS, { values, checking: judged.checking })}
            controls={exceptable(items, deps.catalogue)}
            plan={judged.plan}
          />,
          judged.status as 200,
        );
      if (c.req.method === 'GET') return show(readForm(c.req.query()))(unsent(deps));
      const sent = await formOf(c);
      const values = readForm(sent);
      const plan = (body: ExceptionBody) => (requestId: string) =>
        deps.planException(requestId, account, body, who.subject);
      return answerForm(c, deps, sent, {
        schema: ExceptionBody,
        body: bodyOf(values),
        plan: (body) => plan(body)(`dry-run-${deps.ids.uuid()}`),
        intake: (body) => exceptionIntake(plan(body), team ?? '', { ...body, accountId }),
        show: show(values),
      });
    }),
  );
  return app;
}

const readForm = (sent: Readonly<Record<string, unknown>>): ExceptionValues => ({
  control: textOf(sent, 'control'),
  resource: textOf(sent, 'resource'),
  reason: textOf(sent, 'reason'),
  expires: textOf(sent, 'expires'),
  owner: textOf(sent, 'owner'),
});

const bodyOf = ({ control, resource, reason, expires, owner }: ExceptionValues) => ({
  control,
  reason,
  expiresAt: `${expires}T23:59:59Z`,
  ...(resource === '' ? {} : { resource }),
  ...(owner === '' ? {} : { owner }),
});

type Items = Awaited<ReturnType<typeof accountComplianceAsOf>>['items'];

function exceptable(items: Items, catalogue: Catalogue) {
  const weight = (status: string) => (status === 'NON_COMPLIANT' ? 0 : 1);
  return [...items]
    .sort((a, b) => weight(a.status) - weight(b.status))
    .flatMap(({ control, status }) => {
      const known = controlOf(catalogue, control);
      if (known?.behavior !== 'detective' || known.guidance === 'mandatory') return [];
      const words = status === 'NON_COMPLIANT' ? ' (violated)' : '';
      return [{ value: control, label: `${known.title}${words}` }];
    });
}

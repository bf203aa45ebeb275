/** @jsxImportSource hono/jsx */
import { Hono } from 'hono';
import type { z } from 'zod';
import type { Orm } from '../../db/client.ts';
import type { Session } from '../access/sessions.pg.ts';
import { frameOf } from '../dashboard/dashboard.ts';
import { errorsByField, textOf, textsOf } from '../dashboard/form-errors.ts';
import { orNotFound } from '../dashboard/or-not-found.page.tsx';
import { UnitChangePage, type UnitChangeValues } from '../dashboard/unit-change.page.tsx';
import type { Catalogue, Control } from '../guardrails/catalogue.ts';
import type { AppEnv } from '../http/env.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { notFound } from '../kernel/errors.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import { answerForm, formOf, type Judged, unsent } from '../requests/planned-form.routes.ts';
import { unchangeable } from './choose-changes.ts';
import { type UnitChangePlanner, unitChangeIntake } from './intake.ts';
import { UnitChangeBody, type UnitChangePlan } from './unit-change.schema.ts';

export type UnitChangeFormDeps = {
  orm: Orm;
  clock: Clock;
  ids: Ids;
  planUnitChange: UnitChangePlanner;
  catalogue: Catalogue;
  csrf: (session: Session) => string;
  local: boolean;
};

const FIELDS = { '/enable': 'enable', '/disable': 'disable', '/reason': 'reason' };

/** The form for the controls of a unit; for operators. */
export function unitChangeFormRoutes(deps: UnitChangeFormDeps) {
  const app = new Hono<AppEnv>();

  app.on(['GET', 'POST'], '/units/:id/change', (c) =>
    orNotFound(c, async () => {
      const snapshot = await newestSnapshot(deps.orm);
      const unit = snapshot?.units.find(({ id }) => id === c.req.param('id'));
      if (!unit || unit.parentId === null) throw notFound('organizational unit');
      const enabled = new Set(unit.controls.map(({ id }) => id));
      const changeable = deps.catalogue.controls.filter((one) => unchangeable(one, 'enabled') === undefined);
      const show = (values: UnitChangeValues) => (judged: Judged<UnitChangePlan>) =>
        c.html(
          <UnitChangePage
            frame={{ ...frameOf(deps, c), path: '/guardrails' }}
            unit={{ id: unit.id, path: unit.path }}
            idempotencyKey={judged.key}
            values={values}
            checking={judged.checking}
            errors={errorsByField(judged.errors, FIELDS, { values, checking: judged.checking })}
            on={changeable.filter(({ id }) => enabled.has(id)).map(offered)}
            off={changeable.filter(({ id }) => !enabled.has(id)).map(offered)}
            plan={judged.plan}
          />,
          judged.status as 200,
        );
      if (c.req.method === 'GET') return show({ enable: [], disable: [], reason: '' })(unsent(deps));
      const sent = await formOf(c);
      const values = {
        enable: textsOf(sent, 'enable'),
        disable: textsOf(sent, 'disable'),
        reason: textOf(sent, 'reason'),
      };
      const whole = (body: z.infer<typeof UnitChangeBody>) => ({ organizationalUnitId: unit.id, ...body });
      return answerForm(c, deps, sent, {
        schema: UnitChangeBody,
        body: values,
        plan: (body) => deps.planUnitChange(`dry-run-${deps.ids.uuid()}`, whole(body)),
        intake: (body) => unitChangeIntake(deps.planUnitChange, whole(body)),
        show: show(values),
      });
    }),
  );
  return app;
}

const offered = ({ id, title, guidance, behavior }: Control) => ({ id, title, guidance, behavior });

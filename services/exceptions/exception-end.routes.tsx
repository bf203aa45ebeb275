/** @jsxImportSource hono/jsx */
import { Hono } from 'hono';
import type { Orm } from '../../db/client.ts';
import type { Session } from '../access/sessions.pg.ts';
import { frameOf } from '../dashboard/dashboard.ts';
import { ExceptionEndPage } from '../dashboard/exception-end.page.tsx';
import { errorsByField, textOf } from '../dashboard/form-errors.ts';
import { orNotFound } from '../dashboard/or-not-found.page.tsx';
import type { AppEnv } from '../http/env.ts';
import { fieldErrors, statusOf } from '../http/problem.ts';
import type { Clock } from '../kernel/context.ts';
import { type FieldError, Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import { formOf } from '../requests/planned-form.routes.ts';
import { revokeException } from './end.pg.ts';
import { ExceptionRevocation } from './exception.schema.ts';
import { refuseStranger } from './exceptions.routes.ts';
import { getException } from './list.pg.ts';

export type ExceptionEndDeps = {
  orm: Orm;
  clock: Clock;
  csrf: (session: Session) => string;
  local: boolean;
};

/** The button that ends an exception before its time, behind a page that asks once more. */
export function exceptionEndRoutes(deps: ExceptionEndDeps) {
  const { orm, clock } = deps;
  const app = new Hono<AppEnv>();

  app.on(['GET', 'POST'], '/accounts/:accountId/exceptions/:exceptionId/end', (c) =>
    orNotFound(c, async () => {
      const who = c.get('who');
      const at = {
        accountId: c.req.param('accountId') ?? '',
        requestId: c.req.param('exceptionId') ?? '',
      };
      refuseStranger(who, (await getException(orm, who, at, clock.now())).team);
      // Read again: what refused may be that it has ended meanwhile.
      const show = async (reason: string, errors: readonly FieldError[], status: number) =>
        c.html(
          <ExceptionEndPage
            frame={{ ...frameOf(deps, c), path: '/accounts' }}
            exception={await getException(orm, who, at, clock.now())}
            reason={reason}
            errors={errorsByField(errors, { '/reason': 'reason' }, { values: { reason }, checking: false })}
          />,
          status as 200,
        );
      if (c.req.method === 'GET') return show('', [], 200);
      const reason = textOf(await formOf(c), 'reason');
      const read = ExceptionRevocation.safeParse({ reason });
      if (!read.success) return show(reason, fieldErrors(read.error.issues as never), 422);
      const bad = unstorable(read.data);
      if (bad) return show(reason, [bad], 422);
      try {
        await revokeException(deps, { ...at, by: who.subject, reason: read.data.reason });
      } catch (error) {
        if (!(error instanceof Problem) || error.kind !== 'conflict') throw error;
        return show(reason, [{ pointer: '', message: error.detail }], statusOf(error));
      }
      return c.redirect(`/accounts/${at.accountId}#exceptions`, 303);
    }),
  );
  return app;
}

/** @jsxImportSource hono/jsx */
import { Hono } from 'hono';
import type { Orm } from '../../db/client.ts';
import type { Session } from '../access/sessions.pg.ts';
import { frameOf, queryOf } from '../dashboard/dashboard.ts';
import { DeliveriesPage } from '../dashboard/deliveries.page.tsx';
import { orNotFound } from '../dashboard/or-not-found.page.tsx';
import { address } from '../dashboard/query.ts';
import type { AppEnv } from '../http/env.ts';
import type { Clock } from '../kernel/context.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { redeliver } from './deliveries.pg.ts';
import { deliveryOverview } from './delivery-overview.pg.ts';
import { receiverIn } from './receiver.ts';

export type DeliveryPageDeps = {
  orm: Orm;
  clock: Clock;
  settings: SettingsStore;
  csrf: (session: Session) => string;
  local: boolean;
};

const STATUSES = ['pending', 'delivered', 'failed'];

/** What leaves for other systems, what could not, and the button that sends it again. */
export function deliveryPageRoutes(deps: DeliveryPageDeps) {
  const { orm } = deps;
  const app = new Hono<AppEnv>();

  app.get('/deliveries', async (c) => {
    const { status: wanted, again } = queryOf(c, ['status', 'again']);
    const status = STATUSES.find((one) => one === wanted);
    const overview = await deliveryOverview(orm, status);
    return c.html(<DeliveriesPage frame={frameOf(deps, c)} overview={overview} again={again} />);
  });

  app.post('/deliveries/:endpoint/:deliveryId/redeliver', (c) =>
    orNotFound(c, async () => {
      const { settings } = await deps.settings.current(orm);
      const { name } = receiverIn(settings, c.req.param('endpoint'));
      const { id } = await redeliver(
        orm,
        name,
        c.req.param('deliveryId'),
        c.get('who').subject,
        deps.clock.now(),
      );
      return c.redirect(address('/deliveries', { again: id }), 303);
    }),
  );
  return app;
}

/** @jsxImportSource hono/jsx */
import { Hono } from 'hono';
import type { Orm } from '../../db/client.ts';
import type { Session } from '../access/sessions.pg.ts';
import { frameOf } from '../dashboard/dashboard.ts';
import { MirrorHubPage } from '../dashboard/mirror-hub.page.tsx';
import type { AppEnv } from '../http/env.ts';
import type { Clock } from '../kernel/context.ts';
import type { MirrorHub } from './hub.ts';
import { regionsOf } from './regions.pg.ts';
import { newestSamples } from './samples.pg.ts';

export type MirrorHubPageDeps = {
  orm: Orm;
  clock: Clock;
  csrf: (session: Session) => string;
  local: boolean;
  hub: MirrorHub | null;
};

/** What arrives where copies go. Reads only. */
export function mirrorHubPageRoutes(deps: MirrorHubPageDeps) {
  const app = new Hono<AppEnv>();
  app.get('/mirror-hub', async (c) =>
    c.html(
      <MirrorHubPage
        frame={frameOf(deps, c)}
        hub={deps.hub}
        regions={await regionsOf(deps.orm, deps.hub)}
        samples={await newestSamples(deps.orm, deps.clock.now())}
      />,
    ),
  );
  return app;
}

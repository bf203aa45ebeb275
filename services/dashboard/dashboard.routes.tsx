/** @jsxImportSource hono/jsx */
import { Hono } from 'hono';
import type { Orm } from '../../db/client.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import type { Session } from '../access/sessions.pg.ts';
import type { AppEnv } from '../http/env.ts';
import { listAccounts } from '../ledger/queries.pg.ts';
import { complianceSummary } from '../ledger/summary.pg.ts';
import { listRequests } from '../requests/requests.pg.ts';
import { HomePage } from './home.page.tsx';
import { STYLE } from './layout.page.tsx';

export type DashboardDeps = {
  orm: Orm;
  local: boolean;
  /** With the places that the person may approve by. */
  asApprover: (who: Principal) => Promise<Principal>;
  guidanceOf: (control: string) => string;
  /** The token in the forms of a session. */
  csrf: (session: Session) => string;
};

/** Reads only. A first, plain page; it writes nothing. */
export function dashboardRoutes(deps: DashboardDeps) {
  const app = new Hono<AppEnv>();
  app.get('/', async (c) => {
    const who = await deps.asApprover(c.get('who'));
    const page = await readAs(deps.orm, who, async (reader) => ({
      summary: await complianceSummary(reader, who, deps.guidanceOf),
      accounts: (await listAccounts(reader, who, { limit: 50 })).items,
      requests: (await listRequests(reader, who, { limit: 20 })).rows,
    }));
    return c.html(<HomePage local={deps.local} who={who} csrf={deps.csrf(c.get('session'))} {...page} />);
  });
  app.get('/assets/jetway.css', (c) => c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' }));
  return app;
}

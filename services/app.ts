import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';
import type { Logger } from 'pino';
import type { Database } from '../db/client.ts';
import type { Principal } from './access/principal.ts';
import { policyGaps } from './access/route-policies.ts';
import { verifyLocalToken } from './access/token.ts';
import { accountChangeRoutes } from './account-changes/account-changes.routes.ts';
import type { AccountChangePlanner } from './account-changes/planner.pg.ts';
import type { DecisionSigner } from './approvals/signer.port.ts';
import { devRoutes, SESSION_COOKIE } from './chat/dev.routes.tsx';
import { hookRoutes } from './chat/hooks.routes.ts';
import { dashboardRoutes } from './dashboard/dashboard.routes.tsx';
import { driftRoutes } from './drift/drift.routes.ts';
import type { Catalogue } from './guardrails/catalogue.ts';
import { guardrailRoutes } from './guardrails/guardrails.routes.ts';
import { SIMULATE_PATH, whatIfRoutes } from './guardrails/what-if.routes.ts';
import { docsRoutes } from './http/docs.routes.tsx';
import { router } from './http/env.ts';
import { guard } from './http/guard.ts';
import { onError, onNotFound, problemResponse } from './http/problem.ts';
import type { Clock, Ids } from './kernel/context.ts';
import { Problem } from './kernel/errors.ts';
import type { Secrets } from './kernel/secrets.node.ts';
import type { Bell } from './ledger/bell.ts';
import { ledgerRoutes } from './ledger/ledger.routes.ts';
import type { UnitChangePlanner } from './organizational-units/intake.ts';
import { unitChangeRoutes } from './organizational-units/unit-changes.routes.ts';
import type { BlueprintBody } from './planning/blueprint.schema.ts';
import { blueprintRoutes } from './planning/blueprints.routes.ts';
import { newestFailure, newestSnapshot } from './reconciliation/reconciliation.pg.ts';
import { reconciliationRoutes } from './reconciliation/reconciliation.routes.ts';
import type { Planner } from './requests/intake.ts';
import { requestRoutes } from './requests/requests.routes.ts';
import type { SettingsChangePlanner } from './settings/intake.ts';
import type { SettingsStore } from './settings/settings.pg.ts';
import { settingsRoutes } from './settings/settings.routes.ts';
import type { SlackApp } from './slack/slack.port.ts';
import { slackRoutes } from './slack/slack.routes.ts';

export type AppDeps = {
  database: Database;
  clock: Clock;
  ids: Ids;
  secrets: Secrets;
  settings: SettingsStore;
  signer: DecisionSigner;
  log: Logger;
  bell: Bell;
  plan: Planner;
  planUnitChange: UnitChangePlanner;
  planAccountChange: AccountChangePlanner;
  planSettingsChange: SettingsChangePlanner;
  catalogue: Catalogue;
  blueprints: readonly BlueprintBody[];
  /** Null where this installation is not connected to Slack. */
  slack: SlackApp | null;
  newId: () => string;
  /** Local mode: the sign-in without passwords and the local chat. Null when AWS is real. */
  local: { peer: (c: Context) => string | undefined } | null;
};

const MAX_BODY_BYTES = 64 * 1024;
/** A batch of CloudTrail records: 5,000 of their usual 1.6 KB. Only who is signed in may send so much. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** The HTTP application: what is public first, then everything behind a bearer token. */
export function createApp(deps: AppDeps) {
  const { orm } = deps.database;
  const tokenKey = deps.secrets.key('local-tokens');
  const guidanceOf = (control: string) => deps.catalogue.byId.get(control)?.guidance ?? 'unknown';
  const app = router();
  app.onError(onError(deps.log));
  app.notFound(onNotFound);
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      strictTransportSecurity: 'max-age=31536000',
    }),
  );
  const verify = (token: string) => verifyLocalToken(tokenKey, token, deps.clock.now().getTime());
  const session = async (c: Context): Promise<Principal | undefined> => {
    const token = getCookie(c, SESSION_COOKIE);
    return token ? verify(token).catch(() => undefined) : undefined;
  };
  app.use(guard({ verify, session }));
  const [small, large] = [limitBody(MAX_BODY_BYTES, '64 KiB'), limitBody(MAX_BATCH_BYTES, '8 MiB')];
  app.use((c, next) => (c.req.path === SIMULATE_PATH ? large : small)(c, next));

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    const waiting = await notReady(deps.database);
    return waiting === undefined
      ? c.json({ status: 'ready' })
      : c.json({ status: 'waiting', waitingFor: waiting }, 503);
  });

  app.route('/', docsRoutes());
  const { clock, secrets, settings, signer } = deps;
  const approvals = { orm, clock, secrets, settings, signer };
  app.route('/', hookRoutes(approvals));
  app.route('/', slackRoutes({ ...approvals, log: deps.log, slack: deps.slack, newId: deps.newId }));
  app.route('/', dashboardRoutes({ orm, guidanceOf }));
  if (deps.local)
    app.route('/', devRoutes({ ...approvals, tokenKey, uuid: () => deps.ids.uuid() }, deps.local.peer));

  app.route('/', requestRoutes({ ...approvals, ids: deps.ids, plan: deps.plan, bell: deps.bell }));
  app.route('/', ledgerRoutes({ orm, guidanceOf }));
  app.route(
    '/',
    accountChangeRoutes({
      orm,
      clock: deps.clock,
      ids: deps.ids,
      planAccountChange: deps.planAccountChange,
    }),
  );
  app.route('/', driftRoutes({ orm, clock: deps.clock }));
  app.route('/', guardrailRoutes({ orm, catalogue: deps.catalogue }));
  app.route('/', whatIfRoutes({ orm, catalogue: deps.catalogue }));
  app.route('/', blueprintRoutes(deps.blueprints));
  app.route(
    '/',
    unitChangeRoutes({ orm, clock: deps.clock, ids: deps.ids, planUnitChange: deps.planUnitChange }),
  );
  app.route(
    '/',
    settingsRoutes({
      orm,
      clock: deps.clock,
      ids: deps.ids,
      settings,
      planSettingsChange: deps.planSettingsChange,
    }),
  );
  app.route('/', reconciliationRoutes({ orm, clock: deps.clock, ids: deps.ids, settings }));

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Jetway',
      version: '0.1.0',
      description: 'AWS account vending: request, approve, provision, govern, keep the ledger.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
    security: [],
  });
  const gaps = policyGaps(app.routes, deps.local ? 'local' : 'oidc');
  if (gaps.length > 0)
    throw new Error(`services/access/route-policies.ts does not fit the routes: ${gaps.join('; ')}`);
  return app;
}

const limitBody = (maxSize: number, words: string) =>
  bodyLimit({
    maxSize,
    onError: (c) =>
      problemResponse(c, new Problem('too-large', 'too-large', `The body is larger than ${words}.`)),
  });

/** What is missing before requests can be planned; undefined when ready. */
async function notReady(database: Database): Promise<string | undefined> {
  try {
    await database.ping();
  } catch {
    return 'the database';
  }
  if (await newestSnapshot(database.orm)) return undefined;
  const failure = await newestFailure(database.orm);
  return failure
    ? `the first reading of the organization, which failed: ${failure}`
    : 'the first reading of the organization';
}

import type { Context } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Logger } from 'pino';
import type { Database } from '../db/client.ts';
import type { OidcConfig } from './access/oidc-config.ts';
import type { OidcSignIn } from './access/oidc-sign-in.node.ts';
import type { Principal } from './access/principal.ts';
import { resourceMetadata } from './access/resource-metadata.ts';
import { policyGaps } from './access/route-policies.ts';
import { findSession, type Session } from './access/sessions.pg.ts';
import { signInRoutes } from './access/sign-in.routes.tsx';
import { localTokens } from './access/token.ts';
import { rememberTokens } from './access/token-cache.ts';
import type { TokenVerifier } from './access/token-verifier.port.ts';
import { accountChangeFormRoutes } from './account-changes/account-change-form.routes.tsx';
import { accountChangeRoutes } from './account-changes/account-changes.routes.ts';
import type { AccountChangePlanner } from './account-changes/planner.pg.ts';
import { attemptRoutes } from './approvals/attempts.routes.ts';
import { decisionRoutes } from './approvals/decision.routes.tsx';
import { asApprover } from './approvals/places.pg.ts';
import { recordRefusals } from './approvals/refusals.ts';
import type { DecisionSigner } from './approvals/signer.port.ts';
import { devRoutes } from './chat/dev.routes.tsx';
import { hookRoutes } from './chat/hooks.routes.ts';
import { dashboardRoutes } from './dashboard/dashboard.routes.tsx';
import { governanceRoutes } from './dashboard/governance.routes.tsx';
import { asPage } from './dashboard/html-errors.page.tsx';
import { driftRoutes } from './drift/drift.routes.ts';
import { exceptionEndRoutes } from './exceptions/exception-end.routes.tsx';
import { exceptionFormRoutes } from './exceptions/exception-form.routes.tsx';
import { exceptionRoutes } from './exceptions/exceptions.routes.ts';
import type { ExceptionPlanner } from './exceptions/planner.pg.ts';
import type { Catalogue } from './guardrails/catalogue.ts';
import { guardrailRoutes } from './guardrails/guardrails.routes.ts';
import { SIMULATE_PATH, whatIfRoutes } from './guardrails/what-if.routes.ts';
import { limitBody } from './http/body-limit.ts';
import { docsRoutes } from './http/docs.routes.tsx';
import { router } from './http/env.ts';
import { admitted, authenticate, onlyCookie, refuseForgery, singleMembers } from './http/guard.ts';
import { type RateLimits, rateLimits } from './http/limits.ts';
import { measure } from './http/measure.ts';
import { onError, onNotFound } from './http/problem.ts';
import { keyOf, rateStores } from './http/rate-store.pg.ts';
import { sessionCookies } from './http/session-cookie.ts';
import { trace } from './http/trace.ts';
import type { InboxMetrics } from './inbox/metrics.ts';
import type { Clock, Ids } from './kernel/context.ts';
import type { Secrets } from './kernel/secrets.node.ts';
import { VERSION } from './kernel/version.ts';
import type { Bell } from './ledger/bell.ts';
import type { CheckpointStore } from './ledger/checkpoints.port.ts';
import { ledgerRoutes } from './ledger/ledger.routes.ts';
import type { MirrorCatalogue } from './mirroring/catalogue.ts';
import type { MirrorHub } from './mirroring/hub.ts';
import { mirrorHubPageRoutes } from './mirroring/mirror-hub-pages.routes.tsx';
import { mirroringRoutes } from './mirroring/mirroring.routes.ts';
import { sampleRoutes } from './mirroring/samples.routes.ts';
import type { UnitChangePlanner } from './organizational-units/intake.ts';
import { unitChangeFormRoutes } from './organizational-units/unit-change-form.routes.tsx';
import { unitChangeRoutes } from './organizational-units/unit-changes.routes.ts';
import { openMemory } from './people/memory.pg.ts';
import type { BlueprintBody } from './planning/blueprint.schema.ts';
import { blueprintRoutes } from './planning/blueprints.routes.ts';
import { guessedGround, settingsOf } from './planning/ground.pg.ts';
import { newestFailure, newestSnapshot } from './reconciliation/reconciliation.pg.ts';
import { reconciliationRoutes } from './reconciliation/reconciliation.routes.ts';
import type { Planner } from './requests/intake.ts';
import { newsRoutes } from './requests/news-stream.routes.ts';
import { requestFormRoutes } from './requests/request-form.routes.tsx';
import { requestPageRoutes } from './requests/request-pages.routes.tsx';
import { requestRoutes } from './requests/requests.routes.ts';
import type { SettingsChangePlanner } from './settings/intake.ts';
import type { SettingsStore } from './settings/settings.pg.ts';
import { settingsRoutes } from './settings/settings.routes.ts';
import type { SlackApp } from './slack/slack.port.ts';
import { slackRoutes } from './slack/slack.routes.ts';
import { teamsHookRoutes } from './teams/teams-hook.routes.ts';
import { CONTENT_TYPE } from './telemetry/exposition.ts';
import { readFigures } from './telemetry/figures.pg.ts';
import { openHttpMetrics } from './telemetry/http-metrics.ts';
import { metricsRoutes } from './telemetry/metrics.routes.ts';
import { exposeMetrics } from './telemetry/metrics.ts';
import { mayReadMetrics } from './telemetry/metrics-token.node.ts';
import { NO_TRACING, type Tracing } from './telemetry/tracing.port.ts';
import { deliveryPageRoutes } from './webhooks/delivery-pages.routes.tsx';
import { webhookHookRoutes } from './webhooks/hooks.routes.ts';
import { webhookRoutes } from './webhooks/webhooks.routes.ts';

export type AppDeps = {
  database: Database;
  clock: Clock;
  ids: Ids;
  secrets: Secrets;
  settings: SettingsStore;
  signer: DecisionSigner;
  /** See ApprovalDeps. */
  standingDays?: number;
  log: Logger;
  bell: Bell;
  metrics: InboxMetrics;
  /** Default: nobody traces. */
  tracing?: Tracing;
  /** Reads /metrics and nothing else; null: operators and auditors alone do. */
  metricsToken: string | null;
  checkpoints: CheckpointStore;
  plan: Planner;
  planUnitChange: UnitChangePlanner;
  planAccountChange: AccountChangePlanner;
  planSettingsChange: SettingsChangePlanner;
  planException: ExceptionPlanner;
  catalogue: Catalogue;
  mirroring: MirrorCatalogue;
  /** Null: there is none. */
  mirrorHub: MirrorHub | null;
  blueprints: readonly BlueprintBody[];
  /** Null where this installation is not connected to Slack. */
  slack: SlackApp | null;
  newId: () => string;
  /** Whose address is at the other end of the connection. */
  peer: (c: Context) => string | undefined;
  /** null: the local mode, with the sign-in without passwords and the local chat. */
  oidc: { config: OidcConfig; tokens: TokenVerifier; signIn: OidcSignIn } | null;
  /** Where browsers find the service; null: at the address that they name. */
  publicUrl: string | null;
  limits: RateLimits;
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
  const http = openHttpMetrics();
  const watched = { inbox: deps.metrics, http, figures: () => readFigures(orm, deps.clock.now()) };
  app.use(measure(http, () => performance.now()));
  app.use(trace(deps.tracing ?? NO_TRACING, deps.log, () => deps.clock.now().getTime()));
  app.onError(asPage(onError(deps.log)));
  app.notFound(asPage(onNotFound));
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
  const mode = deps.oidc ? 'oidc' : 'local';
  const tokens = rememberTokens(deps.oidc?.tokens ?? localTokens(tokenKey));
  const cookies = sessionCookies(deps.publicUrl, mode);
  const csrf = ({ id }: Session) => deps.secrets.sign('csrf', id);
  const directory = async () => (await deps.settings.current(orm)).settings;
  const lately = async () => {
    const ground = guessedGround(orm);
    return ground && (await deps.settings.of(orm, settingsOf(ground))).settings;
  };
  const remember = openMemory(orm);
  const limits = rateLimits({
    limits: deps.limits,
    peer: deps.peer,
    keyOf,
    store: rateStores(orm, deps.clock),
  });
  // Whoever collects metrics is no person: a token of its own opens this one answer, before anybody is looked up.
  app.use('/metrics', async (c, next) =>
    c.req.method === 'GET' && mayReadMetrics(c.req.header('authorization'), deps.metricsToken)
      ? c.text(await exposeMetrics(watched), 200, { 'content-type': CONTENT_TYPE })
      : next(),
  );
  app.use(
    recordRefusals({ orm, clock: deps.clock, settings: deps.settings, log: deps.log }),
    authenticate({
      verify: (token) => tokens.verify(token, deps.clock.now()),
      session: (c) => findSession(orm, onlyCookie(c, cookies.session.name), deps.clock.now()),
      directory,
      lately,
      remember,
      failures: limits.failures,
    }),
    limits.peers,
    limits.reads,
    limits.writes,
    admitted,
  );
  const [small, large] = [limitBody(MAX_BODY_BYTES, '64 KiB'), limitBody(MAX_BATCH_BYTES, '8 MiB')];
  app.use((c, next) => (c.req.path === SIMULATE_PATH ? large : small)(c, next));
  app.use(
    refuseForgery(csrf, (c) => deps.publicUrl ?? new URL(c.req.url).origin),
    singleMembers,
    limits.teams,
  );

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    const waiting = await notReady(deps.database);
    return waiting === undefined
      ? c.json({ status: 'ready' })
      : c.json({ status: 'waiting', waitingFor: waiting }, 503);
  });

  app.get('/.well-known/oauth-protected-resource', (c) =>
    c.json(resourceMetadata(deps.publicUrl ?? new URL(c.req.url).origin, deps.oidc?.config ?? null)),
  );

  app.route('/', docsRoutes());
  const { clock, secrets, settings, signer } = deps;
  const { standingDays } = deps;
  const approvals = {
    ...{ orm, clock, secrets, settings, signer },
    ...(standingDays === undefined ? {} : { standingDays }),
  };
  app.route('/', webhookHookRoutes(approvals, mode === 'local'));
  app.route('/', teamsHookRoutes({ ...approvals, log: deps.log }));
  app.route('/', hookRoutes(approvals));
  app.route('/', slackRoutes({ ...approvals, log: deps.log, slack: deps.slack, newId: deps.newId }));
  app.route('/', signInRoutes({ orm, clock, cookies, oidc: deps.oidc?.signIn ?? null, directory, remember }));
  const { catalogue, blueprints, ids, plan, bell } = deps;
  const pages = { ...approvals, catalogue, csrf, local: mode === 'local' };
  const custody = { secrets, store: deps.checkpoints };
  const dashboard = { ...pages, asApprover: (who: Principal) => asApprover(approvals, who), guidanceOf };
  app.route('/', dashboardRoutes(dashboard));
  app.route('/', governanceRoutes({ ...dashboard, custody }));
  const forms = { ...pages, ids, blueprints };
  app.route('/', requestFormRoutes({ ...forms, plan }));
  app.route(
    '/',
    accountChangeFormRoutes({
      ...forms,
      planAccountChange: deps.planAccountChange,
      mirroring: deps.mirroring,
      mirrorHub: deps.mirrorHub,
    }),
  );
  app.route('/', exceptionFormRoutes({ ...forms, planException: deps.planException }));
  app.route('/', exceptionEndRoutes(pages));
  app.route('/', unitChangeFormRoutes({ ...forms, planUnitChange: deps.planUnitChange }));
  app.route('/', deliveryPageRoutes(pages));
  app.route('/', mirrorHubPageRoutes({ ...pages, hub: deps.mirrorHub }));
  app.route('/', requestPageRoutes({ ...pages, bell }));
  app.route('/', newsRoutes({ ...dashboard, bell }));
  app.route('/', decisionRoutes(pages));
  if (mode === 'local')
    app.route('/', devRoutes({ ...approvals, tokenKey, cookies, uuid: () => deps.ids.uuid() }, deps.peer));

  app.route('/', requestRoutes({ ...approvals, ids: deps.ids, plan: deps.plan, bell: deps.bell }));
  const blueprintVersionOf = (name: string) => blueprints.find((one) => one.name === name)?.version;
  app.route('/', ledgerRoutes({ orm, clock, guidanceOf, blueprintVersionOf, custody }));
  app.route('/', exceptionRoutes({ orm, clock, ids: deps.ids, planException: deps.planException }));
  app.route('/', metricsRoutes(watched));
  app.route(
    '/',
    accountChangeRoutes({
      orm,
      clock: deps.clock,
      ids: deps.ids,
      planAccountChange: deps.planAccountChange,
    }),
  );
  app.route('/', attemptRoutes({ orm, clock: deps.clock }));
  app.route('/', driftRoutes({ orm, clock: deps.clock }));
  app.route('/', guardrailRoutes({ orm, catalogue: deps.catalogue }));
  app.route('/', whatIfRoutes({ orm, catalogue: deps.catalogue }));
  app.route('/', blueprintRoutes(deps.blueprints));
  app.route('/', mirroringRoutes({ orm, mirroring: deps.mirroring, mirrorHub: deps.mirrorHub }));
  app.route('/', sampleRoutes({ orm, clock }));
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
  app.route('/', webhookRoutes({ orm, clock, ids: deps.ids, secrets, settings }));
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
      version: VERSION,
      description: 'AWS account vending: request, approve, provision, govern, keep the ledger.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
    security: [],
  });
  const gaps = policyGaps(app.routes, mode);
  if (gaps.length > 0)
    throw new Error(`services/access/route-policies.ts does not fit the routes: ${gaps.join('; ')}`);
  return app;
}

/** What is missing before requests can be planned; undefined when ready. */
export async function notReady(database: Database): Promise<string | undefined> {
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

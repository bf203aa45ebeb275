import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Logger } from 'pino';
import type { Database } from '../db/client.ts';
import { lockDirectory } from '../db/directory-lock.ts';
import type { LocalAws } from '../infra/local/index.ts';
import type { OidcConfig } from './access/oidc-config.ts';
import { openAccountChangePlanner } from './account-changes/planner.pg.ts';
import { createApp, notReady } from './app.ts';
import { awsClients, openSigner } from './clients.aws.ts';
import type { Config } from './config.ts';
import { openConfigured } from './configured-database.pg.ts';
import { openExceptionPlanner } from './exceptions/planner.pg.ts';
import { healthOnly } from './http/health.ts';
import { openServer } from './http/server.node.ts';
import { openInboxMetrics } from './inbox/metrics.ts';
import { opaqueId, systemClock, systemIds } from './kernel/ids.node.ts';
import { localRootSecret, openSecrets, type Secrets } from './kernel/secrets.node.ts';
import { openBell } from './ledger/bell.ts';
import { startCheckpoints } from './ledger/checkpoint.task.ts';
import { addEras, foldLeftOvers } from './ledger/housekeeping.pg.ts';
import { LEDGER_CHANNEL } from './ledger/ledger.pg.ts';
import { openCheckpoints } from './ledger/open-checkpoints.node.ts';
import { openUnitChangePlanner } from './organizational-units/planner.pg.ts';
import { type Assets, readAssets } from './planning/assets.node.ts';
import { openPlanner } from './planning/planner.pg.ts';
import { DEFAULT_SETTINGS, EXAMPLE_SETTINGS } from './settings/defaults.ts';
import { openSettingsPlanner } from './settings/planner.pg.ts';
import { openSettings } from './settings/settings.pg.ts';
import type { SlackApp } from './slack/slack.port.ts';
import { readFigures } from './telemetry/figures.pg.ts';
import { startFigures } from './telemetry/figures.task.ts';
import { openHttpMetrics } from './telemetry/http-metrics.ts';
import { exposeMetrics } from './telemetry/metrics.ts';
import { mayReadMetrics } from './telemetry/metrics-token.node.ts';
import { observedStatements } from './telemetry/observed-statements.pg.ts';
import { NO_TRACING, type Tracing } from './telemetry/tracing.port.ts';
import { endpointProblems } from './webhooks/endpoint-problems.ts';
import { applyWebhooksOf } from './webhooks/endpoints.pg.ts';
import { openOutbound } from './webhooks/outbound.node.ts';
import type { Outbound } from './webhooks/outbound.port.ts';
import { startWork } from './worker.task.ts';

export type Jetway = {
  url: string;
  database: Database;
  /** The embedded AWS, when this process runs it. */
  aws: LocalAws | undefined;
  /** What it waits for, as /readyz says it; undefined when it is ready. */
  waitingFor(): Promise<string | undefined>;
  close(): Promise<void>;
};

/** Seconds of AWS time that a vend takes until the ledger knows better. */
const USUAL_VEND_SECONDS = { p50: 1_500, p90: 2_700 };

export type Given = {
  /** The way to foreign servers; tests give one that reaches a receiver of theirs. */
  outbound: Outbound;
  /** In place of what the settings say. */
  tracing: Tracing | undefined;
  /** Default: read from the package's files. */
  assets: () => Assets;
};

/**
 * The composition root: database, AWS (embedded or at an endpoint), worker and HTTP in one process. What it opens, it
 * closes in the reverse order.
 * @throws DirectoryInUse when another process has the data folder
 */
export async function startJetway(
  config: Config,
  log: Logger,
  {
    outbound = openOutbound({ allowedHosts: config.webhookHosts }),
    tracing,
    assets = readAssets,
  }: Partial<Given> = {},
): Promise<Jetway> {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse())
      await Promise.resolve(closer()).catch((err) => log.error({ err }, 'closing failed'));
  };
  try {
    return await open(
      config,
      log,
      { outbound, tracing: tracing ?? (await tracingOf(config)), assets },
      closers,
      close,
    );
  } catch (error) {
    await close();
    throw error;
  }
}

// What only some installations have (OIDC, Slack, a key of KMS) is loaded where it is set: reading it takes a start longer
// than all that a start does.

async function open(
  given: Config,
  log: Logger,
  { outbound, tracing, assets: read }: Given & { tracing: Tracing },
  closers: (() => unknown)[],
  close: () => Promise<void>,
): Promise<Jetway> {
  mkdirSync(given.dataDir, { recursive: true });
  closers.push(await lockDirectory(given.dataDir));
  // Closed last: it hears of everything that ends.
  closers.push(() => tracing.close());
  const opening = openConfigured(given, tracing.calls ? observedStatements(tracing.calls) : undefined);
  // Read while the database is asked; whether it answers is waited for below.
  opening.catch(() => {});
  const assets = read();
  const [database, aws] = await Promise.all([opening, openAws(given, assets.artifact)]);
  // The embedded AWS is where its folder says.
  const config = aws ? { ...given, region: aws.region } : given;
  closers.push(() => database.close());
  if (aws) closers.push(() => aws.close());

  const secrets = openSecrets(
    config.rootSecret === null
      ? localRootSecret(join(config.dataDir, 'root-secret'))
      : Buffer.from(config.rootSecret, 'utf8'),
  );
  const clients = awsClients(config, aws?.endpointUrl, tracing.calls);
  closers.push(() => {
    for (const client of Object.values(clients)) client.destroy();
  });
  const { orm } = database;
  const settings = openSettings(config.realAws ? DEFAULT_SETTINGS : EXAMPLE_SETTINGS);
  const signer = await openSigner(config, secrets, closers, tracing.calls);
  const onSettingsApplied = [applyWebhooksOf({ ids: systemIds, secrets })];
  const metrics = openInboxMetrics();
  const figures = () => readFigures(orm, systemClock.now());
  const { standingDays } = config;
  const deps = {
    orm,
    clock: systemClock,
    ids: systemIds,
    secrets,
    settings,
    signer,
    metrics,
    tracing,
    onSettingsApplied,
    standingDays,
  };

  // A connection of its own, which is made while others are used; whether it stands is waited for below.
  const bell = openBell();
  const listening = database.listen(LEDGER_CHANNEL, (requestId) => bell.ring(requestId));
  listening.catch(() => {});

  const works = config.role !== 'api';
  if (works) await addEras(orm, systemClock.now());
  if (works) await foldLeftOvers(orm, systemClock.now());
  const checkpoints = await openCheckpoints(config);
  // Stopped after everything that adds to the ledger.
  if (works) closers.push(startCheckpoints(orm, { secrets, store: checkpoints }, systemClock, log));

  await listening;

  // Known when the port is.
  let publicUrl = config.publicUrl ?? 'http://127.0.0.1';
  const slack = await openSlack(config);
  if (works)
    await startWork(
      {
        config,
        log,
        database,
        deps,
        clients,
        catalogue: assets.catalogue,
        outbound,
        slack,
        urlOf: (path) => new URL(path, publicUrl).href,
      },
      closers,
    );
  if (works) closers.push(startFigures(figures, log));
  if (config.role === 'worker') {
    const http = openHttpMetrics();
    const health = await openServer(
      healthOnly({
        ping: database.ping,
        metrics: () => exposeMetrics({ inbox: metrics, http, figures }),
        mayReadMetrics: (authorization) => mayReadMetrics(authorization, config.metricsToken),
      }),
      config.port,
      undefined,
      config.host,
    );
    closers.push(health.close);
    const waitingFor = () => database.ping().then(() => undefined);
    return { url: health.url, database, aws, waitingFor, close };
  }

  const eta = (seconds: number) =>
    Math.max(1, Math.round(config.timeScale === 0 ? 1 : seconds / config.timeScale));
  const plan = openPlanner({
    ...deps,
    ...assets,
    approvals: settings,
    settings: {
      cidrPools: [config.cidrPool],
      platformEmail: config.platformEmail,
      approvalExpiresAfterSeconds: config.approvalExpiresAfterSeconds,
      templateBaseUrl: `https://jetway-artifacts-${config.managementAccountId}-${config.region}.s3.${config.region}.amazonaws.com`,
      auditAccountId: config.auditAccountId,
      logArchiveAccountId: config.logArchiveAccountId,
      mirrorHub: config.mirrorHub,
    },
    defaultEta: { p50Seconds: eta(USUAL_VEND_SECONDS.p50), p90Seconds: eta(USUAL_VEND_SECONDS.p90) },
  });
  const planUnitChange = openUnitChangePlanner({
    ...deps,
    ...assets,
    approvals: settings,
    settings: { approvalExpiresAfterSeconds: config.approvalExpiresAfterSeconds },
  });
  const app = createApp({
    database,
    log,
    bell,
    plan,
    planUnitChange,
    planAccountChange: openAccountChangePlanner({
      orm,
      plan,
      ...assets,
      approvals: settings,
      settings: { approvalExpiresAfterSeconds: config.approvalExpiresAfterSeconds },
    }),
    planException: openExceptionPlanner({
      ...deps,
      ...assets,
      approvals: settings,
      settings: { approvalExpiresAfterSeconds: config.approvalExpiresAfterSeconds },
    }),
    planSettingsChange: openSettingsPlanner({
      ...deps,
      checkEndpoint: (endpoint) => endpointProblems(endpoint, config.webhookHosts),
      approvalExpiresAfterSeconds: config.approvalExpiresAfterSeconds,
    }),
    ...deps,
    checkpoints,
    metricsToken: config.metricsToken,
    slack: slack ?? null,
    newId: opaqueId,
    catalogue: assets.catalogue,
    mirroring: assets.mirroring,
    mirrorHub: config.mirrorHub,
    blueprints: assets.blueprintCatalogue,
    peer: (c) => getConnInfo(c).remote.address,
    oidc: config.oidc && (await openOidc(config.oidc, config.publicUrl, secrets)),
    publicUrl: config.publicUrl,
    limits: config.limits,
  });
  const server = await openServer(app.fetch, config.port, undefined, config.host);
  closers.push(server.close);
  publicUrl = config.publicUrl ?? server.url;
  return { url: server.url, database, aws, waitingFor: () => notReady(database), close };
}

/** The SDK of OpenTelemetry is loaded only where a collector is named. */
async function tracingOf({ tracing, role }: Config): Promise<Tracing> {
  if (tracing === null) return NO_TRACING;
  const { openTracing } = await import('./telemetry/otel.node.ts');
  return openTracing({ ...tracing, role });
}

/** Brings the schema up to date and ends: what a release does once, before its other processes start. */
export async function migrateDatabase(config: Config): Promise<void> {
  await (await openConfigured(config)).close();
}

/** The identity provider is asked at the first use, so that it need not be up when we start. */
async function openOidc(oidc: OidcConfig, publicUrl: string | null, secrets: Secrets) {
  const [{ oidcTokens }, { oidcSignIn }] = await Promise.all([
    import('./access/oidc.node.ts'),
    import('./access/oidc-sign-in.node.ts'),
  ]);
  const tokens = oidcTokens(oidc);
  return { config: oidc, tokens, signIn: oidcSignIn(oidc, publicUrl ?? '', secrets, tokens) };
}

async function openSlack({ slack }: Config): Promise<SlackApp | undefined> {
  if (!slack) return undefined;
  const { openSlackApi } = await import('./slack/web-api.slack.ts');
  return { signingSecrets: slack.signingSecrets, api: openSlackApi(slack.botToken, slack.apiUrl) };
}

/** Loaded only when this process is to play AWS. */
async function openAws(
  config: Config,
  artifact: (fileName: string) => string | undefined,
): Promise<LocalAws | undefined> {
  if (config.awsEndpointUrl !== null || config.realAws) return undefined;
  const { openLocalAws } = await import('../infra/local/open.ts');
  const aws = await openLocalAws({
    dataDir: join(config.dataDir, 'aws'),
    timeScale: config.timeScale,
    ...(config.localHomeRegion === null ? {} : { homeRegion: config.localHomeRegion }),
    artifact,
  });
  aws.handBackMessages();
  // The command landing-zone calls the same AWS.
  writeFileSync(join(config.dataDir, 'aws-endpoint'), aws.endpointUrl);
  return aws;
}

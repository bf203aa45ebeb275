import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { KMSClient } from '@aws-sdk/client-kms';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Logger } from 'pino';
import { type Database, type Orm, transact } from '../db/client.ts';
import { lockDirectory } from '../db/directory-lock.ts';
import type { LocalAws } from '../infra/local/index.ts';
import type { OidcConfig } from './access/oidc-config.ts';
import { sweepSessions } from './access/sessions.pg.ts';
import { openAccountChangePlanner } from './account-changes/planner.pg.ts';
import { createApp } from './app.ts';
import { recordRefusedMinutes } from './approvals/attempts.pg.ts';
import { firstSigns, localSigner } from './approvals/local-signer.ts';
import type { DecisionSigner } from './approvals/signer.port.ts';
import { alertChannel } from './chat/alerts.pg.ts';
import { approvalChannel } from './chat/channel.pg.ts';
import { sweepRooms } from './chat/housekeeping.pg.ts';
import { localChat } from './chat/local-chat.pg.ts';
import { requestPage } from './chat/request-message.ts';
import type { Config } from './config.ts';
import { openConfigured } from './configured-database.pg.ts';
import { requestDueChecks } from './drift/schedule.pg.ts';
import { sweepExceptions } from './exceptions/end.pg.ts';
import { openExceptionPlanner } from './exceptions/planner.pg.ts';
import { requestCollection } from './guardrails/collection.pg.ts';
import { healthOnly } from './http/health.ts';
import { sweepRateWindows } from './http/rate-store.pg.ts';
import { openServer } from './http/server.node.ts';
import { startInbox } from './inbox/inbox.task.ts';
import { openInboxMetrics } from './inbox/metrics.ts';
import { openInboxQueue } from './inbox/queue.aws.ts';
import type { InboxQueue } from './inbox/queue.port.ts';
import { isBehind } from './inbox/queue-age.ts';
import { opaqueId, systemClock, systemIds } from './kernel/ids.node.ts';
import { localRootSecret, openSecrets, type Secrets } from './kernel/secrets.node.ts';
import { openBell } from './ledger/bell.ts';
import { startCheckpoints } from './ledger/checkpoint.task.ts';
import { checkpointFileName } from './ledger/checkpoint.ts';
import { checkpointFile } from './ledger/checkpoints.node.ts';
import { addEras, foldLeftOvers } from './ledger/housekeeping.pg.ts';
import { LEDGER_CHANNEL, OUTBOX_CHANNEL } from './ledger/ledger.pg.ts';
import { sweepSamples } from './mirroring/samples.pg.ts';
import { requestDueLooks } from './mirroring/schedule.pg.ts';
import { openUnitChangePlanner } from './organizational-units/planner.pg.ts';
import { openCourier } from './outbox/courier.aws.ts';
import { delivery } from './outbox/deliver.pg.ts';
import { releaseClaims } from './outbox/outbox.pg.ts';
import { startRelay } from './outbox/relay.task.ts';
import { readAssets } from './planning/assets.node.ts';
import { openPlanner } from './planning/planner.pg.ts';
import { requestReconcile, requestScheduledReconcile } from './reconciliation/reconciliation.pg.ts';
import { DEFAULT_SETTINGS, EXAMPLE_SETTINGS } from './settings/defaults.ts';
import { openSettingsPlanner } from './settings/planner.pg.ts';
import { openSettings } from './settings/settings.pg.ts';
import { type ClickDeps, workClick } from './slack/clicks.pg.ts';
import type { SlackApp } from './slack/slack.port.ts';
import { slackRoom } from './slack/slack-room.ts';
import { teamsRoom } from './teams/room.pg.ts';
import { readFigures } from './telemetry/figures.pg.ts';
import { startFigures } from './telemetry/figures.task.ts';
import { openHttpMetrics } from './telemetry/http-metrics.ts';
import { exposeMetrics } from './telemetry/metrics.ts';
import { mayReadMetrics } from './telemetry/metrics-token.node.ts';
import { NO_TRACING, type Tracing } from './telemetry/tracing.port.ts';
import { startDeliveries } from './webhooks/deliver.task.ts';
import { endpointProblems } from './webhooks/endpoint-problems.ts';
import { applyWebhooks, applyWebhooksOf } from './webhooks/endpoints.pg.ts';
import { WEBHOOK_CHANNEL } from './webhooks/fan-out.pg.ts';
import { openOutbound } from './webhooks/outbound.node.ts';
import type { Outbound } from './webhooks/outbound.port.ts';

export type Jetway = {
  url: string;
  database: Database;
  /** The embedded AWS, when this process runs it. */
  aws: LocalAws | undefined;
  close(): Promise<void>;
};

/** How often some accounts are looked at for drift. */
const DRIFT_BATCH_MS = 5 * 60_000;

const SWEEP_MS = 10 * 60_000;

/** Seconds of AWS time that a vend takes until the ledger knows better. */
const USUAL_VEND_SECONDS = { p50: 1_500, p90: 2_700 };

/**
 * The composition root: database, AWS (embedded or at an endpoint), worker and HTTP in one process. What it opens, it
 * closes in the reverse order. @param outbound the way to foreign servers; tests give one that reaches a receiver of theirs
 * @param tracing in place of what the settings say
 * @throws DirectoryInUse when another process has the data folder
 */
export async function startJetway(
  config: Config,
  log: Logger,
  outbound: Outbound = openOutbound({ allowedHosts: config.webhookHosts }),
  tracing?: Tracing,
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
      { outbound, tracing: tracing ?? (await tracingOf(config)) },
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
  config: Config,
  log: Logger,
  { outbound, tracing }: { outbound: Outbound; tracing: Tracing },
  closers: (() => unknown)[],
  close: () => Promise<void>,
): Promise<Jetway> {
  mkdirSync(config.dataDir, { recursive: true });
  closers.push(await lockDirectory(config.dataDir));
  // Closed last: it hears of everything that ends.
  closers.push(() => tracing.close());
  const opening = openConfigured(config);
  // Read while the database is asked; whether it answers is waited for below.
  opening.catch(() => {});
  const assets = readAssets();
  const [database, aws] = await Promise.all([opening, openAws(config, assets.artifact)]);
  closers.push(() => database.close());
  if (aws) closers.push(() => aws.close());

  const secrets = openSecrets(
    config.rootSecret === null
      ? localRootSecret(join(config.dataDir, 'root-secret'))
      : Buffer.from(config.rootSecret, 'utf8'),
  );
  const clients = awsClients(config, aws);
  closers.push(() => {
    for (const client of Object.values(clients)) client.destroy();
  });
  const { orm } = database;
  const settings = openSettings(config.realAws ? DEFAULT_SETTINGS : EXAMPLE_SETTINGS);
  const signer = await openSigner(config, secrets, closers);
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

  const works = config.role !== 'api';
  if (works) await addEras(orm, systemClock.now());
  if (works) await foldLeftOvers(orm, systemClock.now());
  const checkpoints = checkpointFile(join(config.dataDir, checkpointFileName(config.databaseUrl)));
  // Stopped after everything that adds to the ledger.
  if (works) closers.push(startCheckpoints(orm, { secrets, store: checkpoints }, systemClock, log));

  const bell = openBell();
  await database.listen(LEDGER_CHANNEL, (requestId) => bell.ring(requestId));

  // Known when the port is.
  let publicUrl = config.publicUrl ?? 'http://127.0.0.1';
  const slack = await openSlack(config);
  if (works) await startWork();
  async function startWork(): Promise<void> {
    // The queue's address comes while the database is asked for the rest.
    const asked = openInboxQueue(clients.sqs, systemClock, (err) => log.error({ err }, 'inbox queue'));
    asked.catch(() => {});
    const courier = openCourier(clients.sfn, clients.events, {
      region: config.region,
      accountId: config.managementAccountId,
    });
    const chat = {
      ...deps,
      log,
      catalogue: assets.catalogue,
      rooms: { slack: slack && slackRoom(slack.api), teams: teamsRoom({ ...deps, outbound }) },
      local: localChat(orm, assets.catalogue),
      pageUrl: (requestId: string | null) =>
        new URL(requestId === null ? '/' : requestPage(requestId), publicUrl).href,
      newId: opaqueId,
    };
    const [channel, alerts] = [approvalChannel(chat), alertChannel(chat)];
    // The folder's lock says that whoever claimed something there is dead.
    if (config.databaseUrl === null) await releaseClaims(orm, systemClock.now());
    const relay = startRelay(
      orm,
      systemClock,
      log,
      delivery({
        ...deps,
        courier,
        channel,
        alerts,
        workClick: clickWorker({ ...deps, log }, slack),
        mirrorHub: config.mirrorHub,
      }),
      (hear) => database.listen(OUTBOX_CHANNEL, hear),
      tracing,
    );
    closers.push(() => relay.stop());

    await transact(orm, async (tx) =>
      applyWebhooks(tx, deps, (await settings.current(tx)).settings, systemClock.now()),
    );
    const webhooks = startDeliveries({ ...deps, outbound, random: Math.random, log }, (hear) =>
      database.listen(WEBHOOK_CHANNEL, hear),
    );
    closers.push(() => webhooks.stop());

    const queue = await asked;
    deps.metrics.watch(queue.behindMs);
    const { managementAccountId, auditAccountId } = config;
    const trusted = { managementAccountId, auditAccountId };
    const inbox = startInbox(queue, { ...deps, trusted }, log);
    closers.push(() => inbox.stop());

    const { reconcileEveryMs: everyMs } = config;
    const reconcile = (ask: (tx: Orm) => Promise<unknown>) =>
      transact(orm, ask).catch((err: unknown) => log.error({ err }, 'a reconcile could not be asked for'));
    await reconcile((tx) => requestReconcile(tx, systemIds, 'start', systemClock.now()));
    const inTime = inTimeOnly(queue, log);
    const bySchedule = (tx: Orm) => requestScheduledReconcile(tx, systemIds, systemClock.now(), everyMs);
    const timer = setInterval(
      inTime(() => void reconcile(bySchedule)),
      everyMs,
    );
    closers.push(() => clearInterval(timer));
    closers.push(startCollections(orm, config, log, inTime));
    closers.push(startDriftChecks(orm, config, log, inTime));
    closers.push(startMirrorLooks(orm, config, log, inTime));
    closers.push(startSweeps(orm, log));
    closers.push(startCounting(deps, log));
    closers.push(startFigures(figures, log));
  }
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
    return { url: health.url, database, aws, close };
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
  return { url: server.url, database, aws, close };
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

/**
 * Forgets sessions and counts that are over and what rooms were told long ago, and ends exceptions whose workflow is gone.
 * @returns what stops it
 */
function startSweeps(orm: Database['orm'], log: Logger): () => void {
  const timer = setInterval(() => {
    const now = systemClock.now();
    Promise.all([sweepSessions(orm, now), sweepRateWindows(orm, now)]).catch((err: unknown) =>
      log.error({ err }, 'sessions and counts that are over could not be removed'),
    );
    sweepRooms(orm, now).catch((err: unknown) =>
      log.error({ err }, 'what rooms were told long ago could not be removed'),
    );
    sweepSamples(orm, now).catch((err: unknown) =>
      log.error({ err }, 'copies that were heard long ago could not be removed'),
    );
    sweepExceptions(orm, now).catch((err: unknown) =>
      log.error({ err }, 'the end of exceptions could not be written'),
    );
    addEras(orm, now).catch((err: unknown) =>
      log.error({ err }, 'the parts of the ledger for the next months could not be made'),
    );
  }, SWEEP_MS);
  return () => clearInterval(timer);
}

async function openSlack({ slack }: Config): Promise<SlackApp | undefined> {
  if (!slack) return undefined;
  const { openSlackApi } = await import('./slack/web-api.slack.ts');
  return { signingSecrets: slack.signingSecrets, api: openSlackApi(slack.botToken, slack.apiUrl) };
}

/** A click that was kept waits until Slack is connected again. */
const clickWorker =
  (deps: Omit<ClickDeps, 'slack'>, slack: SlackApp | undefined) => async (clickId: string) => {
    if (!slack) throw new Error('Slack is not connected any more');
    await workClick({ ...deps, slack: slack.api }, clickId);
  };

type InTime = (work: () => void) => () => void;

/** What a schedule asks for is left out while the inbox is behind. */
const inTimeOnly =
  (queue: Pick<InboxQueue, 'behindMs'>, log: Logger): InTime =>
  (work) =>
  () => {
    if (!isBehind(queue)) return work();
    log.warn(
      { behindMs: queue.behindMs() },
      'the inbox is behind: what a schedule asks for waits for its next turn',
    );
  };

/** Asks for looks at the accounts in small batches, all day long. @returns what stops it */
function startDriftChecks(
  orm: Database['orm'],
  { driftAfterMs: afterMs }: Config,
  log: Logger,
  inTime: InTime,
): () => void {
  const everyMs = Math.min(DRIFT_BATCH_MS, afterMs);
  const ask = () => {
    transact(orm, (tx) => requestDueChecks(tx, systemClock.now(), { everyMs, afterMs })).catch(
      (err: unknown) => log.error({ err }, 'looks for drift could not be asked for'),
    );
  };
  const timer = setInterval(inTime(ask), everyMs);
  return () => clearInterval(timer);
}

/** Asks for looks at the mirror sessions of accounts in small batches. @returns what stops it */
function startMirrorLooks(
  orm: Database['orm'],
  { mirrorAfterMs: afterMs }: Config,
  log: Logger,
  inTime: InTime,
): () => void {
  const everyMs = Math.min(DRIFT_BATCH_MS, afterMs);
  const ask = () => {
    transact(orm, (tx) => requestDueLooks(tx, systemClock.now(), { everyMs, afterMs })).catch(
      (err: unknown) => log.error({ err }, 'looks at mirror sessions could not be asked for'),
    );
  };
  const timer = setInterval(inTime(ask), everyMs);
  return () => clearInterval(timer);
}

/** Puts the refused callbacks of each minute into the ledger, also when no other comes. @returns what stops it */
function startCounting(deps: Parameters<typeof recordRefusedMinutes>[0], log: Logger): () => void {
  const timer = setInterval(() => {
    recordRefusedMinutes(deps).catch((err: unknown) =>
      log.error({ err }, 'refused callbacks could not be recorded'),
    );
  }, 60_000);
  return () => clearInterval(timer);
}

/** Has unattached guardrail policies collected as often as the organization is read. @returns what stops it */
function startCollections(
  orm: Database['orm'],
  { reconcileEveryMs: everyMs }: Config,
  log: Logger,
  inTime: InTime,
): () => void {
  const ask = () => {
    transact(orm, (tx) => requestCollection(tx, systemClock.now(), everyMs)).catch((err: unknown) =>
      log.error({ err }, 'a collection of policies could not be asked for'),
    );
  };
  const timer = setInterval(inTime(ask), everyMs);
  return () => clearInterval(timer);
}

/** A key of KMS where one is named, in its own Region; decisions that the local key has signed stay valid. */
async function openSigner(
  config: Config,
  secrets: Secrets,
  closers: (() => unknown)[],
): Promise<DecisionSigner> {
  const [first, ...before] = config.approvalsKeys;
  if (first === undefined) return localSigner(secrets);
  const [{ KMSClient }, { kmsSigner, regionOfKey }] = await Promise.all([
    import('@aws-sdk/client-kms'),
    import('./approvals/signer.aws.ts'),
  ]);
  const clients = new Map<string, KMSClient>();
  closers.push(() => {
    for (const client of clients.values()) client.destroy();
  });
  const clientFor = (arn: string): KMSClient => {
    const region = regionOfKey(arn);
    // A decision waits for the key while others wait for the decision.
    const requestHandler = { connectionTimeout: 1_000, requestTimeout: 3_000 };
    const client = clients.get(region) ?? new KMSClient({ region, maxAttempts: 2, requestHandler });
    clients.set(region, client);
    return client;
  };
  return firstSigns(
    kmsSigner(clientFor, [first, ...before], () => Date.now()),
    localSigner(secrets),
  );
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
    artifact,
  });
  aws.handBackMessages();
  // The command landing-zone calls the same AWS.
  writeFileSync(join(config.dataDir, 'aws-endpoint'), aws.endpointUrl);
  return aws;
}

function awsClients(config: Config, aws: LocalAws | undefined) {
  const endpoint = aws?.endpointUrl ?? config.awsEndpointUrl ?? undefined;
  const settings = {
    region: config.region,
    ...(endpoint ? { endpoint } : {}),
    // The embedded AWS checks no signatures; on real AWS they are the role of this process.
    ...(config.realAws ? {} : { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
    maxAttempts: 5,
  };
  return {
    sfn: new SFNClient(settings),
    events: new EventBridgeClient(settings),
    sqs: new SQSClient(settings),
  };
}

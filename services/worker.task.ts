import type { Logger } from 'pino';
import { type Database, transact } from '../db/client.ts';
import { alertChannel } from './chat/alerts.pg.ts';
import { approvalChannel } from './chat/channel.pg.ts';
import { localChat } from './chat/local-chat.pg.ts';
import { requestPage } from './chat/request-message.ts';
import type { AwsClients } from './clients.aws.ts';
import type { Config } from './config.ts';
import type { InboxDeps } from './inbox/inbox.pg.ts';
import { startInbox } from './inbox/inbox.task.ts';
import { openInboxQueue } from './inbox/queue.aws.ts';
import { opaqueId } from './kernel/ids.node.ts';
import { OUTBOX_CHANNEL } from './ledger/ledger.pg.ts';
import { openCourier } from './outbox/courier.aws.ts';
import { delivery } from './outbox/deliver.pg.ts';
import { releaseClaims } from './outbox/outbox.pg.ts';
import { startRelay } from './outbox/relay.task.ts';
import type { readAssets } from './planning/assets.node.ts';
import { startSchedules } from './schedules.task.ts';
import type { SettingsStore } from './settings/settings.pg.ts';
import { type ClickDeps, workClick } from './slack/clicks.pg.ts';
import type { SlackApp } from './slack/slack.port.ts';
import { slackRoom } from './slack/slack-room.ts';
import { teamsRoom } from './teams/room.pg.ts';
import type { Tracing } from './telemetry/tracing.port.ts';
import { startDeliveries } from './webhooks/deliver.task.ts';
import { applyWebhooks } from './webhooks/endpoints.pg.ts';
import { WEBHOOK_CHANNEL } from './webhooks/fan-out.pg.ts';
import type { Outbound } from './webhooks/outbound.port.ts';

type Work = {
  config: Config;
  log: Logger;
  database: Database;
  deps: Omit<InboxDeps, 'trusted'> & { settings: SettingsStore; tracing: Tracing };
  clients: AwsClients;
  catalogue: ReturnType<typeof readAssets>['catalogue'];
  outbound: Outbound;
  slack: SlackApp | undefined;
  /** The address of a page, once the service knows its own. */
  urlOf: (path: string) => string;
};

/**
 * Everything that works without being asked over HTTP: the outbox is delivered, webhooks are sent, the inbox is read, and
 * what is due by time is asked for.
 * @param closers gets what stops each of them, in the order of starting
 */
export async function startWork(work: Work, closers: (() => unknown)[]): Promise<void> {
  const { config, log, database, deps, clients, catalogue, outbound, slack, urlOf } = work;
  const { orm, clock } = deps;
  // The queue's address comes while the database is asked for the rest.
  const asked = openInboxQueue(clients.sqs, clock, (err) => log.error({ err }, 'inbox queue'));
  asked.catch(() => {});
  const courier = openCourier(clients.sfn, clients.events, {
    region: config.region,
    accountId: config.managementAccountId,
  });
  const chat = {
    ...deps,
    log,
    catalogue,
    rooms: { slack: slack && slackRoom(slack.api), teams: teamsRoom({ ...deps, outbound }) },
    local: localChat(orm, catalogue),
    pageUrl: (requestId: string | null) => urlOf(requestId === null ? '/' : requestPage(requestId)),
    newId: opaqueId,
  };
  // The folder's lock says that whoever claimed something there is dead.
  if (config.databaseUrl === null) await releaseClaims(orm, clock.now());
  const relay = startRelay(
    orm,
    clock,
    log,
    delivery({
      ...deps,
      courier,
      channel: approvalChannel(chat),
      alerts: alertChannel(chat),
      workClick: clickWorker({ ...deps, log }, slack),
      mirrorHub: config.mirrorHub,
    }),
    (hear) => database.listen(OUTBOX_CHANNEL, hear),
    deps.tracing,
  );
  closers.push(() => relay.stop());

  await transact(orm, async (tx) =>
    applyWebhooks(tx, deps, (await deps.settings.current(tx)).settings, clock.now()),
  );
  const webhooks = startDeliveries({ ...deps, outbound, random: Math.random, log }, (hear) =>
    database.listen(WEBHOOK_CHANNEL, hear),
  );
  closers.push(() => webhooks.stop());

  const queue = await asked;
  deps.metrics.watch(queue.behindMs);
  const { managementAccountId, auditAccountId } = config;
  const inbox = startInbox(queue, { ...deps, trusted: { managementAccountId, auditAccountId } }, log);
  closers.push(() => inbox.stop());
  closers.push(await startSchedules({ deps, config, queue, log }));
}

/** A click that was kept waits until Slack is connected again. */
const clickWorker =
  (deps: Omit<ClickDeps, 'slack'>, slack: SlackApp | undefined) => async (clickId: string) => {
    if (!slack) throw new Error('Slack is not connected any more');
    await workClick({ ...deps, slack: slack.api }, clickId);
  };

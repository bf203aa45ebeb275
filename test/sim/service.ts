import { pino } from 'pino';
import { transact } from '../../db/client.ts';
import type { LocalAws } from '../../infra/local/index.ts';
import type { Random } from '../../infra/local/world.ts';
import { openAccountChangePlanner } from '../../services/account-changes/planner.pg.ts';
import { createApp } from '../../services/app.ts';
import { localSigner } from '../../services/approvals/local-signer.ts';
import { alertChannel } from '../../services/chat/alerts.pg.ts';
import { approvalChannel } from '../../services/chat/channel.pg.ts';
import { localChat } from '../../services/chat/local-chat.pg.ts';
import { requestPage } from '../../services/chat/request-message.ts';
import { openExceptionPlanner } from '../../services/exceptions/planner.pg.ts';
import { takeBatch } from '../../services/inbox/inbox.task.ts';
import { openInboxMetrics } from '../../services/inbox/metrics.ts';
import type { Clock, Ids } from '../../services/kernel/context.ts';
import { openSecrets } from '../../services/kernel/secrets.node.ts';
import { openBell } from '../../services/ledger/bell.ts';
import { openUnitChangePlanner } from '../../services/organizational-units/planner.pg.ts';
import { openCourier } from '../../services/outbox/courier.aws.ts';
import { delivery } from '../../services/outbox/deliver.pg.ts';
import { relayOnce } from '../../services/outbox/relay.task.ts';
import { readAssets } from '../../services/planning/assets.node.ts';
import { openPlanner } from '../../services/planning/planner.pg.ts';
import {
  requestReconcile,
  requestScheduledReconcile,
} from '../../services/reconciliation/reconciliation.pg.ts';
import { EXAMPLE_SETTINGS } from '../../services/settings/defaults.ts';
import { openSettingsPlanner } from '../../services/settings/planner.pg.ts';
import { openSettings } from '../../services/settings/settings.pg.ts';
import { applyWebhooksOf } from '../../services/webhooks/endpoints.pg.ts';
import { checkpointsInMemory } from '../support/checkpoints.ts';
import type { SimDatabase } from './database.ts';
import { type Caller, gatedCaller, sdkClients } from './gated-aws.ts';
import { gatedDatabase } from './gated-database.ts';
import type { Owner, Turns } from './turns.ts';

export const assets = readAssets();
export const secrets = openSecrets(Buffer.alloc(32, 7));
const silent = pino({ level: 'silent' });

/** What all processes of one schedule share. */
export type Place = {
  database: SimDatabase;
  aws: LocalAws;
  turns: Turns;
  clock: Clock;
  random: Random;
  /** When the next message of the outbox is due. */
  outboxDueMs: () => number | undefined;
  /** Whether a message of the inbox queue can be read now. */
  inboxHasMessages: () => boolean;
  inboxIsEmpty: () => boolean;
  reconcileEveryMs: number;
};

const APPROVAL_EXPIRES_SECONDS = 6 * 3600;

/** UUIDs that sort by virtual time, from seeded randomness. */
export function seededIds(clock: Clock, random: Random): Ids {
  const uuid = () => {
    const ms = clock.now().getTime().toString(16).padStart(12, '0');
    return `${ms.slice(0, 8)}-${ms.slice(8)}-7${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`;
  };
  return { uuid, requestId: () => `req-${uuid()}` };
}

/** What `services/start.ts` makes of its adapters, over those of the simulation. */
function depsOf(place: Place, owner: Owner) {
  const database = gatedDatabase(place.database.client, place.turns, owner);
  const { clock } = place;
  const ids = seededIds(clock, place.random);
  const settings = openSettings(EXAMPLE_SETTINGS);
  return {
    database,
    deps: {
      orm: database.orm,
      clock,
      ids,
      secrets,
      settings,
      signer: localSigner(secrets),
      metrics: openInboxMetrics(),
      onSettingsApplied: [applyWebhooksOf({ ids, secrets })],
    },
    newId: () => place.random.hex(48),
  };
}

/** The HTTP application, called in process. */
export function openApi(place: Place, owner: Owner) {
  const { database, deps, newId } = depsOf(place, owner);
  const { landingZone, region } = place.aws;
  const common = {
    ...deps,
    ...assets,
    approvals: deps.settings,
    settings: { approvalExpiresAfterSeconds: APPROVAL_EXPIRES_SECONDS },
  };
  const plan = openPlanner({
    ...common,
    settings: {
      cidrPools: ['10.0.0.0/8'],
      platformEmail: 'aws+jetway-platform@example.com',
      approvalExpiresAfterSeconds: APPROVAL_EXPIRES_SECONDS,
      templateBaseUrl: `https://jetway-artifacts-${landingZone.managementAccountId}-${region}.s3.${region}.amazonaws.com`,
      auditAccountId: landingZone.auditAccountId,
      logArchiveAccountId: landingZone.logArchiveAccountId,
      mirrorHub: null,
    },
    defaultEta: { p50Seconds: 1_500, p90Seconds: 2_700 },
  });
  return createApp({
    database,
    log: silent,
    bell: openBell(),
    plan,
    planUnitChange: openUnitChangePlanner(common),
    planAccountChange: openAccountChangePlanner({ ...common, plan }),
    planException: openExceptionPlanner(common),
    planSettingsChange: openSettingsPlanner({
      ...deps,
      checkEndpoint: () => [],
      approvalExpiresAfterSeconds: APPROVAL_EXPIRES_SECONDS,
    }),
    ...deps,
    checkpoints: checkpointsInMemory(),
    metricsToken: null,
    slack: null,
    newId,
    catalogue: assets.catalogue,
    mirroring: assets.mirroring,
    mirrorHub: null,
    blueprints: assets.blueprintCatalogue,
    peer: () => '127.0.0.1',
    oidc: null,
    publicUrl: null,
    limits: { callsPerMinute: 1_000_000, teamWritesPerMinute: 1_000_000 },
  });
}

/** The worker: relay, inbox, what is asked for by time. Its loops go on until its owner dies. */
export function startWorker(place: Place, owner: Owner, told: (error: unknown) => void): void {
  const { database, deps, newId } = depsOf(place, owner);
  const { aws, turns, clock } = place;
  const call = gatedCaller(aws, turns, owner);
  const { sfn, events } = sdkClients(call);
  const { managementAccountId: accountId, auditAccountId, homeRegion: region } = aws.landingZone;
  const chat = {
    ...deps,
    log: silent,
    catalogue: assets.catalogue,
    rooms: {},
    local: localChat(database.orm, assets.catalogue),
    pageUrl: (requestId: string | null) => (requestId === null ? '/' : requestPage(requestId)),
    newId,
  };
  const deliver = delivery({
    ...deps,
    courier: openCourier(sfn, events, { region, accountId }),
    channel: approvalChannel(chat),
    alerts: alertChannel(chat),
    workClick: async () => {
      throw new Error('Slack is not simulated');
    },
    mirrorHub: null,
  });
  const inboxDeps = { ...deps, trusted: { managementAccountId: accountId, auditAccountId } };

  /** A round of work, for ever; what fails is tried again after a while, as the loops of the product do. */
  const loop = async (what: string, wait: () => Promise<void>, round: () => Promise<unknown>) => {
    for (;;) {
      await wait();
      try {
        await round();
      } catch (error) {
        told(error);
        await turns.sleep(owner, 1_000, `${what} waits after a failure`);
      }
    }
  };
  const due = () => (place.outboxDueMs() ?? Number.POSITIVE_INFINITY) <= clock.now().getTime();
  const loops = [
    loop(
      'relay',
      () => turns.until(owner, 'relay', due),
      () => relayOnce(database.orm, clock, silent, deliver),
    ),
    loop(
      'inbox',
      () => turns.until(owner, 'inbox', place.inboxHasMessages),
      () => readInbox(call, place.random, (batch) => takeBatch(deadLetters(call), inboxDeps, silent, batch)),
    ),
    loop(
      'schedule',
      () => turns.sleep(owner, place.reconcileEveryMs, 'schedule'),
      () =>
        transact(database.orm, (tx) =>
          requestScheduledReconcile(tx, deps.ids, clock.now(), place.reconcileEveryMs),
        ),
    ),
    transact(database.orm, (tx) => requestReconcile(tx, deps.ids, 'start', clock.now())).catch(told),
  ];
  for (const one of loops) one.catch(told);
}

type Received = { MessageId: string; Body: string; ReceiptHandle: string };

/** As the consumer does: what was dealt with is deleted, the rest comes again. */
async function readInbox(
  call: Caller,
  random: Random,
  handle: (batch: readonly { id: string; body: string }[]) => Promise<readonly string[]>,
): Promise<void> {
  const QueueUrl = 'jetway-inbox';
  const { Messages = [] } = (await call('sqs', 'ReceiveMessage', {
    QueueUrl,
    MaxNumberOfMessages: 1 + random.below(10),
  })) as { Messages?: Received[] };
  if (Messages.length === 0) return;
  const done = new Set(await handle(Messages.map(({ MessageId, Body }) => ({ id: MessageId, body: Body }))));
  const finished = Messages.filter(({ MessageId }) => done.has(MessageId));
  if (finished.length === 0) return;
  await call('sqs', 'DeleteMessageBatch', {
    QueueUrl,
    Entries: finished.map(({ ReceiptHandle }, i) => ({ Id: `m${i}`, ReceiptHandle })),
  });
}

const deadLetters = (call: Caller) => ({
  deadLetter: async (message: { body: string }, reason: string) =>
    void (await call('sqs', 'SendMessage', {
      QueueUrl: 'jetway-inbox-dlq',
      MessageBody: message.body,
      MessageAttributes: { reason: { DataType: 'String', StringValue: reason.slice(0, 1_000) } },
    })),
});

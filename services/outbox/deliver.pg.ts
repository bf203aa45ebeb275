import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { accountRequests, asks } from '../../db/schema/index.ts';
import type { ApprovalDeps } from '../approvals/approvals.pg.ts';
import type { ApprovalChannel, ReminderAct } from '../approvals/channel.port.ts';
import type { AlertChannel } from '../chat/alert.port.ts';
import { driftInput } from '../drift/schedule.pg.ts';
import { answerLater, type ConfirmDeps } from '../inbox/confirmation.pg.ts';
import { type Fact, isOutbound } from '../ledger/fact.ts';
import { factsBySeq, factsOfLane } from '../ledger/ledger.pg.ts';
import type { MirrorHub } from '../mirroring/hub.ts';
import { mirrorInput } from '../mirroring/schedule.pg.ts';
import { readingInput } from '../reconciliation/account-readings.pg.ts';
import { WORKFLOW_OF } from '../requests/kinds.ts';
import { NO_TRACING, type Tracing } from '../telemetry/tracing.port.ts';
import type { Courier } from './courier.port.ts';
import { executionInput, outboundDetail } from './deliver.ts';
import type { OutboxMessage } from './outbox.pg.ts';
import type { Deliver } from './relay.task.ts';

export type DeliverDeps = ConfirmDeps &
  Pick<ApprovalDeps, 'orm'> & {
    courier: Courier;
    channel: ApprovalChannel;
    alerts: AlertChannel;
    /** Works off a click that was verified and kept. */
    workClick: (clickId: string) => Promise<void>;
    tracing?: Pick<Tracing, 'traceHeader' | 'during'>;
    /** Where copies of packets go while the settings say nothing; null: the plans' own say. */
    mirrorHub: MirrorHub | null;
  };

/** Delivers a round of the outbox: events in one call, everything else one by one and side by side. */
export function delivery(deps: DeliverDeps): Deliver {
  const { during } = deps.tracing ?? NO_TRACING;
  return async (messages) => {
    const results = new Map<number, Error | undefined>();
    const events = messages.filter((m) => m.kind === 'put-event');
    const others = messages.filter((m) => m.kind !== 'put-event');
    const note = async (message: OutboxMessage) => {
      try {
        await during([message], () => deliverOne(deps, message));
        results.set(message.id, undefined);
      } catch (error) {
        results.set(message.id, error as Error);
      }
    };
    await Promise.all([publishEvents(deps, events, results), ...others.map(note)]);
    return results;
  };
}

/** PutEvents takes ten at once; entries that it refuses are tried again alone. */
async function publishEvents(
  deps: DeliverDeps,
  messages: readonly OutboxMessage[],
  results: Map<number, Error | undefined>,
) {
  for (let i = 0; i < messages.length; i += 10) {
    const batch = messages.slice(i, i + 10);
    const { during } = deps.tracing ?? NO_TRACING;
    await during(batch, () => publishBatch(deps, batch, results));
  }
}

async function publishBatch(
  deps: DeliverDeps,
  batch: readonly OutboxMessage[],
  results: Map<number, Error | undefined>,
) {
  try {
    const facts = await factsBySeq(
      deps.orm,
      batch.map((m) => Number(m.payload.seq)),
    );
    const bySeq = new Map(facts.map((f) => [f.seq, f]));
    const ready = batch.flatMap((message) => {
      const fact = bySeq.get(Number(message.payload.seq));
      return fact ? [{ message, fact }] : [];
    });
    const failures = await deps.courier.publish(ready.map(({ fact }) => eventOf(fact)));
    for (const { message } of ready) results.set(message.id, undefined);
    for (const { index, reason } of failures) results.set(ready[index]!.message.id, new Error(reason));
  } catch (error) {
    for (const message of batch) results.set(message.id, error as Error);
  }
}

/** What a batch of observations has changed for the world outside. */
const EventRange = z.object({ lane: z.number().int(), first: z.number().int(), last: z.number().int() });

/** Sent again as a whole when a part of it was refused: who listens knows events by their id. */
async function publishRange(
  deps: DeliverDeps,
  { lane, first, last }: z.infer<typeof EventRange>,
): Promise<void> {
  const facts = await factsOfLane(deps.orm, lane, first - 1, last - first + 1);
  const turned = facts.filter(
    (f) => f.seq <= last && isOutbound(f.type) && f.data.status !== (f.data.before ?? null),
  );
  for (let i = 0; i < turned.length; i += 10) {
    const failures = await deps.courier.publish(turned.slice(i, i + 10).map(eventOf));
    if (failures.length > 0) throw new Error(failures[0]?.reason);
  }
}

const eventOf = (fact: Fact) => ({
  detailType: fact.type,
  detail: outboundDetail(fact),
  time: new Date(fact.occurredAt),
});

async function deliverOne(deps: DeliverDeps, message: OutboxMessage): Promise<void> {
  const { payload } = message;
  const text = (key: string) => String(payload[key] ?? '');
  switch (message.kind) {
    case 'put-events':
      return publishRange(deps, EventRange.parse(payload));
    case 'start-execution':
      return startWorkflow(deps, text('requestId'));
    case 'start-reconcile':
      return deps.courier.startReconcile(text('snapshotId'), JSON.stringify(payload));
    case 'start-account-reading':
      return startReading(deps, text('snapshotId'), text('accountId'));
    case 'start-drift':
      return startDriftCheck(deps, text('checkId'), text('accountId'));
    case 'start-mirror':
      return startMirrorLook(deps, text('lookId'), text('accountId'));
    case 'start-collection':
      return deps.courier.startWorkflow('policy-collection', text('collectionId'), JSON.stringify(payload));
    case 'task-success':
      return answer(deps, text('askId'));
    case 'confirm':
      return answerLater(deps, payload);
    case 'redrive':
      return deps.courier.redrive(text('executionArn'));
    case 'chat-post':
    case 'chat-update':
      return deps.channel.show(text('requestId'), deps.clock.now());
    case 'chat-alerts':
      return deps.alerts.gather(deps.clock.now());
    case 'chat-alert':
      return deps.alerts.show(text('digestId'), deps.clock.now());
    case 'chat-click':
      return deps.workClick(text('clickId'));
    case 'chat-remind':
      return deps.channel.remind(text('requestId'), readAct(payload.act), deps.clock.now());
    default:
      throw new Error(`the outbox holds a message of unknown kind ${message.kind}`);
  }
}

function readAct(act: unknown): ReminderAct {
  if (act === 'remind' || act === 'escalate') return act;
  throw new Error(`the outbox holds a reminder of unknown kind ${act}`);
}

async function startWorkflow(deps: DeliverDeps, requestId: string): Promise<void> {
  const [request] = await deps.orm.select().from(accountRequests).where(eq(accountRequests.id, requestId));
  if (!request) throw new Error(`there is no request ${requestId} to start`);
  const input = executionInput(requestId, request.planDigest, request.planText);
  const header = deps.tracing?.traceHeader(requestId);
  await deps.courier.startWorkflow(WORKFLOW_OF[request.kind], requestId, input, header);
}

async function startReading(deps: DeliverDeps, snapshotId: string, accountId: string): Promise<void> {
  const input = await readingInput(deps.orm, snapshotId, accountId);
  await deps.courier.startWorkflow('account-reconcile', snapshotId, JSON.stringify(input));
}

async function startDriftCheck(deps: DeliverDeps, checkId: string, accountId: string): Promise<void> {
  const input = await driftInput(deps.orm, checkId, accountId);
  await deps.courier.startWorkflow('account-drift', checkId, JSON.stringify(input));
}

/** Without a profile, or a hub, there is nothing to look for. */
async function startMirrorLook(deps: DeliverDeps, lookId: string, accountId: string): Promise<void> {
  const { landingZone } = (await deps.settings.current(deps.orm)).settings;
  const input = await mirrorInput(deps.orm, accountId, landingZone?.mirrorHub ?? deps.mirrorHub);
  if (input) await deps.courier.startWorkflow('mirror-attach', lookId, JSON.stringify(input));
}

async function answer(deps: DeliverDeps, askId: string): Promise<void> {
  const [ask] = await deps.orm.select().from(asks).where(eq(asks.id, askId));
  if (!ask) throw new Error(`there is no ask ${askId} to answer`);
  await deps.courier.answer(deps.secrets.open(ask.tokenCipher), JSON.stringify(ask.answer));
}

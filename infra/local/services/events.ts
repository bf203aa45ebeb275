import { isoSeconds } from '../audit-event.ts';
import { AwsError, type AwsEvent, type Caller, type ServiceModule, type World } from '../world.ts';
import { busAt, inputOf, type Target, targetsFor } from './events/bus.ts';
import { ruleOperations } from './events/rules.ts';

/** How badly events are delivered. All zero: each once, after 1 to 5 seconds of AWS time. */
export type DeliveryFaults = {
  /** Share of events that never arrive, 0 to 1. */
  dropRate: number;
  /** Share of deliveries that come twice, 0 to 1. */
  duplicateRate: number;
  /** Deliveries are late by up to this many milliseconds of AWS time, so they overtake one another. */
  shuffleMs: number;
};

/** What was sent, and what became of it; for tests and the simulator's counters. */
export type DeliveryCounts = { sent: number; delivered: number; dropped: number; duplicated: number };

export interface EventBridgeService extends ServiceModule {
  /** See `World.emit`. */
  readonly emit: World['emit'];
  readonly faults: DeliveryFaults;
  readonly counts: Readonly<DeliveryCounts>;
}

export type EventTargets = {
  sendToQueue(queueArn: string, body: string): void;
  startExecution(stateMachineArn: string, input: string, name: string): void;
};

type Delivery = { ruleArn: string; target: Target; event: AwsEvent };

const DELIVER = 'events/deliver';
const REQUEST_LIMIT_BYTES = 1024 * 1024;

export function eventsService(world: World, targets: EventTargets): EventBridgeService {
  const { store, scheduler, random } = world;
  const faults: DeliveryFaults = { dropRate: 0, duplicateRate: 0, shuffleMs: 0 };
  const counts: DeliveryCounts = { sent: 0, delivered: 0, dropped: 0, duplicated: 0 };
  const publish = publisher(world, faults, counts);
  scheduler.on(DELIVER, (delivery: Delivery) => {
    if (arrives(world, targets, delivery)) counts.delivered += 1;
  });
  return {
    shape: 'events',
    faults,
    counts,
    emit(event) {
      const time = event.time ?? isoSeconds(scheduler.now());
      store.transaction(() => publish({ version: '0', id: random.uuid(), ...event, time }, 'default'));
    },
    operations: { ...ruleOperations(world), PutEvents: putEvents(world, publish) },
  };
}

type Publish = (event: AwsEvent, busPlace: string) => void;

/** Finds out who gets the event, and when. Inside a store transaction. */
function publisher(
  { store, scheduler, random }: World,
  faults: DeliveryFaults,
  counts: DeliveryCounts,
): Publish {
  const hits = (rate: number) => rate > 0 && random.below(1_000_000) < rate * 1_000_000;
  const schedule = (delivery: Delivery) => {
    const late = faults.shuffleMs > 0 ? random.below(faults.shuffleMs) : 0;
    scheduler.after(1_000 + random.below(4_000) + late, DELIVER, delivery);
  };
  return (event, busPlace) => {
    counts.sent += 1;
    if (hits(faults.dropRate)) {
      counts.dropped += 1;
      return;
    }
    const bus = busAt(store, event.region, event.account, busPlace);
    for (const { ruleArn, target } of targetsFor(store, bus, event)) {
      schedule({ ruleArn, target, event });
      if (hits(faults.duplicateRate)) {
        counts.duplicated += 1;
        schedule({ ruleArn, target, event });
      }
    }
  };
}

/** Whether the target has it. EventBridge would try for a day; what keeps failing here is a target that is not there. */
function arrives(world: World, targets: EventTargets, { ruleArn, target, event }: Delivery): boolean {
  try {
    deliver(world, targets, target, event);
    return true;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const deadLetters = target.DeadLetterConfig?.Arn;
    if (deadLetters) targets.sendToQueue(deadLetters, JSON.stringify({ ruleArn, code: error.code, event }));
    return false;
  }
}

const putEvents =
  (world: World, publish: Publish) => (input: { Entries: PutEventsEntry[] }, caller: Caller) => {
    if (Buffer.byteLength(JSON.stringify(input.Entries)) > REQUEST_LIMIT_BYTES) {
      throw new AwsError(
        'ValidationException',
        'Total size of the entries in the request is over the limit.',
      );
    }
    const Entries = input.Entries.map((entry) => {
      const fault = entryFault(entry) ?? busFault(world, entry, caller);
      if (fault) return fault;
      const event = toEvent(entry, caller, world.random.uuid(), world.scheduler.now());
      publish(event, entry.EventBusName ?? 'default');
      return { EventId: event.id };
    });
    return { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries };
  };

function deliver(world: World, targets: EventTargets, target: Target, event: AwsEvent): void {
  const [, , service, , account] = target.Arn.split(':');
  if (service === 'sqs') targets.sendToQueue(target.Arn, inputOf(target, event));
  else if (service === 'states') {
    targets.startExecution(target.Arn, inputOf(target, event), `${event.id}_${world.random.uuid()}`);
  } else {
    const bus = busAt(world.store, event.region, account ?? '', target.Arn);
    for (const { target: next } of targetsFor(world.store, bus, event)) {
      // One hop only, as between real buses of different accounts.
      if (!next.Arn.includes(':event-bus/')) deliver(world, targets, next, event);
    }
  }
}

type PutEventsEntry = {
  Source?: string;
  DetailType?: string;
  Detail?: string;
  Resources?: string[];
  Time?: string | number;
  EventBusName?: string;
};
type EntryFault = { ErrorCode: string; ErrorMessage: string };

function entryFault(entry: PutEventsEntry): EntryFault | undefined {
  for (const field of ['Source', 'DetailType', 'Detail'] as const) {
    if (!entry[field]) {
      const why = `Parameter ${field} is not valid. Reason: ${field} is a required argument.`;
      return { ErrorCode: 'InvalidArgument', ErrorMessage: why };
    }
  }
  if (entry.Source?.startsWith('aws.')) {
    return {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: 'Not authorized for the source.',
    };
  }
  return isJsonObject(entry.Detail ?? '')
    ? undefined
    : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

function busFault(world: World, entry: PutEventsEntry, caller: Caller): EntryFault | undefined {
  try {
    busAt(world.store, caller.region, caller.accountId, entry.EventBusName);
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { ErrorCode: error.code, ErrorMessage: error.message };
  }
}

/** Id, account and Region are EventBridge's; the rest is whatever the caller says. */
function toEvent(entry: PutEventsEntry, caller: Caller, id: string, nowMs: number): AwsEvent {
  const givenMs = typeof entry.Time === 'number' ? entry.Time * 1000 : Date.parse(entry.Time ?? '');
  return {
    version: '0',
    id,
    'detail-type': entry.DetailType ?? '',
    source: entry.Source ?? '',
    account: caller.accountId,
    time: isoSeconds(Number.isNaN(givenMs) ? nowMs : givenMs),
    region: caller.region,
    resources: entry.Resources ?? [],
    detail: JSON.parse(entry.Detail ?? '{}') as Record<string, unknown>,
  };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

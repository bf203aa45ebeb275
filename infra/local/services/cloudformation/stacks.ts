import type { Caller, World } from '../../world.ts';
import { isoNow } from './resources/resource-type.ts';
import type { JsonObject } from './template/template.ts';

export type StackStatus =
  | `CREATE_${'IN_PROGRESS' | 'FAILED' | 'COMPLETE'}`
  | `ROLLBACK_${'IN_PROGRESS' | 'FAILED' | 'COMPLETE'}`
  | `DELETE_${'IN_PROGRESS' | 'FAILED' | 'COMPLETE'}`
  | `UPDATE_${'IN_PROGRESS' | 'COMPLETE_CLEANUP_IN_PROGRESS' | 'COMPLETE' | 'FAILED'}`
  | `UPDATE_ROLLBACK_${'IN_PROGRESS' | 'FAILED' | 'COMPLETE_CLEANUP_IN_PROGRESS' | 'COMPLETE'}`;

export type ResourceStatus =
  | `${'CREATE' | 'UPDATE' | 'DELETE'}_${'IN_PROGRESS' | 'FAILED' | 'COMPLETE'}`
  | 'DELETE_SKIPPED';

/** One resource of a stack. `id` is absent until it exists; times are ISO 8601. */
export type StackResource = {
  type: string;
  status: ResourceStatus;
  reason?: string;
  timestamp: string;
  id?: string;
  properties: JsonObject;
  attributes: JsonObject;
};

/** The template and values of a stack. The body is kept once per content, under `templateKey`. */
export type Revision = {
  templateKey: string;
  description?: string;
  parameters: { name: string; text: string; noEcho: boolean }[];
  tags: { Key: string; Value: string }[];
  capabilities: string[];
  notificationArns: string[];
};

export type Output = { OutputKey: string; OutputValue: string; Description?: string; ExportName?: string };
export type Physical = { logicalId: string; type: string; id: string };
export type Doing = 'create' | 'modify' | 'replace';

/** What a stack was before an update, to go back to. */
export type Snapshot = { revision: Revision; resources: Record<string, StackResource>; outputs: Output[] };

/** What a stack in progress has to do at its next timer. */
export type Work =
  | {
      kind: 'deploy';
      waves: string[][];
      /** The wave that is going on; -1 before the first. */
      at: number;
      doing: Record<string, Doing>;
      before?: Snapshot;
      replaced: Physical[];
    }
  | { kind: 'remove'; end: 'DELETE' | 'ROLLBACK'; retain: string[] }
  | { kind: 'undo'; before: Snapshot; created: Physical[] }
  | { kind: 'clean'; end: 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE'; leftovers: Physical[] };

/** A stack. A step works on a copy and writes it back at its end (`changeStack`). */
export type Stack = {
  id: string;
  name: string;
  accountId: string;
  region: string;
  /** As whom it makes its resources. */
  actor: Caller;
  roleArn?: string;
  status: StackStatus;
  statusReason?: string;
  createdAt: string;
  updatedAt?: string;
  deletedAt?: string;
  revision: Revision;
  resources: Record<string, StackResource>;
  outputs: Output[];
  onFailure: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';
  terminationProtection: boolean;
  timeoutInMinutes?: number;
  token: string;
  /** The change set that it was changed by last, unless that was UpdateStack. */
  changeSetId?: string;
  work?: Work;
  /** Counts the timers, so that one that was overtaken by a deletion does nothing. */
  step: number;
};

export type StackEvent = {
  EventId: string;
  StackId: string;
  StackName: string;
  LogicalResourceId: string;
  PhysicalResourceId: string;
  ResourceType: string;
  Timestamp: string;
  ResourceStatus: string;
  ResourceStatusReason?: string;
  ClientRequestToken?: string;
};

export const STEP = 'cloudformation/step';
export type StepData = { id: string; accountId: string; region: string; step: number };

const stacksAt = (accountId: string, region: string): string =>
  `cloudformation/stacks/${accountId}/${region}`;
const eventsOf = (stackId: string): string => `cloudformation/events/${stackId.split('/').at(-1)}`;

type Place = { accountId: string; region: string };

/** All stacks of a place, deleted ones too, oldest first. */
export function allStacks(world: World, { accountId, region }: Place): Stack[] {
  return world.store.values<Stack>(stacksAt(accountId, region));
}

/** A name finds the stack that exists; an ARN finds a deleted one too. */
export function findStack(world: World, place: Place, nameOrId: string): Stack | undefined {
  if (nameOrId.startsWith('arn:'))
    return world.store.get<Stack>(stacksAt(place.accountId, place.region), nameOrId);
  return allStacks(world, place).find(
    (stack) => stack.name === nameOrId && stack.status !== 'DELETE_COMPLETE',
  );
}

export function saveStack(world: World, stack: Stack): void {
  world.store.put(stacksAt(stack.accountId, stack.region), stack.id, stack);
}

/** Runs `change` on a copy of the stored stack and writes it back. */
export function changeStack(
  world: World,
  { id, accountId, region }: StepData,
  change: (stack: Stack) => void,
) {
  const stored = world.store.get<Stack>(stacksAt(accountId, region), id);
  if (!stored) return;
  const stack = structuredClone(stored);
  change(stack);
  saveStack(world, stack);
}

/** Has the stack's work go on after `ms` of AWS time. */
export function continueAfter(world: World, stack: Stack, ms: number): void {
  stack.step += 1;
  const { id, accountId, region, step } = stack;
  world.scheduler.after(ms, STEP, { id, accountId, region, step } satisfies StepData);
}

/** Moves the stack to a status: history, and the event on the account's bus. */
export function setStackStatus(world: World, stack: Stack, status: StackStatus, reason?: string): void {
  stack.status = status;
  delete stack.statusReason;
  if (reason !== undefined) stack.statusReason = reason;
  // The API model has no clean-up status for a stack event, though AWS is seen to send it: it stays out.
  if (!status.includes('CLEANUP'))
    addEvent(world, stack, {
      LogicalResourceId: stack.name,
      PhysicalResourceId: stack.id,
      ResourceType: 'AWS::CloudFormation::Stack',
      ResourceStatus: status,
      ...(reason === undefined ? {} : { ResourceStatusReason: reason }),
    });
  world.emit({
    'detail-type': 'CloudFormation Stack Status Change',
    source: 'aws.cloudformation',
    account: stack.accountId,
    region: stack.region,
    resources: [stack.id],
    detail: {
      'stack-id': stack.id,
      'status-details': { status, 'status-reason': reason ?? '' },
      'client-request-token': stack.token,
    },
  });
}

/** Moves one resource of the stack to a status. */
export function setResourceStatus(
  world: World,
  stack: Stack,
  logicalId: string,
  status: ResourceStatus,
  reason?: string,
): void {
  const resource = stack.resources[logicalId];
  if (!resource) return;
  resource.status = status;
  resource.timestamp = isoNow(world);
  delete resource.reason;
  if (reason !== undefined) resource.reason = reason;
  addEvent(world, stack, {
    LogicalResourceId: logicalId,
    PhysicalResourceId: resource.id ?? '',
    ResourceType: resource.type,
    ResourceStatus: status,
    ...(reason === undefined ? {} : { ResourceStatusReason: reason }),
  });
}

type EventPart = Omit<StackEvent, 'EventId' | 'StackId' | 'StackName' | 'Timestamp'>;

function addEvent(world: World, stack: Stack, part: EventPart): void {
  const event: StackEvent = {
    EventId: world.random.uuid(),
    StackId: stack.id,
    StackName: stack.name,
    Timestamp: isoNow(world),
    ...part,
    ...(stack.token === '' ? {} : { ClientRequestToken: stack.token }),
  };
  world.store.put(eventsOf(stack.id), event.EventId, event);
}

/** Newest first, as AWS lists them. */
export function stackEvents(world: World, stack: Stack): StackEvent[] {
  return world.store.values<StackEvent>(eventsOf(stack.id)).reverse();
}

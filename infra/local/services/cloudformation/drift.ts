import { page } from '../../paging.ts';
import type { Caller, World } from '../../world.ts';
import { requireStack } from './describe.ts';
import { compareStack, type ResourceDrift } from './drift-compare.ts';
import { isoNow } from './resources/resource-type.ts';
import { findStack, type Stack } from './stacks.ts';
import { validationError } from './template/template.ts';

const HANDLER = 'cloudformation/drift';
const DETECTIONS = 'cloudformation/drift-detections';
const RESULTS = 'cloudformation/drift-results';
/** AWS time that a detection takes. */
const DETECTION_MS = { least: 10_000, spread: 20_000 };
const DETECTABLE = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'UPDATE_ROLLBACK_FAILED',
];

type Detection = {
  id: string;
  stackId: string;
  accountId: string;
  region: string;
  status: 'DETECTION_IN_PROGRESS' | 'DETECTION_FAILED' | 'DETECTION_COMPLETE';
  reason?: string;
  drifted: number;
  startedAt: string;
};
/** What the last detection of a stack found; kept until the next one. */
type Result = { checkedAt: string; resources: ResourceDrift[] };

export function registerDrift(world: World): void {
  world.scheduler.on(HANDLER, ({ id }: { id: string }) => finish(world, id));
}

/** @throws AwsError `ValidationError` for a stack that is busy or broken, and while a detection is under way */
export function detectStackDrift(world: World, input: { StackName: string }, caller: Caller) {
  const stack = requireStack(world, caller, input.StackName);
  if (!DETECTABLE.includes(stack.status))
    throw validationError(
      `Drift detection cannot be performed on stack [${stack.id}] in the current state: ${stack.status}`,
    );
  const isBusy = world.store
    .values<Detection>(DETECTIONS)
    .some((one) => one.stackId === stack.id && one.status === 'DETECTION_IN_PROGRESS');
  if (isBusy) throw validationError(`Drift detection is already in progress for stack [${stack.id}]`);
  const { accountId, region } = stack;
  const detection: Detection = {
    id: world.random.uuid(),
    stackId: stack.id,
    accountId,
    region,
    status: 'DETECTION_IN_PROGRESS',
    drifted: -1,
    startedAt: isoNow(world),
  };
  world.store.put(DETECTIONS, detection.id, detection);
  const ms = DETECTION_MS.least + world.random.below(DETECTION_MS.spread);
  world.scheduler.after(ms, HANDLER, { id: detection.id });
  return { StackDriftDetectionId: detection.id };
}

/** Compares when the time is up, as AWS does somewhere in between: what changed since the start may be seen. */
function finish(world: World, id: string): void {
  const detection = world.store.get<Detection>(DETECTIONS, id);
  if (!detection) return;
  const stack = findStack(world, detection, detection.stackId);
  if (!stack || stack.status === 'DELETE_COMPLETE') {
    const reason = 'Failed to detect drift: the stack does not exist any more';
    world.store.put(DETECTIONS, id, { ...detection, status: 'DETECTION_FAILED', reason, drifted: 0 });
    return;
  }
  const resources = compareStack(world, stack);
  const drifted = resources.filter((one) => one.StackResourceDriftStatus !== 'IN_SYNC').length;
  const done: Detection = { ...detection, status: 'DETECTION_COMPLETE', drifted };
  world.store.put(DETECTIONS, id, done);
  world.store.put(RESULTS, stack.id, { checkedAt: isoNow(world), resources } satisfies Result);
  announce(world, stack, done);
}

const statusOf = (drifted: number) => (drifted > 0 ? 'DRIFTED' : 'IN_SYNC');

function announce(world: World, stack: Stack, detection: Detection): void {
  world.emit({
    'detail-type': 'CloudFormation Drift Detection Status Change',
    source: 'aws.cloudformation',
    account: stack.accountId,
    region: stack.region,
    resources: [stack.id],
    detail: {
      'stack-id': stack.id,
      'stack-drift-detection-id': detection.id,
      'status-details': {
        'stack-drift-status': statusOf(detection.drifted),
        'detection-status': detection.status,
      },
      'drift-detection-details': { 'drifted-stack-resource-count': detection.drifted },
    },
  });
}

export function describeStackDriftDetectionStatus(
  world: World,
  input: { StackDriftDetectionId: string },
  caller: Caller,
) {
  const found = world.store.get<Detection>(DETECTIONS, input.StackDriftDetectionId);
  if (!found || found.accountId !== caller.accountId || found.region !== caller.region)
    throw validationError(`Drift detection [${input.StackDriftDetectionId}] does not exist`);
  return {
    StackId: found.stackId,
    StackDriftDetectionId: found.id,
    DetectionStatus: found.status,
    ...(found.reason === undefined ? {} : { DetectionStatusReason: found.reason }),
    ...(found.status === 'DETECTION_COMPLETE'
      ? { StackDriftStatus: statusOf(found.drifted), DriftedStackResourceCount: found.drifted }
      : {}),
    Timestamp: found.startedAt,
  };
}

type DriftsInput = {
  StackName: string;
  StackResourceDriftStatusFilters?: string[];
  NextToken?: string;
  MaxResults?: number;
};

export function describeStackResourceDrifts(world: World, input: DriftsInput, caller: Caller) {
  const stack = requireStack(world, caller, input.StackName);
  const result = world.store.get<Result>(RESULTS, stack.id);
  const wanted = input.StackResourceDriftStatusFilters;
  const found = (result?.resources ?? []).filter(
    (one) => wanted === undefined || wanted.includes(one.StackResourceDriftStatus),
  );
  const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 100, 'ValidationError');
  return {
    StackResourceDrifts: items.map((one) => ({
      StackId: stack.id,
      ...one,
      Timestamp: result?.checkedAt ?? isoNow(world),
    })),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

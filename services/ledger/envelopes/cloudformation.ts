import type { Envelope } from '../envelope.schema.ts';
import {
  InstanceDetail,
  OperationDetail,
  ResourceDetail,
  StackDetail,
  StackDriftDetail,
  StackSetDetail,
} from './cloudformation.schema.ts';
import {
  arnOf,
  type EventKind,
  factOf,
  isOfSender,
  present,
  type Reading,
  TIMELINE_ONLY,
  timeOf,
} from './kind.ts';

const SERVICE = 'cloudformation';

/** `stack/NAME/ID`, `stackset/NAME:ID` */
const nameOf = (arn: string): string => arnOf(arn)?.name.split(/[/:]/)[1] ?? arn;

/**
 * CloudFormation numbers its events in no way, and their time has whole seconds: within one, the end comes after what
 * was under way.
 */
const orderOf = (envelope: Envelope, status: string): number =>
  timeOf(envelope) + (status.endsWith('_IN_PROGRESS') || status === 'RUNNING' || status === 'QUEUED' ? 0 : 1);

/** Identified by stack, status and second: `DescribeStackEvents` has them with a fraction. */
function readStack(envelope: Envelope): Reading | undefined {
  const detail = StackDetail.safeParse(envelope.detail).data;
  if (!detail || !isOfSender(detail['stack-id'], envelope, SERVICE)) return undefined;
  const { status, 'status-reason': reason } = detail['status-details'];
  const stackId = detail['stack-id'];
  const fact = factOf(envelope, {
    type: 'StackStatusChanged',
    meaning: ['stack', envelope.account, envelope.region, stackId, status, timeOf(envelope)],
    version: orderOf(envelope, status),
    accountId: envelope.account,
    data: present({ region: envelope.region, stackName: nameOf(stackId), stackId, status, reason }),
  });
  return { facts: [fact] };
}

/** Identified by stack, logical id, status and second, as above. */
function readResource(envelope: Envelope): Reading | undefined {
  const detail = ResourceDetail.safeParse(envelope.detail).data;
  if (!detail || !isOfSender(detail['stack-id'], envelope, SERVICE)) return undefined;
  const { status, 'status-reason': reason } = detail['status-details'];
  const { 'stack-id': stackId, 'logical-resource-id': logicalId, 'resource-type': resourceType } = detail;
  const at = timeOf(envelope);
  const fact = factOf(envelope, {
    type: 'StackResourceStatusChanged',
    meaning: ['stack-resource', envelope.account, envelope.region, stackId, logicalId, status, at],
    version: orderOf(envelope, status),
    accountId: envelope.account,
    data: present({
      region: envelope.region,
      stackName: nameOf(stackId),
      stackId,
      logicalId,
      physicalId: detail['physical-resource-id'],
      resourceType,
      status,
      reason,
    }),
  });
  return { facts: [fact] };
}

/** Identified by the detection, as `DescribeStackDriftDetectionStatus` names it, and how far it is. */
function readDrift(envelope: Envelope): Reading | undefined {
  const detail = StackDriftDetail.safeParse(envelope.detail).data;
  if (!detail || !isOfSender(detail['stack-id'], envelope, SERVICE)) return undefined;
  const { 'stack-id': stackId, 'stack-drift-detection-id': detectionId } = detail;
  const { 'stack-drift-status': status, 'detection-status': detection } = detail['status-details'];
  const fact = factOf(envelope, {
    type: 'StackDriftChecked',
    meaning: ['stack-drift', envelope.account, envelope.region, detectionId, status, detection ?? ''],
    version: timeOf(envelope),
    accountId: envelope.account,
    data: present({
      region: envelope.region,
      stackName: nameOf(stackId),
      stackId,
      detectionId,
      status,
      detection,
      driftedResources: detail['drift-detection-details']?.['drifted-stack-resource-count'],
    }),
  });
  return { facts: [fact] };
}

/** Identified by set, status and second. */
function readSet(envelope: Envelope): Reading | undefined {
  const detail = StackSetDetail.safeParse(envelope.detail).data;
  if (!detail || !isOfSender(detail['stack-set-arn'], envelope, SERVICE)) return undefined;
  const { status } = detail['status-details'];
  const stackSet = detail['stack-set-arn'];
  const fact = factOf(envelope, {
    type: 'StackSetStatusChanged',
    meaning: ['stack-set', envelope.account, envelope.region, stackSet, status, timeOf(envelope)],
    version: orderOf(envelope, status),
    data: { region: envelope.region, stackSetName: nameOf(stackSet), stackSet, status },
  });
  return { facts: [fact] };
}

/** Identified by the operation and its status, as `DescribeStackSetOperation` has them. */
function readOperation(envelope: Envelope): Reading | undefined {
  const detail = OperationDetail.safeParse(envelope.detail).data;
  if (!detail || !isOfSender(detail['stack-set-arn'], envelope, SERVICE)) return undefined;
  const { status } = detail['status-details'];
  const { 'stack-set-arn': stackSet, 'stack-set-operation-id': operationId } = detail;
  const fact = factOf(envelope, {
    type: 'StackSetOperationStatusChanged',
    meaning: ['stack-set-operation', envelope.account, envelope.region, operationId, status],
    version: orderOf(envelope, status),
    data: { region: envelope.region, stackSetName: nameOf(stackSet), stackSet, operationId, status },
  });
  return { facts: [fact] };
}

/** Identified by set, stack, both statuses and second. An instance goes to and fro: the statuses alone are not enough. */
function readInstance(envelope: Envelope): Reading | undefined {
  const detail = InstanceDetail.safeParse(envelope.detail).data;
  if (!detail || !isOfSender(detail['stack-set-arn'], envelope, SERVICE)) return undefined;
  const { 'stack-set-arn': stackSet, 'stack-id': stackId } = detail;
  const { status, 'status-reason': reason, 'detailed-status': detailed } = detail['status-details'];
  const at = timeOf(envelope);
  const stack = arnOf(stackId);
  if (stackId !== '' && stack?.service !== SERVICE) return undefined;
  const fact = factOf(envelope, {
    type: 'StackInstanceStatusChanged',
    meaning: [
      'stack-instance',
      envelope.account,
      envelope.region,
      stackSet,
      stackId,
      status,
      detailed ?? '',
      at,
    ],
    version: at + (detailed === 'PENDING' || detailed === 'RUNNING' ? 0 : 1),
    accountId: stack?.account,
    data: present({
      // Where the instance is, not where its set is kept.
      region: stack?.region ?? envelope.region,
      stackSetName: nameOf(stackSet),
      stackSet,
      stackId,
      status,
      detailed,
      reason,
    }),
  });
  return { facts: [fact] };
}

const source = 'aws.cloudformation';
const itself = { source, speaker: 'itself', changes: TIMELINE_ONLY } as const;
const management = { source, speaker: 'management', changes: TIMELINE_ONLY } as const;

export const cloudFormationKinds: readonly EventKind[] = [
  {
    ...itself,
    detailType: 'CloudFormation Stack Status Change',
    fact: 'StackStatusChanged',
    read: readStack,
  },
  {
    ...itself,
    detailType: 'CloudFormation Resource Status Change',
    fact: 'StackResourceStatusChanged',
    read: readResource,
  },
  {
    ...itself,
    detailType: 'CloudFormation Drift Detection Status Change',
    fact: 'StackDriftChecked',
    changes: 'a look for drift at the account, when it is DRIFTED and no look of ours found it',
    read: readDrift,
  },
  {
    ...management,
    detailType: 'CloudFormation StackSet Status Change',
    fact: 'StackSetStatusChanged',
    read: readSet,
  },
  {
    ...management,
    detailType: 'CloudFormation StackSet Operation Status Change',
    fact: 'StackSetOperationStatusChanged',
    read: readOperation,
  },
  {
    ...management,
    detailType: 'CloudFormation StackSet StackInstance Status Change',
    fact: 'StackInstanceStatusChanged',
    read: readInstance,
  },
];

import { z } from 'zod';
import { machineRole, WORKFLOWS } from '../../workflows/index.ts';
import type { Envelope } from './envelope.schema.ts';
import { isDriftTopic, lowerCased } from './envelopes/control-tower.ts';
import type { TrustedSource } from './envelopes/kind.ts';
import { SNS_NOTIFICATION } from './envelopes/sns.ts';

/** Where something may have drifted. Raises no trust and proves nothing: it only has somebody look. */
export type Suspicion = {
  accountId?: string | undefined;
  unitId?: string | undefined;
  policyId?: string | undefined;
  /** When it happened, RFC 3339 UTC; whole seconds, as events have them. */
  at: string;
  /** The detection that found it: our own looks make such events too, and say which detections were theirs. */
  detectionId?: string;
};

const StackDriftDetail = z.looseObject({
  'stack-drift-detection-id': z.string(),
  'status-details': z.looseObject({ 'stack-drift-status': z.string() }),
});

const ControlTowerDriftDetail = z.looseObject({
  driftType: z.string(),
  accountId: z.string().optional(),
  organizationalUnitId: z.string().optional(),
  targetIdentifier: z.string().optional(),
  policyId: z.string().optional(),
});

const PolicyCallDetail = z.looseObject({
  eventName: z.enum(['DetachPolicy', 'UpdatePolicy', 'DeletePolicy', 'MoveAccount']),
  errorCode: z.string().optional(),
  userIdentity: z.looseObject({
    sessionContext: z
      .looseObject({ sessionIssuer: z.looseObject({ userName: z.string().optional() }).optional() })
      .optional(),
  }),
  requestParameters: z.looseObject({
    targetId: z.string().optional(),
    accountId: z.string().optional(),
    policyId: z.string().optional(),
  }),
});

/** Our own state machines detach and move too, and know what they do. */
const OURS: ReadonlySet<string> = new Set(WORKFLOWS.map(({ name }) => machineRole(name)));

/**
 * What an event says about drift, if anything. An account speaks for itself, the management account for all.
 * @param trusted whose word counts for the organization
 */
export function suspicionOf(envelope: Envelope, trusted: TrustedSource): Suspicion | undefined {
  switch (envelope.source) {
    case 'aws.cloudformation':
      return envelope['detail-type'] === 'CloudFormation Drift Detection Status Change'
        ? driftedStack(envelope)
        : undefined;
    case 'aws.controltower':
      return envelope['detail-type'] === 'Drift Detected' && envelope.account === trusted.managementAccountId
        ? reported(envelope, envelope.detail)
        : undefined;
    case 'aws.sns':
      // Through that topic more can be said than Control Tower says; a look finds out.
      return envelope['detail-type'] === SNS_NOTIFICATION && isDriftTopic(envelope, trusted)
        ? reported(envelope, lowerCased(envelope.detail))
        : undefined;
    case 'aws.organizations':
      return envelope.account === trusted.managementAccountId ? calledPastUs(envelope) : undefined;
    default:
      return undefined;
  }
}

const timeOf = (envelope: Envelope): string => new Date(envelope.time).toISOString();

function driftedStack(envelope: Envelope): Suspicion | undefined {
  const detail = StackDriftDetail.safeParse(envelope.detail).data;
  return detail?.['status-details']['stack-drift-status'] === 'DRIFTED'
    ? {
        accountId: envelope.account,
        at: timeOf(envelope),
        detectionId: detail['stack-drift-detection-id'],
      }
    : undefined;
}

function reported(envelope: Envelope, said: unknown): Suspicion | undefined {
  const detail = ControlTowerDriftDetail.safeParse(said).data;
  if (!detail) return undefined;
  const { accountId, policyId, organizationalUnitId, targetIdentifier } = detail;
  const unitId = organizationalUnitId ?? targetIdentifier?.split('/').at(-1);
  return where({ accountId, policyId, unitId }, timeOf(envelope));
}

function calledPastUs(envelope: Envelope): Suspicion | undefined {
  const call = PolicyCallDetail.safeParse(envelope.detail).data;
  if (!call || call.errorCode !== undefined) return undefined;
  if (OURS.has(call.userIdentity.sessionContext?.sessionIssuer?.userName ?? '')) return undefined;
  const { targetId, accountId = targetId, policyId } = call.requestParameters;
  // A policy that is taken off one target is still on the others.
  return where(
    { accountId, unitId: targetId, ...(targetId === undefined ? { policyId } : {}) },
    timeOf(envelope),
  );
}

const where = (place: Omit<Suspicion, 'at'>, at: string): Suspicion | undefined =>
  Object.values(place).some((value) => value !== undefined) ? { ...place, at } : undefined;

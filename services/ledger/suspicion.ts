import { z } from 'zod';
import type { Envelope } from './envelope.schema.ts';

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
const OURS = 'jetway-vend';

/**
 * What an event says about drift, if anything. An account speaks for itself, the management account for all.
 * @param managementAccountId whose word counts for the organization
 */
export function suspicionOf(envelope: Envelope, managementAccountId: string): Suspicion | undefined {
  const at = new Date(envelope.time).toISOString();
  if (envelope['detail-type'] === 'CloudFormation Drift Detection Status Change') {
    const detail =
      envelope.source === 'aws.cloudformation' && StackDriftDetail.safeParse(envelope.detail).data;
    const drifted = detail && detail['status-details']['stack-drift-status'] === 'DRIFTED';
    return drifted
      ? { accountId: envelope.account, at, detectionId: detail['stack-drift-detection-id'] }
      : undefined;
  }
  if (envelope.account !== managementAccountId) return undefined;
  if (envelope.source === 'aws.controltower' && envelope['detail-type'] === 'Drift Detected') {
    const detail = ControlTowerDriftDetail.safeParse(envelope.detail).data;
    if (!detail) return undefined;
    const { accountId, policyId, organizationalUnitId, targetIdentifier } = detail;
    return where(
      { accountId, policyId, unitId: organizationalUnitId ?? targetIdentifier?.split('/').at(-1) },
      at,
    );
  }
  if (envelope.source !== 'aws.organizations') return undefined;
  const call = PolicyCallDetail.safeParse(envelope.detail).data;
  if (!call || call.errorCode !== undefined) return undefined;
  if (call.userIdentity.sessionContext?.sessionIssuer?.userName === OURS) return undefined;
  const { targetId, accountId = targetId, policyId } = call.requestParameters;
  // A policy that is taken off one target is still on the others.
  return where({ accountId, unitId: targetId, ...(targetId === undefined ? { policyId } : {}) }, at);
}

const where = (place: Omit<Suspicion, 'at'>, at: string): Suspicion | undefined =>
  Object.values(place).some((value) => value !== undefined) ? { ...place, at } : undefined;

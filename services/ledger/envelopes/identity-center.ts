import type { Envelope } from '../envelope.schema.ts';
import { callFact, isOwnRecord } from './cloudtrail.ts';
import { CallDetail } from './identity-center.schema.ts';
import { API_CALL, type EventKind, isAccountId, type Reading, TIMELINE_ONLY } from './kind.ts';

/** The call begins the work; who has access is read by listing, never from here. */
function readCall(envelope: Envelope): Reading | undefined {
  const call = CallDetail.safeParse(envelope.detail).data;
  if (!call || !isOwnRecord(call, envelope)) return undefined;
  const asked = call.requestParameters;
  const answered = call.responseElements;
  const operation =
    answered?.accountAssignmentCreationStatus ??
    answered?.accountAssignmentDeletionStatus ??
    answered?.permissionSetProvisioningStatus;
  return {
    facts: [
      callFact(envelope, 'AccessCallRecorded', call, {
        accountId: isAccountId(asked?.targetId) ? asked.targetId : undefined,
        data: {
          targetId: asked?.targetId,
          targetType: asked?.targetType,
          permissionSetArn: asked?.permissionSetArn,
          principalType: asked?.principalType,
          principalId: asked?.principalId,
          operationId: operation?.requestId,
          status: operation?.status,
          reason: operation?.failureReason,
        },
      }),
    ],
  };
}

export const identityCenterKinds: readonly EventKind[] = [
  {
    source: 'aws.sso',
    detailType: API_CALL,
    events: CallDetail.shape.eventName.options,
    speaker: 'management',
    fact: 'AccessCallRecorded',
    changes: TIMELINE_ONLY,
    read: readCall,
  },
];

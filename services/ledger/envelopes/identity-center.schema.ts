import { z } from 'zod';
import { apiCall } from './cloudtrail.schema.ts';
import { Arn, Name, Words } from './common.schema.ts';

const Status = z.object({ status: Name, requestId: Name.optional(), failureReason: Words.optional() });

export const CallDetail = apiCall(
  ['CreateAccountAssignment', 'DeleteAccountAssignment', 'ProvisionPermissionSet'],
  z
    .object({
      targetId: Name.optional(),
      targetType: Name.optional(),
      permissionSetArn: Arn.optional(),
      principalType: Name.optional(),
      principalId: Name.optional(),
    })
    .nullish(),
  z
    .object({
      accountAssignmentCreationStatus: Status.optional(),
      accountAssignmentDeletionStatus: Status.optional(),
      permissionSetProvisioningStatus: Status.optional(),
    })
    .nullish(),
);

import { z } from 'zod';
import { Arn, Name, Words } from './common.schema.ts';

const Status = z.string().regex(/^[A-Z][A-Z_]{1,63}$/);

export const StackDetail = z.object({
  'stack-id': Arn,
  'status-details': z.object({ status: Status, 'status-reason': Words.optional() }),
});

export const ResourceDetail = z.object({
  'stack-id': Arn,
  'logical-resource-id': Name,
  'physical-resource-id': z.string().max(2_048).optional(),
  'resource-type': Name,
  'status-details': z.object({ status: Status, 'status-reason': Words.optional() }),
});

export const StackDriftDetail = z.object({
  'stack-id': Arn,
  'stack-drift-detection-id': Name,
  'status-details': z.object({ 'stack-drift-status': Status, 'detection-status': Status.optional() }),
  /** -1 while it is under way. */
  'drift-detection-details': z
    .object({ 'drifted-stack-resource-count': z.number().int().optional() })
    .optional(),
});

export const StackSetDetail = z.object({
  'stack-set-arn': Arn,
  'status-details': z.object({ status: Status }),
});

export const OperationDetail = StackSetDetail.extend({ 'stack-set-operation-id': Name });

export const InstanceDetail = z.object({
  'stack-set-arn': Arn,
  /** Empty before there is a stack. */
  'stack-id': z.string().max(1_024),
  'status-details': z.object({
    status: Status,
    'status-reason': Words.optional(),
    'detailed-status': Status.optional(),
  }),
});

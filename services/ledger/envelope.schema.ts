import { z } from 'zod';

/** What EventBridge delivers. AWS adds members over the years, so only here unknown ones are kept, not refused. */
export const Envelope = z.looseObject({
  version: z.string(),
  id: z.string().min(1).max(256),
  'detail-type': z.string().min(1).max(256),
  source: z.string().min(1).max(256),
  account: z.string().regex(/^\d{12}$/),
  time: z.iso.datetime({ offset: true }),
  region: z.string().max(64),
  resources: z.array(z.string()),
  detail: z.record(z.string(), z.unknown()),
});
export type Envelope = z.infer<typeof Envelope>;

const ManagedAccountStatus = z.looseObject({
  organizationalUnit: z.looseObject({ organizationalUnitName: z.string(), organizationalUnitId: z.string() }),
  account: z.looseObject({ accountName: z.string(), accountId: z.string() }),
  state: z.enum(['SUCCEEDED', 'FAILED']),
  message: z.string().optional(),
});

/** Control Tower's account lifecycle: Create, or Update when a failed creation was retried. */
export const ControlTowerAccountDetail = z.looseObject({
  eventName: z.enum(['CreateManagedAccount', 'UpdateManagedAccount']),
  serviceEventDetails: z.looseObject({
    createManagedAccountStatus: ManagedAccountStatus.optional(),
    updateManagedAccountStatus: ManagedAccountStatus.optional(),
  }),
});

export const CreateAccountResultDetail = z.looseObject({
  eventName: z.literal('CreateAccountResult'),
  serviceEventDetails: z.looseObject({
    createAccountStatus: z.looseObject({
      id: z.string(),
      state: z.string(),
      accountId: z.string().optional(),
      failureReason: z.string().optional(),
    }),
  }),
});

export const ExecutionStatusDetail = z.looseObject({
  executionArn: z.string(),
  stateMachineArn: z.string(),
  name: z.string(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']),
  startDate: z.number(),
  stopDate: z.number().nullish(),
  redriveCount: z.number().nullish(),
  redriveDate: z.number().nullish(),
  error: z.string().nullish(),
  cause: z.string().nullish(),
});

const Evaluation = z.looseObject({
  complianceType: z.string(),
  resultRecordedTime: z.string().optional(),
  annotation: z.string().nullish(),
  evaluationResultIdentifier: z.looseObject({ orderingTimestamp: z.string() }).optional(),
});

export const ConfigComplianceDetail = z.looseObject({
  awsAccountId: z.string().regex(/^\d{12}$/),
  awsRegion: z.string(),
  configRuleName: z.string(),
  resourceType: z.string(),
  resourceId: z.string(),
  newEvaluationResult: Evaluation,
  oldEvaluationResult: Evaluation.nullish(),
});

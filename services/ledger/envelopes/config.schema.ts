import { z } from 'zod';
import { AccountId, Arn, Instant, Name, Region, Words } from './common.schema.ts';

/** Config's limit is 768 characters; in bytes, an index has to hold it beside rule and type. */
const ResourceId = z
  .string()
  .min(1)
  .max(768)
  .refine((id) => new TextEncoder().encode(id).length <= 1_024);
const ResourceType = z.string().min(1).max(196);

const Evaluation = z.object({
  complianceType: z.enum(['COMPLIANT', 'NON_COMPLIANT', 'NOT_APPLICABLE', 'INSUFFICIENT_DATA']),
  resultRecordedTime: Instant.optional(),
  annotation: Words.nullish(),
  evaluationResultIdentifier: z.object({ orderingTimestamp: Instant }).optional(),
});

/** By EventBridge and by SNS alike. */
export const ComplianceDetail = z.object({
  awsAccountId: AccountId,
  awsRegion: Region,
  configRuleName: z.string().min(1).max(128),
  resourceType: ResourceType,
  resourceId: ResourceId,
  newEvaluationResult: Evaluation,
  oldEvaluationResult: z.object({ complianceType: Name }).nullish(),
});

const Item = z.object({
  awsAccountId: AccountId,
  awsRegion: Region,
  configurationItemCaptureTime: Instant,
  /** Orders the items of one resource; 0 where AWS leaves it out. */
  configurationStateId: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
    ])
    .nullish(),
  configurationItemStatus: Name,
  resourceType: ResourceType,
  resourceId: ResourceId,
  resourceName: z.string().max(1_024).nullish(),
  ARN: Arn.nullish(),
});

export const ItemDetail = z.object({
  messageType: z.literal('ConfigurationItemChangeNotification'),
  configurationItemDiff: z.object({ changeType: Name.nullish() }).nullish(),
  configurationItem: Item,
});

/** An item over SNS's limit: only its summary, and where the rest lies. */
export const OversizedItemDetail = z.object({
  messageType: z.literal('OversizedConfigurationItemChangeNotification'),
  configurationItemSummary: Item.extend({ changeType: Name.nullish() }),
  s3DeliverySummary: z
    .object({ s3BucketLocation: Arn.nullish(), errorCode: Name.nullish(), errorMessage: Words.nullish() })
    .nullish(),
});

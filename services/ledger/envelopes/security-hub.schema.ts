import { z } from 'zod';
import { AccountId, Arn, Instant, Name, Region, Words } from './common.schema.ts';

export const Finding = z.object({
  Id: Arn,
  ProductArn: Arn,
  AwsAccountId: AccountId,
  Region: Region.optional(),
  UpdatedAt: Instant,
  Title: Words.optional(),
  RecordState: Name.optional(),
  Severity: z.object({ Label: Name.optional() }).optional(),
  Workflow: z.object({ Status: Name.optional() }).optional(),
  Compliance: z.object({
    Status: z.enum(['PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE']),
    SecurityControlId: Name.optional(),
    StatusReasons: z
      .array(z.object({ ReasonCode: Name, Description: Words.optional() }))
      .max(50)
      .optional(),
  }),
  ProductFields: z
    .object({
      ControlId: Name.optional(),
      StandardsArn: Arn.optional(),
      'RelatedAWSResources:0/name': Name.optional(),
      'RelatedAWSResources:0/type': Name.optional(),
    })
    .optional(),
  Resources: z
    .array(z.object({ Id: z.string().max(1_024), Type: Name.optional(), Region: Region.optional() }))
    .min(1)
    .max(100),
});
export type Finding = z.infer<typeof Finding>;

export const ImportedDetail = z.object({ findings: z.array(Finding).min(1).max(100) });

export const CustomActionDetail = z.object({
  actionName: Name,
  actionDescription: Words.optional(),
  findings: z.array(Finding).min(1).max(100),
});

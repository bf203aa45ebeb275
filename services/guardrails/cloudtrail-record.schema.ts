import { z } from 'zod';

/**
 * One record of CloudTrail, as in its log files. AWS adds members, so unknown ones are let through; those that the
 * what-if reads have types, and null where CloudTrail writes null.
 */
const text = z.string().max(2_048);

const SessionContext = z.looseObject({
  sessionIssuer: z
    .looseObject({ type: text.nullish(), arn: text.nullish(), accountId: text.nullish() })
    .nullish(),
  attributes: z.looseObject({ mfaAuthenticated: text.nullish(), creationDate: text.nullish() }).nullish(),
  assumedRoot: z.union([z.boolean(), text]).nullish(),
});

export const CloudTrailRecord = z.looseObject({
  eventSource: text.min(1),
  eventName: text.min(1),
  eventTime: z.iso.datetime({ offset: true }),
  awsRegion: text.min(1),
  userIdentity: z.looseObject({
    type: text.nullish(),
    arn: text.nullish(),
    accountId: text.nullish(),
    principalId: text.nullish(),
    invokedBy: text.nullish(),
    sessionContext: SessionContext.nullish(),
  }),
  eventType: text.nullish(),
  sourceIPAddress: text.nullish(),
  userAgent: text.nullish(),
  vpcEndpointId: text.nullish(),
  errorCode: text.nullish(),
  requestParameters: z.record(z.string(), z.unknown()).nullish(),
  resources: z
    .array(z.looseObject({ ARN: text.nullish(), type: text.nullish(), accountId: text.nullish() }))
    .max(1_000)
    .nullish(),
  tlsDetails: z.looseObject({ tlsVersion: text.nullish() }).nullish(),
});
export type CloudTrailRecord = z.infer<typeof CloudTrailRecord>;

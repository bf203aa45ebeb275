import { z } from 'zod';
import { AccountId, Arn, Instant, Name, Region, Words } from './common.schema.ts';

/** What every record of CloudTrail has that a service made by itself. */
export const serviceEvent = <T extends z.ZodType, N extends readonly [string, ...string[]]>(
  names: N,
  serviceEventDetails: T,
) =>
  z.object({
    eventType: z.literal('AwsServiceEvent').optional(),
    eventName: z.enum(names),
    recipientAccountId: AccountId.optional(),
    serviceEventDetails,
  });

/** What every record of CloudTrail has of a call, refused ones too: then `responseElements` is null. */
export const apiCall = <P extends z.ZodType, R extends z.ZodType, N extends readonly [string, ...string[]]>(
  names: N,
  requestParameters: P,
  responseElements: R,
) =>
  z.object({
    eventType: z.literal('AwsApiCall'),
    eventID: Name,
    eventName: z.enum(names),
    eventTime: Instant,
    awsRegion: Region,
    recipientAccountId: AccountId,
    userIdentity: z.object({ arn: Arn.optional(), invokedBy: Name.optional() }),
    errorCode: Name.optional(),
    errorMessage: Words.optional(),
    requestParameters,
    responseElements,
  });

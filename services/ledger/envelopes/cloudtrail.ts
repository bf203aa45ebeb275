import type { Envelope } from '../envelope.schema.ts';
import type { FactType, NewFact } from '../fact.ts';
import { factOf, present } from './kind.ts';

type Call = {
  eventID: string;
  eventName: string;
  eventTime: number;
  awsRegion: string;
  recipientAccountId: string;
  userIdentity: { arn?: string | undefined; invokedBy?: string | undefined };
  errorCode?: string | undefined;
  errorMessage?: string | undefined;
};

/** Whether the record is of the account and Region whose envelope it came in. */
export const isOwnRecord = (
  record: { recipientAccountId?: string | undefined; awsRegion?: string },
  envelope: Envelope,
): boolean =>
  (record.recipientAccountId ?? envelope.account) === envelope.account &&
  (record.awsRegion ?? envelope.region) === envelope.region;

/**
 * A call as a fact. The record's id identifies it in its account and Region, however it comes: `LookupEvents` has the
 * same. CloudTrail gives no order; its time has whole seconds.
 */
export function callFact(
  envelope: Envelope,
  type: FactType,
  call: Call,
  about: { accountId?: string | undefined; data: Record<string, unknown> },
): NewFact {
  return factOf(envelope, {
    type,
    meaning: ['call', envelope.account, envelope.region, call.eventID],
    version: call.eventTime,
    at: call.eventTime,
    accountId: about.accountId,
    actor: call.userIdentity.arn ?? call.userIdentity.invokedBy,
    data: present({
      call: call.eventName,
      region: envelope.region,
      ...about.data,
      error: call.errorCode,
      errorMessage: call.errorMessage,
    }),
  });
}

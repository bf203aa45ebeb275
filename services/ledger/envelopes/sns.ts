import type { z } from 'zod';
import type { Envelope } from '../envelope.schema.ts';
import { arnOf } from './kind.ts';
import type { SnsNotification } from './sns.schema.ts';

/** The detail type that messages of SNS get here. Nobody can send an event with a source that begins with `aws.`. */
export const SNS_NOTIFICATION = 'SNS Notification';

/** The topic that a message came through, of SNS's own word; undefined for what is no message of SNS. */
export function topicOf(envelope: Envelope): { account: string; region: string; name: string } | undefined {
  const topic = envelope['detail-type'] === SNS_NOTIFICATION ? arnOf(envelope.resources[0] ?? '') : undefined;
  if (topic?.service !== 'sns' || topic.account !== envelope.account) return undefined;
  return topic;
}

/**
 * A message of SNS in the form of an event: account and Region are those of the topic. What is said in the message is
 * the word of whoever may publish there.
 * @param said the message; where it is no JSON object, its text
 */
export function envelopeOfSns(message: z.infer<typeof SnsNotification>, said: unknown): unknown {
  const topic = arnOf(message.TopicArn);
  return {
    version: '0',
    id: message.MessageId,
    'detail-type': SNS_NOTIFICATION,
    source: 'aws.sns',
    account: topic?.account,
    region: topic?.region,
    time: message.Timestamp,
    resources: [message.TopicArn],
    detail:
      typeof said === 'object' && said !== null && !Array.isArray(said) ? said : { text: message.Message },
  };
}

import { z } from 'zod';

/** What SNS puts on a queue that is subscribed to a topic, without raw delivery. */
export const SnsNotification = z.looseObject({
  Type: z.literal('Notification'),
  MessageId: z.string().min(1).max(256),
  TopicArn: z.string().regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$/),
  Message: z.string(),
  Timestamp: z.string(),
});

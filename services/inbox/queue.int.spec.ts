import {
  CreateQueueCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { realClock } from '../../infra/local/clock.ts';
import { openTestAws, type TestAws } from '../../infra/local/local-aws.fixture.ts';
import { INBOX_QUEUE, openInboxQueue } from './queue.aws.ts';
import type { InboxQueue } from './queue.port.ts';

let aws: TestAws;
let sqs: SQSClient;
let queue: InboxQueue;
/** Of the reader: an hour ahead of the queue, as if the messages had waited for so long. */
let aheadMs = 3_600_000;

beforeAll(async () => {
  aws = await openTestAws({ clock: realClock(), timeScale: 600, port: 0 });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  sqs = new SQSClient({ endpoint: aws.endpointUrl, region: 'us-east-1', credentials });
  await sqs.send(new CreateQueueCommand({ QueueName: INBOX_QUEUE }));
  queue = await openInboxQueue(sqs, { now: () => new Date(Date.now() + aheadMs) }, (error) => {
    throw error;
  });
});
afterAll(async () => {
  await queue.stop();
  sqs.destroy();
  await aws.close();
});

it('knows how long the messages that it reads have waited', async () => {
  const heard: string[] = [];
  const send = (MessageBody: string) => {
    const to: SendMessageCommandInput = {
      QueueUrl: `${aws.endpointUrl}/111122223333/${INBOX_QUEUE}`,
      MessageBody,
    };
    return sqs.send(new SendMessageCommand(to));
  };
  queue.start(async (batch) => {
    heard.push(...batch.map(({ body }) => body));
    return batch.map(({ id }) => id);
  });
  expect(queue.behindMs()).toBe(0);
  await send('late');
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['late']);
  expect(queue.behindMs()).toBeGreaterThanOrEqual(3_600_000);
  expect(queue.behindMs()).toBeLessThan(3_700_000);
  aheadMs = 0;
  await send('in time');
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['late', 'in time']);
  expect(queue.behindMs()).toBeLessThan(10_000);
});

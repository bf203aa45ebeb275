import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, openTestAws, type TestAws } from '../local-aws.fixture.ts';

let aws: TestAws;
beforeEach(async () => {
  aws = await openTestAws();
  sqs('CreateQueue', { QueueName: 'dead' });
  sqs('CreateQueue', {
    QueueName: 'work',
    Attributes: {
      VisibilityTimeout: '30',
      RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:dead","maxReceiveCount":2}',
    },
  });
});
const URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/work';
const sqs = (action: string, input: unknown) => aws.call('sqs', action, input);
const send = (MessageBody: string, more = {}) => sqs('SendMessage', { QueueUrl: URL, MessageBody, ...more });
const receive = (more = {}): { Body: string; ReceiptHandle: string; Attributes: Record<string, string> }[] =>
  sqs('ReceiveMessage', { QueueUrl: URL, MaxNumberOfMessages: 10, ...more }).Messages ?? [];
const bodies = (more = {}) => receive(more).map(({ Body }) => Body);
const count = (queue: string, name = 'ApproximateNumberOfMessages') =>
  sqs('GetQueueAttributes', { QueueUrl: queue, AttributeNames: ['All'] }).Attributes[name];

describe('a queue', () => {
  it('hides what it hands out, and shows it again', async () => {
    send('a');
    expect(bodies()).toEqual(['a']);
    expect(bodies()).toEqual([]);
    expect(count('work', 'ApproximateNumberOfMessagesNotVisible')).toBe('1');
    await aws.pass(30_000);
    expect(bodies()).toEqual(['a']);
  });

  it('deletes with the latest receipt handle only, and keeps nothing of it', async () => {
    send('a');
    const [first] = receive({ VisibilityTimeout: 1 });
    await aws.pass(1_000);
    const [second] = receive();
    sqs('DeleteMessage', { QueueUrl: URL, ReceiptHandle: first?.ReceiptHandle });
    expect(count('work', 'ApproximateNumberOfMessagesNotVisible')).toBe('1');
    sqs('DeleteMessage', { QueueUrl: URL, ReceiptHandle: second?.ReceiptHandle });
    sqs('DeleteMessage', { QueueUrl: URL, ReceiptHandle: second?.ReceiptHandle });
    expect(aws.world.store.values('sqs/messages/work')).toEqual([]);
    expect(aws.world.store.values('sqs/bodies/work')).toEqual([]);
    expect(codeOf(() => sqs('DeleteMessage', { QueueUrl: URL, ReceiptHandle: 'x' }))).toBe(
      'ReceiptHandleIsInvalid',
    );
  });

  it('gives a message up after the second receive', async () => {
    send('poison');
    for (let n = 0; n < 2; n++) {
      expect(bodies()).toEqual(['poison']);
      await aws.pass(30_000);
    }
    expect(bodies()).toEqual([]);
    const dead = receive({ QueueUrl: 'dead', AttributeNames: ['All'] });
    expect(dead).toMatchObject([
      { Body: 'poison', Attributes: { DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:111122223333:work' } },
    ]);
  });

  it('makes a message visible at once, or later', async () => {
    send('a');
    const [message] = receive();
    const ref = { QueueUrl: URL, ReceiptHandle: message?.ReceiptHandle };
    sqs('ChangeMessageVisibility', { ...ref, VisibilityTimeout: 0 });
    expect(codeOf(() => sqs('ChangeMessageVisibility', { ...ref, VisibilityTimeout: 5 }))).toBe(
      'MessageNotInflight',
    );
    expect(bodies()).toEqual(['a']);
    send('late', { DelaySeconds: 60 });
    expect(count('work', 'ApproximateNumberOfMessagesDelayed')).toBe('1');
    await aws.pass(60_000);
    expect(bodies()).toContain('late');
  });

  it('forgets what is past its retention', async () => {
    send('old');
    await aws.pass(5 * 86_400_000);
    expect(bodies()).toEqual([]);
    expect(aws.world.store.values('sqs/bodies/work')).toEqual([]);
  });

  it('answers batches entry by entry', () => {
    const answer = sqs('SendMessageBatch', {
      QueueUrl: URL,
      Entries: [
        { Id: '1', MessageBody: 'a' },
        { Id: '2', MessageBody: '' },
        { Id: '3', MessageBody: 'c' },
      ],
    });
    expect(answer.Successful.map(({ Id }: { Id: string }) => Id)).toEqual(['1', '3']);
    expect(answer.Failed).toMatchObject([{ Id: '2', Code: 'MissingParameter', SenderFault: true }]);
    const Entries = receive().map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
    const deleted = sqs('DeleteMessageBatch', {
      QueueUrl: URL,
      Entries: [...Entries, { Id: 'x', ReceiptHandle: 'x' }],
    });
    expect([deleted.Successful.length, deleted.Failed.length]).toEqual([2, 1]);
  });

  it('has AWS’s digests', () => {
    const sent = send('hello', {
      MessageAttributes: {
        b: { DataType: 'String', StringValue: 'x' },
        a: { DataType: 'Number', StringValue: '1' },
      },
    });
    expect(sent.MD5OfMessageBody).toBe('5d41402abc4b2a76b9719d911017c592');
    expect(sent.MD5OfMessageAttributes).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is made once, and is the same for the same attributes', () => {
    expect(sqs('CreateQueue', { QueueName: 'work', Attributes: { VisibilityTimeout: '30' } }).QueueUrl).toBe(
      URL,
    );
    expect(
      codeOf(() => sqs('CreateQueue', { QueueName: 'work', Attributes: { VisibilityTimeout: '31' } })),
    ).toBe('QueueNameExists');
    sqs('SetQueueAttributes', { QueueUrl: URL, Attributes: { VisibilityTimeout: '31' } });
    expect(count('work', 'VisibilityTimeout')).toBe('31');
    send('a');
    sqs('PurgeQueue', { QueueUrl: URL });
    expect(count('work')).toBe('0');
    expect(sqs('ListQueues', { QueueNamePrefix: 'w' }).QueueUrls).toEqual([URL]);
  });

  it.each<[string, string, object]>([
    ['QueueDoesNotExist', 'GetQueueUrl', { QueueName: 'none' }],
    ['UnsupportedOperation', 'CreateQueue', { QueueName: 'f', Attributes: { FifoQueue: 'true' } }],
    ['InvalidAttributeValue', 'CreateQueue', { QueueName: 'f', Attributes: { RedrivePolicy: '{}' } }],
    ['InvalidParameterValue', 'CreateQueue', { QueueName: 'a b' }],
    ['InvalidParameterValue', 'ReceiveMessage', { QueueUrl: URL, MaxNumberOfMessages: 11 }],
    ['InvalidMessageContents', 'SendMessage', { QueueUrl: URL, MessageBody: 'a\u0000b' }],
    ['InvalidMessageContents', 'SendMessage', { QueueUrl: URL, MessageBody: '\ud800' }],
    ['InvalidParameterValue', 'SendMessage', { QueueUrl: URL, MessageBody: 'x'.repeat(1_048_577) }],
    ['EmptyBatchRequest', 'SendMessageBatch', { QueueUrl: URL, Entries: [] }],
    [
      'BatchEntryIdsNotDistinct',
      'DeleteMessageBatch',
      {
        QueueUrl: URL,
        Entries: [
          { Id: '1', ReceiptHandle: 'a' },
          { Id: '1', ReceiptHandle: 'b' },
        ],
      },
    ],
  ])('%s from %s', (code, action, input) => {
    expect(codeOf(() => sqs(action, input))).toBe(code);
  });
});

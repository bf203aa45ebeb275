import { request } from 'node:http';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  DescribeRecordCommand,
  ProvisionProductCommand,
  SearchProductsAsAdminCommand,
  ServiceCatalogClient,
} from '@aws-sdk/client-service-catalog';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from './clock.ts';
import { openTestAws, provisionInput, type TestAws } from './local-aws.fixture.ts';

let aws: TestAws;
let sqs: SQSClient;
let sfn: SFNClient;
let events: EventBridgeClient;
let catalog: ServiceCatalogClient;

beforeAll(async () => {
  aws = await openTestAws({ clock: realClock(), timeScale: 600, port: 0 });
  const settings = {
    endpoint: aws.endpointUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 3,
  };
  sqs = new SQSClient(settings);
  sfn = new SFNClient(settings);
  events = new EventBridgeClient(settings);
  catalog = new ServiceCatalogClient(settings);
});
afterAll(async () => {
  for (const client of [sqs, sfn, events, catalog]) client.destroy();
  await aws.close();
});

const queue = async (name: string) =>
  (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl as string;

describe('SQS over the wire', () => {
  it('sends, receives and deletes with digests that the client checks', async () => {
    const QueueUrl = await queue('plain');
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'plain' }))).QueueUrl).toBe(QueueUrl);
    const MessageBody = JSON.stringify({ text: 'Grüße, 世界 🚀' });
    const attribute = { DataType: 'String', StringValue: 'x' };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes: { attribute } }));
    const Entries = ['1', '2'].map((Id) => ({ Id, MessageBody: Id }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    expect(Messages.map(({ Body }) => Body)).toEqual([MessageBody, '1', '2']);
    expect(Messages[0]?.MessageAttributes).toEqual({ attribute });
    expect(Messages[0]?.Attributes?.ApproximateReceiveCount).toBe('1');
    for (const { ReceiptHandle } of Messages)
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    const attributes = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(attributes.Attributes?.ApproximateNumberOfMessagesNotVisible).toBe('0');
  });

  it('takes a message of a megabyte', async () => {
    const QueueUrl = await queue('large');
    const MessageBody = 'x'.repeat(1_048_000);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages?.[0]?.Body).toHaveLength(MessageBody.length);
  });

  it('is woken at once by a send, and waits no longer than it was told', async () => {
    const QueueUrl = await queue('polled');
    const started = performance.now();
    const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
    setTimeout(() => void sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'now' })), 200);
    expect((await waiting).Messages?.[0]?.Body).toBe('now');
    expect(performance.now() - started).toBeLessThan(3_000);
    const empty = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    expect(empty.Messages).toBeUndefined();
  });

  it('sees a message again when its visibility ends while it polls', async () => {
    const QueueUrl = await queue('again');
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'again' }));
    await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1 }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(Messages?.[0]?.Body).toBe('again');
  });

  it('takes no message for a client that has left', async () => {
    const QueueUrl = await queue('left');
    const leaving = new AbortController();
    const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }), {
      abortSignal: leaving.signal,
    });
    setTimeout(() => leaving.abort(), 100);
    await expect(poll).rejects.toThrow(/abort/i);
    await new Promise((resume) => setTimeout(resume, 50));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages?.[0]?.Body).toBe('kept');
  });

  it('names its errors as the client knows them', async () => {
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'none' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      $metadata: { httpStatusCode: 400, requestId: expect.any(String) },
    });
  });
});

describe('Step Functions over the wire', () => {
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Ask',
    States: {
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
        Arguments: {
          QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/asks',
          MessageBody: { token: '{% $states.context.Task.Token %}' },
        },
        End: true,
      },
    },
  });

  it('runs a machine that asks on a queue and is answered', async () => {
    const QueueUrl = await queue('asks');
    const roleArn = 'arn:aws:iam::111122223333:role/jetway-vend';
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({ name: 'ask', definition, roleArn }),
    );
    const { executionArn, startDate } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, name: 'one', input: '{}' }),
    );
    expect(startDate).toBeInstanceOf(Date);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    const { token } = JSON.parse(Messages?.[0]?.Body ?? '{}') as { token: string };
    await sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: '{"outcome":"approved"}' }));
    await aws.settle();
    const described = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    expect(described).toMatchObject({ status: 'SUCCEEDED', output: '{"outcome":"approved"}' });
    expect(described.stopDate?.getTime()).toBeGreaterThanOrEqual(startDate?.getTime() ?? Infinity);
    const history = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(history.events?.at(-1)?.type).toBe('ExecutionSucceeded');
    const list = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(list.executions).toHaveLength(1);
    await expect(
      sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' })),
    ).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });
});

describe('Service Catalog over the wire', () => {
  it('provisions an account', async () => {
    const products = await catalog.send(
      new SearchProductsAsAdminCommand({ Filters: { Owner: ['AWS Control Tower'] } }),
    );
    expect(products.ProductViewDetails?.[0]?.CreatedTime).toBeInstanceOf(Date);
    const { RecordDetail } = await catalog.send(new ProvisionProductCommand(provisionInput('wired')));
    expect(RecordDetail?.Status).toBe('CREATED');
    await aws.settle();
    const record = await catalog.send(new DescribeRecordCommand({ Id: RecordDetail?.RecordId }));
    expect(record.RecordDetail?.Status).toBe('SUCCEEDED');
    expect(record.RecordDetail?.UpdatedTime?.getTime()).toBeGreaterThan(
      RecordDetail?.CreatedTime?.getTime() ?? Infinity,
    );
  });

  it('names its errors', async () => {
    await expect(catalog.send(new DescribeRecordCommand({ Id: 'rec-none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Record rec-none not found.',
    });
  });

  it('executes a call once when its reply was lost and the client asks again', async () => {
    const input = provisionInput('lost-reply');
    aws.faults.inject({ service: 'servicecatalog', action: 'ProvisionProduct', kind: 'lost-reply' });
    const { RecordDetail } = await catalog.send(new ProvisionProductCommand(input));
    expect(RecordDetail?.ProvisionedProductName).toBe('vend-lost-reply');
    expect(aws.faults.hits.get('lost-reply servicecatalog:ProvisionProduct')).toBe(1);
  });
});

describe('EventBridge over the wire', () => {
  it('takes our events to a queue', async () => {
    const QueueUrl = await queue('heard');
    await events.send(new CreateEventBusCommand({ Name: 'wired' }));
    await events.send(
      new PutRuleCommand({ Name: 'hear', EventBusName: 'wired', EventPattern: '{"source":["jetway"]}' }),
    );
    const Targets = [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:111122223333:heard' }];
    await events.send(new PutTargetsCommand({ Rule: 'hear', EventBusName: 'wired', Targets }));
    const Time = new Date('2026-01-02T03:04:05Z');
    const entry = { EventBusName: 'wired', DetailType: 'T', Detail: '{}', Time };
    const answer = await events.send(
      new PutEventsCommand({
        Entries: [
          { ...entry, Source: 'jetway' },
          { ...entry, Source: 'aws.s3' },
        ],
      }),
    );
    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries?.[1]?.ErrorCode).toBe('NotAuthorizedForSourceException');
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(JSON.parse(Messages?.[0]?.Body ?? '{}')).toMatchObject({
      source: 'jetway',
      time: '2026-01-02T03:04:05Z',
    });
  });
});

describe('the wire itself', () => {
  const post = async (target: string | undefined, body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(aws.endpointUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        ...(target ? { 'x-amz-target': target } : {}),
        ...headers,
      },
      body,
    });
    return {
      status: response.status,
      type: response.headers.get('x-amzn-errortype'),
      body: (await response.json()) as { message?: string; Account?: { JoinedTimestamp: unknown } },
    };
  };

  it.each<[number, string, string | undefined, string]>([
    [501, 'UnknownOperationException', 'AWS242ServiceCatalogService.Nonsense', '{}'],
    [501, 'UnknownOperationException', 'AWS242ServiceCatalogService.DeleteProduct', '{}'],
    [501, 'UnknownOperationException', 'Lambda.Invoke', '{}'],
    [501, 'UnknownOperationException', undefined, '{}'],
    [400, 'SerializationException', 'AWS242ServiceCatalogService.DescribeRecord', '{"Id":'],
    [400, 'SerializationException', 'AWS242ServiceCatalogService.DescribeRecord', '[]'],
    [400, 'SerializationException', 'AWS242ServiceCatalogService.DescribeRecord', '{"Id":7}'],
    [400, 'ValidationException', 'AWS242ServiceCatalogService.DescribeRecord', '{"Id":"rec-1","Idd":1}'],
    [400, 'ValidationException', 'AWS242ServiceCatalogService.DescribeRecord', ''],
    [413, 'RequestEntityTooLargeException', 'AmazonSQS.SendMessage', 'x'.repeat(9 * 1024 * 1024)],
  ])('answers %d %s to %s', async (status, type, target, body) => {
    const answer = await post(target, body);
    expect(answer).toMatchObject({ status, type, body: { __type: type, message: expect.any(String) } });
  });

  it('names the operation that it does not have', async () => {
    const { body } = await post('AWSOrganizationsV20161128.LeaveOrganization', '{}');
    expect(body.message).toContain('LeaveOrganization');
  });

  it('serves the other JSON services too', async () => {
    const { status, body } = await post(
      'AWSOrganizationsV20161128.DescribeAccount',
      '{"AccountId":"333344445555"}',
    );
    expect(status).toBe(200);
    expect(body.Account?.JoinedTimestamp).toBeTypeOf('number');
  });

  it('listens to this machine only, by its own name', async () => {
    const { port } = new URL(aws.endpointUrl);
    const status = await new Promise((resolve) => {
      const options = { host: '127.0.0.1', port, method: 'POST', headers: { host: 'evil.example' } };
      request(options, (response) => resolve(response.statusCode)).end('{}');
    });
    expect(status).toBe(403);
  });
});

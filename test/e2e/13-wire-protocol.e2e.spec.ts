import {
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  PutEventsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  DescribeProvisionedProductCommand,
  DescribeRecordCommand,
  SearchProductsAsAdminCommand,
  ServiceCatalogClient,
} from '@aws-sdk/client-service-catalog';
import {
  DescribeExecutionCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  paginateGetExecutionHistory,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WORKFLOWS } from '../../workflows/index.ts';
import { type RequestAnswer, requestBody, startService, type TestService } from '../support/jetway.ts';

/** AWS's own clients against the embedded AWS, as the service and its operators use them. */
let jetway: TestService;
let vended: RequestAnswer;
let sfn: SFNClient;
let catalog: ServiceCatalogClient;
let events: EventBridgeClient;
let sqs: SQSClient;

beforeAll(async () => {
  jetway = await startService();
  const settings = {
    endpoint: jetway.aws.endpointUrl,
    region: jetway.aws.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  sfn = new SFNClient(settings);
  catalog = new ServiceCatalogClient(settings);
  events = new EventBridgeClient(settings);
  sqs = new SQSClient(settings);
  const asked = await jetway.order(requestBody('wire'));
  vended = await jetway.reachesActive(asked.id);
});
afterAll(async () => {
  for (const client of [sfn, catalog, events, sqs]) client?.destroy();
  await jetway?.close();
});

const machine = (name: string) => `arn:aws:states:us-east-1:111122223333:stateMachine:${name}`;
const execution = (id: string) => `arn:aws:states:us-east-1:111122223333:execution:account-vending:${id}`;

describe('Step Functions', () => {
  it('lists machines and executions, and tells the whole history of a vend', async () => {
    const { stateMachines } = await sfn.send(new ListStateMachinesCommand({}));
    expect(stateMachines?.map((m) => m.name).sort()).toEqual(WORKFLOWS.map(({ name }) => name).sort());
    const { executions } = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn: machine('account-vending'), statusFilter: 'SUCCEEDED' }),
    );
    expect(executions?.map((e) => e.name)).toContain(vended.id);
    expect(executions?.[0]?.startDate).toBeInstanceOf(Date);
    const described = await sfn.send(new DescribeExecutionCommand({ executionArn: execution(vended.id) }));
    expect(described).toMatchObject({ status: 'SUCCEEDED', stateMachineArn: machine('account-vending') });
    expect(JSON.parse(described.input!)).toMatchObject({
      requestId: vended.id,
      planDigest: vended.plan.digest,
    });
    const pages = paginateGetExecutionHistory(
      { client: sfn, pageSize: 1_000 },
      { executionArn: execution(vended.id) },
    );
    const history: HistoryEvent[] = [];
    for await (const { events: page } of pages) history.push(...(page ?? []));
    expect(history[0]?.type).toBe('ExecutionStarted');
    const entered = history.map((e) => e.stateEnteredEventDetails?.name);
    expect(entered).toEqual(expect.arrayContaining(['Provision the account', 'Lift the fence']));
  });

  it('has AWS’s errors: the same name with another input, a token of nobody', async () => {
    const again = new StartExecutionCommand({
      stateMachineArn: machine('account-vending'),
      name: vended.id,
      input: '{}',
    });
    await expect(sfn.send(again)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    const token = new SendTaskSuccessCommand({ taskToken: 'of nobody', output: '{}' });
    await expect(sfn.send(token)).rejects.toMatchObject({
      name: expect.stringMatching(/^(InvalidToken|TaskTimedOut|TaskDoesNotExist)$/),
    });
    const absent = new DescribeExecutionCommand({ executionArn: execution('nobody') });
    await expect(sfn.send(absent)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });
});

describe('Service Catalog', () => {
  it('shows the product and the record that made the account', async () => {
    const { ProductViewDetails } = await catalog.send(new SearchProductsAsAdminCommand({}));
    expect(ProductViewDetails?.map((p) => p.ProductViewSummary?.Name)).toEqual([
      'AWS Control Tower Account Factory',
    ]);
    const { ProvisionedProductDetail: product } = await catalog.send(
      new DescribeProvisionedProductCommand({ Name: `jetway-${vended.id}` }),
    );
    expect(product).toMatchObject({ Status: 'AVAILABLE', CreatedTime: expect.any(Date) });
    const record = await catalog.send(new DescribeRecordCommand({ Id: product!.LastRecordId! }));
    expect(record.RecordDetail?.Status).toBe('SUCCEEDED');
    expect(record.RecordOutputs).toContainEqual(
      expect.objectContaining({ OutputKey: 'AccountId', OutputValue: vended.accountId }),
    );
    await expect(
      catalog.send(new DescribeProvisionedProductCommand({ Name: 'absent' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('EventBridge and SQS', () => {
  it('list the rules and queues that Jetway deploys', async () => {
    const { Rules } = await events.send(new ListRulesCommand({}));
    expect(Rules?.map((r) => r.Name)).toEqual(expect.arrayContaining(['jetway-executions']));
    const { QueueUrls } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'jetway-' }));
    expect(QueueUrls).toHaveLength(2);
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'jetway-inbox-dlq' }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: '0' });
  });

  it('refuse an event that pretends to be AWS’s', async () => {
    const Entries = [{ Source: 'aws.controltower', DetailType: 'x', Detail: '{}' }];
    expect(await events.send(new PutEventsCommand({ Entries }))).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'NotAuthorizedForSourceException' }],
    });
  });
});

describe('what it does not have', () => {
  it('an operation is refused by name', async () => {
    await expect(events.send(new ListEventBusesCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('ListEventBuses'),
    });
    const stray = await fetch(jetway.aws.endpointUrl, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' },
      body: '{}',
    });
    expect(stray.status).toBe(501);
    expect(await stray.text()).toContain('DynamoDB_20120810.ListTables');
  });

  it('an argument that AWS would not take is refused by name', async () => {
    const call = (target: string, body: unknown) =>
      fetch(jetway.aws.endpointUrl, {
        method: 'POST',
        headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    const missing = await call('AWS242ServiceCatalogService.DescribeRecord', {});
    expect([missing.status, await missing.text()]).toEqual([400, expect.stringMatching(/id/i)]);
    const wrong = await call('AWS242ServiceCatalogService.DescribeRecord', { Id: 7 });
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringMatching(/Serialization.*Id|Id/s)]);
    const unknown = await call('AWSEvents.ListRules', { Colour: 'red' });
    expect([unknown.status, await unknown.text()]).toEqual([400, expect.stringContaining('Colour')]);
    expect((await call('AWSEvents.ListRules', '{"unclosed')).status).toBe(400);
  });

  it('answers nobody who comes by another name than this machine’s', async () => {
    const { port } = new URL(jetway.aws.endpointUrl);
    const http = await import('node:http');
    const status = await new Promise((resolve) => {
      const headers = { host: 'evil.example', 'x-amz-target': 'AWSEvents.ListRules' };
      const request = http.request({ host: '127.0.0.1', port, method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      request.end('{}');
    });
    expect(status).toBe(403);
  });
});

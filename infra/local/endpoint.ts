import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { apiShapes } from '../api-shapes/shapes.ts';
import { fromWire, toWire } from '../api-shapes/wire.ts';
import { type Dispatcher, LOST_REPLY, UNKNOWN_OPERATION } from './dispatch.ts';
import type { SqsService } from './services/sqs.ts';
import { AwsError, type Caller } from './world.ts';

/** The wire of the embedded AWS: awsJson1_0 and awsJson1_1 over HTTP on the loopback interface. */
export interface Endpoint {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

/** SQS takes messages up to 1 MiB, and JSON spells some characters with six. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** Services whose clients speak JSON with `X-Amz-Target`; the others are answered in process only. */
const WIRE_SERVICES = [
  'stepfunctions',
  'sqs',
  'events',
  'servicecatalog',
  'organizations',
  'config',
  'cloudtrail',
  'identitystore',
  'sso-admin',
  'service-quotas',
];

/** Names that the older query protocol of SQS had; clients still show them as the error's code. */
const QUERY_ERRORS: Record<string, string> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

type EndpointOptions = { dispatcher: Dispatcher; sqs: SqsService; caller: Caller };

/** @param port 0 takes a free one */
export async function openEndpoint(port: number, options: EndpointOptions): Promise<Endpoint> {
  const targets = new Map<string, string>();
  for (const service of WIRE_SERVICES) targets.set(apiShapes(service)?.targetPrefix ?? service, service);
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    void handle(request, response, targets, options);
  });
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  targets: Map<string, string>,
  options: EndpointOptions,
): Promise<void> {
  const requestId = randomUUID();
  try {
    checkHost(request);
    const { service, action } = target(request, targets);
    const input = await readJson(request, response);
    const output = await call(service, action, input, response, options);
    if (response.destroyed) return;
    answer(request, response, requestId, 200, output);
  } catch (error) {
    if (response.destroyed) return;
    if (error instanceof AwsError && error.code === LOST_REPLY) response.socket?.destroy();
    else answerError(request, response, requestId, error);
  }
}

/** A page in a browser can reach the loopback interface by a name of its own; no SDK client comes by another name. */
function checkHost(request: IncomingMessage): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (host !== '127.0.0.1' && host !== 'localhost') {
    throw new AwsError(
      'AccessDeniedException',
      'the embedded AWS answers on the loopback interface only',
      403,
    );
  }
}

function target(request: IncomingMessage, targets: Map<string, string>): { service: string; action: string } {
  const header = String(request.headers['x-amz-target'] ?? '');
  const dot = header.lastIndexOf('.');
  const service = targets.get(header.slice(0, dot));
  if (request.method !== 'POST' || service === undefined) {
    const what = header === '' ? `${request.method} ${request.url}` : header;
    throw new AwsError(UNKNOWN_OPERATION, `the embedded AWS does not know ${what}`, 501);
  }
  return { service, action: header.slice(dot + 1) };
}

async function readJson(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) {
      response.setHeader('connection', 'close');
      throw new AwsError(
        'RequestEntityTooLargeException',
        `The body is larger than ${BODY_LIMIT_BYTES} bytes.`,
        413,
      );
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.');
  }
}

async function call(
  service: string,
  action: string,
  input: unknown,
  response: ServerResponse,
  { dispatcher, sqs, caller }: EndpointOptions,
): Promise<unknown> {
  const shapes = apiShapes(service);
  const read = shapes ? fromWire(shapes, action, input) : input;
  let output = dispatcher.call(service, action, read, caller);
  if (service === 'sqs' && action === 'ReceiveMessage') {
    output = await longPoll(read as ReceiveInput, output, response, { dispatcher, sqs, caller });
  }
  return shapes ? toWire(shapes, action, output) : output;
}

type ReceiveInput = { QueueUrl: string; WaitTimeSeconds?: number };

/** Asks again whenever a message may be there, until the wait is over or the client has gone. */
async function longPoll(
  input: ReceiveInput,
  first: unknown,
  response: ServerResponse,
  { dispatcher, sqs, caller }: EndpointOptions,
): Promise<unknown> {
  const attributes = dispatcher.call(
    'sqs',
    'GetQueueAttributes',
    { QueueUrl: input.QueueUrl, AttributeNames: ['ReceiveMessageWaitTimeSeconds'] },
    caller,
  ) as { Attributes?: { ReceiveMessageWaitTimeSeconds?: string } };
  const seconds = input.WaitTimeSeconds ?? Number(attributes.Attributes?.ReceiveMessageWaitTimeSeconds ?? 0);
  const deadline = performance.now() + seconds * 1000;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let output = first as { Messages?: unknown[] };
  while (output.Messages === undefined && !gone.signal.aborted) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) break;
    await sqs.wait(input.QueueUrl, leftMs, gone.signal);
    // A message taken for a client that has left would be hidden for nothing.
    if (gone.signal.aborted) break;
    output = dispatcher.call('sqs', 'ReceiveMessage', input, caller) as { Messages?: unknown[] };
  }
  return output;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const type = request.headers['content-type'] ?? '';
  response.writeHead(status, {
    'content-type': /^application\/x-amz-json-1\.[01]$/.test(type) ? type : 'application/x-amz-json-1.1',
    'x-amzn-requestid': requestId,
    ...headers,
  });
  response.end(JSON.stringify(body));
}

function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  error: unknown,
): void {
  const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
  const query = QUERY_ERRORS[known.code];
  answer(
    request,
    response,
    requestId,
    known.httpStatus,
    { __type: known.code, message: known.message },
    { 'x-amzn-errortype': known.code, ...(query ? { 'x-amzn-query-error': `${query};Sender` } : {}) },
  );
}

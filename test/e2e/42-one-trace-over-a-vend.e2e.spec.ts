import { SpanKind } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tracingTo } from '../../services/telemetry/otel.node.ts';
import { anchorIdOf, traceIdOf } from '../../services/telemetry/trace-ids.ts';
import { type RequestAnswer, requestBody, startService, type TestService } from '../support/jetway.ts';

/** A vend from the call that asks for it to ACTIVE, as a collector of OpenTelemetry sees it. */
class Kept extends InMemorySpanExporter {
  /** What was kept stays to be looked at. */
  override shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
const exporter = new Kept();
const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
let jetway: TestService;
let asked: RequestAnswer;
let spans: ReadableSpan[];

beforeAll(async () => {
  const tracing = await tracingTo(exporter, { ratio: 1, role: 'all' });
  jetway = await startService({ tracing });
  const answer = await jetway
    .as({ subject: 'ana@example.com', teams: ['payments'], roles: ['requester'] })
    .post('/v1/account-requests', requestBody('traced'), {
      traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01`,
    });
  asked = answer.body;
  await jetway.decide(asked, 'approve');
  await jetway.reaches(asked.id, 'ACTIVE');
  await jetway.close();
  spans = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceIdOf(asked.id));
}, 120_000);
afterAll(() => jetway?.close().catch(() => undefined));

/** Names of what hangs on each span and has this attribute. */
function childrenOf(attribute: string): Map<string, string[]> {
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  const found = new Map<string, string[]>();
  for (const { name, attributes, parentSpanContext } of spans) {
    if (attributes[attribute] === undefined) continue;
    const parent = byId.get(parentSpanContext?.spanId ?? '') ?? 'nobody';
    found.set(parent, [...(found.get(parent) ?? []), name]);
  }
  return found;
}

const named = (name: string) => spans.filter((span) => span.name === name);

describe('one trace', () => {
  it('begins with the call that asked, which names whoever caused it', () => {
    const roots = spans.filter((span) => span.parentSpanContext === undefined);
    expect(roots.map(({ name }) => name)).toEqual(['POST /v1/account-requests']);
    const [root] = roots;
    expect(root?.spanContext().spanId).toBe(anchorIdOf(asked.id, 'request'));
    expect(root?.links.map(({ context }) => [context.traceId, context.spanId])).toEqual([
      [CALLER.traceId, CALLER.spanId],
    ]);
  });

  it('has the way out, the workflow and the way in, in their order, and every one says the request', () => {
    const inOrder = [
      'POST /v1/account-requests',
      'outbox start-execution',
      'inbox ask approval',
      'POST /v1/account-requests/:requestId/decisions',
      'outbox task-success',
      'inbox ask admission',
      'inbox fact ProvisioningStarted',
      'inbox fact AccountProvisioned',
      'inbox fact BlueprintApplied',
      'inbox fact GuardrailsAttached',
      'inbox fact AccountVended',
    ];
    const ends = inOrder.map((name) => {
      const [first] = named(name);
      expect(first, name).toBeDefined();
      return Number(first!.endTime[0]) * 1_000 + first!.endTime[1] / 1e6;
    });
    // Which of a start and the message that it leads to ends first is nobody's promise; the rest is.
    const sure = ends.filter((_, i) => inOrder[i] !== 'outbox start-execution');
    expect([...sure].sort((a, b) => a - b)).toEqual(sure);
    for (const span of spans) expect(span.attributes['jetway.correlation_id']).toBe(asked.id);
  });

  it('has what was asked of the database, under what asked for it', () => {
    const statements = childrenOf('db.system.name');
    expect(statements.get('POST /v1/account-requests')).toContain('SELECT keep_planned');
    expect(statements.get('POST /v1/account-requests/:requestId/decisions')).toContain('INSERT outbox');
    expect(statements.get('inbox ask approval')).toEqual(
      expect.arrayContaining(['INSERT asks', 'INSERT outbox', 'INSERT request_views']),
    );
    expect(statements.get('outbox start-execution')).toContain('SELECT account_requests');
    for (const { attributes } of spans.filter((span) => span.attributes['db.system.name'])) {
      const { 'db.operation.name': operation, 'db.query.summary': summary } = attributes;
      expect(attributes['db.system.name']).toBe('postgresql');
      expect(`${summary} `).toContain(`${operation} `);
    }
  });

  it('has the calls of AWS, with the service, the method and the id that AWS gave', () => {
    const calls = childrenOf('rpc.system');
    expect(calls.get('outbox start-execution')).toContain('SFN.StartExecution');
    expect(calls.get('outbox task-success')).toContain('SFN.SendTaskSuccess');
    expect(calls.get('outbox put-event')).toContain('EventBridge.PutEvents');
    const [start] = named('SFN.StartExecution');
    expect(start?.attributes).toMatchObject({
      'rpc.system': 'aws-api',
      'rpc.service': 'SFN',
      'rpc.method': 'StartExecution',
      'http.response.status_code': 200,
      'aws.request_id': expect.any(String),
    });
    expect(start?.kind).toBe(SpanKind.CLIENT);
  });

  it('holds nothing of what was sent: no value, no token, nobody’s address', () => {
    const calls = spans.filter(({ attributes }) => attributes['db.system.name'] ?? attributes['rpc.system']);
    expect(calls.length).toBeGreaterThan(50);
    const names = new Set(calls.flatMap(({ attributes }) => Object.keys(attributes)));
    expect([...names].sort()).toEqual([
      'aws.request_id',
      'db.operation.name',
      'db.query.summary',
      'db.system.name',
      'http.response.status_code',
      'jetway.correlation_id',
      'rpc.method',
      'rpc.service',
      'rpc.system',
    ]);
    const text = JSON.stringify(calls.map(({ name, attributes, status }) => [name, attributes, status]));
    for (const word of [asked.account!.name, 'ana@example.com', 'example.com', 'AAAA'])
      expect(text).not.toContain(word);
  });

  it('hangs together: every parent is a span of it', () => {
    const ids = new Set(spans.map((span) => span.spanContext().spanId));
    expect(ids.size).toBe(spans.length);
    for (const { name, parentSpanContext } of spans)
      if (parentSpanContext) expect(ids.has(parentSpanContext.spanId), name).toBe(true);
    const [start] = named('outbox start-execution');
    expect(start?.parentSpanContext?.spanId).toBe(anchorIdOf(asked.id, 'request'));
    for (const span of spans.filter(({ name }) => name.startsWith('inbox ')))
      expect(span.parentSpanContext?.spanId, span.name).toBe(start?.spanContext().spanId);
  });
});

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

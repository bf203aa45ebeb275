import type { Context, Link, SpanKind } from '@opentelemetry/api';
import type { IdGenerator, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { VERSION } from '../kernel/version.ts';
import { followCalls } from './followed-calls.node.ts';
import { anchorIdOf, traceHeaderOf, traceIdOf } from './trace-ids.ts';
import type { EndedSpan, Tracing } from './tracing.port.ts';

export type TracingConfig = {
  /** Base address of an OTLP collector over HTTP. */
  endpoint: string;
  /** Which share of requests is traced, 0 to 1: every process decides the same by the id of the trace. */
  ratio: number;
  /** `service.instance.role`: which part of the image this is. */
  role: string;
};

/** Loaded only where somebody collects: the SDK would cost every start memory and time. */
export async function openTracing(config: TracingConfig): Promise<Tracing> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  return tracingTo(
    new OTLPTraceExporter({ url: `${config.endpoint.replace(/\/+$/, '')}/v1/traces` }),
    config,
  );
}

/** @param exporter where spans go, in batches */
export async function tracingTo(
  exporter: SpanExporter,
  { ratio, role }: Omit<TracingConfig, 'endpoint'>,
): Promise<Tracing> {
  const [api, sdk, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/resources'),
  ]);
  const ids = givenIds(new sdk.RandomIdGenerator());
  const followed = followCalls();
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'jetway',
      'service.version': VERSION,
      'jetway.role': role,
    }),
    idGenerator: ids,
    sampler: new sdk.TraceIdRatioBasedSampler(ratio),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('jetway', VERSION);
  const kinds: Record<EndedSpan['kind'], SpanKind> = {
    server: api.SpanKind.SERVER,
    producer: api.SpanKind.PRODUCER,
    consumer: api.SpanKind.CONSUMER,
  };
  const remote = (traceId: string, spanId: string) => ({
    traceId,
    spanId,
    traceFlags: api.TraceFlags.SAMPLED,
    isRemote: true,
  });
  const parentOf = ({ correlationId, under }: EndedSpan): Context =>
    under === undefined
      ? api.ROOT_CONTEXT
      : api.trace.setSpanContext(
          api.ROOT_CONTEXT,
          remote(traceIdOf(correlationId), anchorIdOf(correlationId, under)),
        );
  const linksOf = ({ causedBy }: EndedSpan): Link[] =>
    causedBy ? [{ context: remote(causedBy.traceId, causedBy.spanId) }] : [];

  return {
    ended(span) {
      const { name, kind, correlationId, startMs, endMs, error } = span;
      ids.give(traceIdOf(correlationId), span.is && anchorIdOf(correlationId, span.is));
      const made = tracer.startSpan(
        name,
        {
          kind: kinds[kind],
          startTime: startMs,
          attributes: { ...span.attributes, 'jetway.correlation_id': correlationId },
          links: linksOf(span),
        },
        parentOf(span),
      );
      if (error !== undefined)
        made.setStatus({ code: api.SpanStatusCode.ERROR, message: error.slice(0, 500) });
      const during = followed.of(span.during);
      if (during && during.dropped > 0) made.setAttribute('jetway.calls.dropped', during.dropped);
      made.end(endMs);
      if (!during) return;
      const within = api.trace.setSpan(api.ROOT_CONTEXT, made);
      for (const call of during.calls) {
        const { name: what, startMs: startTime, attributes } = call;
        const child = tracer.startSpan(
          what,
          {
            kind: api.SpanKind.CLIENT,
            startTime,
            attributes: { ...attributes, 'jetway.correlation_id': correlationId },
          },
          within,
        );
        if (call.error !== undefined)
          child.setStatus({ code: api.SpanStatusCode.ERROR, message: call.error });
        child.end(call.endMs);
      }
    },
    during: followed.during,
    calls: followed.calls,
    traceHeader: traceHeaderOf,
    // What cannot be delivered now is lost: nobody waits for a collector to stop.
    close: () => provider.shutdown().catch(() => undefined),
  };
}

/** Ids that are known beforehand, for the one span that is made next; random ones otherwise. */
function givenIds(random: IdGenerator): IdGenerator & { give(traceId: string, spanId?: string): void } {
  let next: { traceId: string; spanId: string | undefined } | undefined;
  return {
    give(traceId, spanId) {
      next = { traceId, spanId };
    },
    generateTraceId: () => next?.traceId ?? random.generateTraceId(),
    generateSpanId() {
      const { spanId } = next ?? {};
      next = next && { ...next, spanId: undefined };
      return spanId ?? random.generateSpanId();
    },
  };
}

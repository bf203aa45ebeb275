import type { Anchor } from './trace-ids.ts';

/** A piece of work that has ended. Times are milliseconds since 1970. */
export type EndedSpan = {
  /** Few different ones: routes and kinds, never ids. */
  name: string;
  kind: 'server' | 'producer' | 'consumer';
  /** Of the request that it was for; it decides the trace. */
  correlationId: string;
  /** Others hang on it by this name; at most one span of a request is each. */
  is?: Anchor;
  /** What it hangs on; nothing for the root. */
  under?: Anchor;
  startMs: number;
  endMs: number;
  attributes?: Readonly<Record<string, string | number>>;
  /** The span that the caller named in its `traceparent`. */
  causedBy?: { traceId: string; spanId: string } | undefined;
  error?: string | undefined;
};

/** Told when work has ended, so that nothing follows calls around. */
export interface Tracing {
  ended(span: EndedSpan): void;
  /** For StartExecution; undefined where nobody traces. */
  traceHeader(correlationId: string): string | undefined;
  close(): Promise<void>;
}

/** Where no collector is named: nothing is loaded, nothing is kept. */
export const NO_TRACING: Tracing = { ended: () => {}, traceHeader: () => undefined, close: async () => {} };

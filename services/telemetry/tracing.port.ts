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
  /** What was done `during` this hangs on the span. */
  during?: object;
};

/** A call of the database or of AWS that has ended. */
export type EndedCall = {
  name: string;
  startMs: number;
  endMs: number;
  attributes: Readonly<Record<string, string | number>>;
  error?: string | undefined;
};

/** Told of calls, if anybody follows what they are made for. */
export type CallObserver = {
  /** @returns what hears of the end; undefined where nobody follows */
  begin(): ((call: Omit<EndedCall, 'startMs' | 'endMs'>) => void) | undefined;
};

/** Told when work has ended, so that nothing follows calls around. */
export interface Tracing {
  ended(span: EndedSpan): void;
  /**
   * Runs a piece of work and keeps what it asks of database and AWS, for the span that says `during` with the same object.
   * Several that are worked off together share what is asked.
   */
  during<T>(pieces: readonly object[], work: () => Promise<T>): Promise<T>;
  /** Null: calls are not followed, and nothing has to be put around them. */
  readonly calls: CallObserver | null;
  /** For StartExecution; undefined where nobody traces. */
  traceHeader(correlationId: string): string | undefined;
  close(): Promise<void>;
}

/** Where no collector is named: nothing is loaded, nothing is kept. */
export const NO_TRACING: Tracing = {
  ended: () => {},
  during: (_pieces, work) => work(),
  calls: null,
  traceHeader: () => undefined,
  close: async () => {},
};

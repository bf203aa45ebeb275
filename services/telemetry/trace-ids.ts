import { sha256 } from '../kernel/canonical-json.ts';

/**
 * Ids of traces and spans follow from the correlation id: whoever knows a request's id knows its trace, in every process,
 * after every restart, and nothing has to be carried along or kept. Hex, as W3C Trace Context has them.
 */
const hex = (text: string, digits: number): string => sha256(text).slice(7, 7 + digits);

/** Ids of ours begin with `req-` and a UUID of version 7, whose first 48 bits are milliseconds since 1970. */
const TIME_ORDERED = /([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/;

/** X-Ray wants the seconds since 1970 first; the rest is a digest. */
export function traceIdOf(correlationId: string): string {
  const [, high, low] = TIME_ORDERED.exec(correlationId) ?? [];
  const seconds =
    high === undefined || low === undefined
      ? hex(`trace-time:${correlationId}`, 8)
      : Math.floor(Number.parseInt(high + low, 16) / 1_000)
          .toString(16)
          .padStart(8, '0');
  return seconds + hex(`trace:${correlationId}`, 24);
}

/** Spans that others have as their parent: the call that made the request, and the start of its workflow. */
export type Anchor = 'request' | 'workflow';

export const anchorIdOf = (correlationId: string, anchor: Anchor): string =>
  hex(`span:${anchor}:${correlationId}`, 16);

/** What StartExecution takes, so that X-Ray's segments of the execution are in the same trace. */
export const traceHeaderOf = (correlationId: string): string => {
  const id = traceIdOf(correlationId);
  return `Root=1-${id.slice(0, 8)}-${id.slice(8)};Parent=${anchorIdOf(correlationId, 'workflow')};Sampled=1`;
};

/** @returns the caller's span of a `traceparent` header; undefined when there is none, or none that is well formed */
export function readTraceparent(header: string | undefined): { traceId: string; spanId: string } | undefined {
  const [, traceId, spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(header ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return /^0+$/.test(traceId) || /^0+$/.test(spanId) ? undefined : { traceId, spanId };
}

/** Ids of requests are known wherever they stand: in keys of messages, in ids of facts. */
const REQUEST_ID = /\breq-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/;

/** Which request a message of the outbox belongs to; undefined for what belongs to none. */
export function correlationOf({
  payload,
  key,
}: {
  payload: Readonly<Record<string, unknown>>;
  key: string;
}): string | undefined {
  const { requestId, askId } = payload;
  if (typeof requestId === 'string') return requestId;
  // An ask is named by its request and the execution's counter.
  if (typeof askId === 'string') return askId.replace(/:[^:]*$/, '');
  // Events and redrives are named by what they are about.
  return REQUEST_ID.exec(key)?.[0];
}

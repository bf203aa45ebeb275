import { describe, expect, it } from 'vitest';
import { anchorIdOf, correlationOf, readTraceparent, traceHeaderOf, traceIdOf } from './trace-ids.ts';

const REQUEST = 'req-019a2b3c-4d5e-7abc-8def-0123456789ab';

describe('the trace of a request', () => {
  it('follows from its id, and begins with the time of its id as X-Ray wants it', () => {
    const id = traceIdOf(REQUEST);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(traceIdOf(REQUEST)).toBe(id);
    expect(Number.parseInt(id.slice(0, 8), 16)).toBe(Math.floor(0x019a2b3c4d5e / 1_000));
    expect(traceIdOf(REQUEST.replace('abc', 'abd'))).not.toBe(id);
    expect(traceIdOf('snapshot-1')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is told to Step Functions with the span of the start as the parent', () => {
    const [first, rest] = [traceIdOf(REQUEST).slice(0, 8), traceIdOf(REQUEST).slice(8)];
    const parent = anchorIdOf(REQUEST, 'workflow');
    expect(traceHeaderOf(REQUEST)).toBe(`Root=1-${first}-${rest};Parent=${parent};Sampled=1`);
    expect(anchorIdOf(REQUEST, 'request')).not.toBe(parent);
  });
});

describe('what a message of the outbox belongs to', () => {
  it.each([
    ['chat-remind:1', { requestId: REQUEST, act: 'remind' }, REQUEST],
    ['task-success:1', { askId: `${REQUEST}:7` }, REQUEST],
    [`put-event:AccountRequested:${REQUEST}`, { seq: 12 }, REQUEST],
    [`redrive:${REQUEST}:2026-03-04`, { executionArn: 'arn:…' }, REQUEST],
    ['put-events:1:12', { lane: 1, first: 12, last: 20 }, undefined],
    ['start-reconcile:1', { requestId: null }, undefined],
  ])('%s %j is of %s', (key, payload, expected) => {
    expect(correlationOf({ key, payload })).toBe(expected);
  });
});

describe('what a caller says of its own trace', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const spanId = '00f067aa0ba902b7';
  it('is read when it is well formed', () => {
    expect(readTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId });
  });
  it.each([
    undefined,
    '',
    `00-${traceId}-${spanId}`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `ff-${traceId}-${spanId}-01`,
  ])('%s is nothing', (header) => {
    expect(readTraceparent(header)).toBeUndefined();
  });
});

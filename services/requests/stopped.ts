import { Problem } from '../kernel/errors.ts';
import { COURSES } from '../ledger/course.ts';
import type { Fact } from '../ledger/fact.ts';
import type { RequestKind } from './kinds.ts';

const newest = (facts: readonly Fact[]): Fact | undefined =>
  [...facts].sort((a, b) => a.version - b.version).at(-1);

/** Where a request stopped last; undefined when its workflow said nothing of it. */
export const lastStop = (facts: readonly Fact[], kind: RequestKind): Fact | undefined =>
  newest(facts.filter((f) => f.type === COURSES[kind].stopped));

/**
 * The end of the execution, when it broke after the last stop. One that ended before was redriven already; its repair
 * ask is on the way.
 */
export function brokenSinceStop(facts: readonly Fact[], kind: RequestKind): Fact | undefined {
  const since = Date.parse(lastStop(facts, kind)?.occurredAt ?? '1970-01-01');
  return newest(
    facts.filter(
      (f) => f.type === 'ExecutionStatusChanged' && f.data.status !== 'RUNNING' && f.version > since,
    ),
  );
}

/** The order to start a broken execution again; one for each end. */
export const redriveKey = (requestId: string, broken: Fact): string => `redrive:${requestId}:${broken.id}`;

export const notParked = () =>
  new Problem(
    'conflict',
    'not-parked',
    'The workflow has not asked for a repair yet. Try again in a moment.',
    { retryAfterSeconds: 5 },
  );

import { CAUGHT_ERROR, otherwise } from '../asl/catch.ts';
import type { Assign, Catcher, States, TaskState } from '../asl/definition.ts';
import { expr, quoted } from '../asl/expression.ts';
import { fact } from '../asl/fact.ts';
import { fail } from '../asl/fail.ts';
import { succeed } from '../asl/succeed.ts';

export const GIVE_UP = 'Say that the snapshot failed';

/** A snapshot with a hole is worth nothing: whatever fails, fails it. */
export const elseGiveUp: Catcher = otherwise(GIVE_UP, { failure: CAUGHT_ERROR });

/** One part of the snapshot. @param value JSONata code of its value */
export const part = (
  kind: string,
  value: string,
  options: { comment?: string; assign?: Assign; next: string },
): TaskState =>
  fact('SnapshotPart', {
    ...(options.comment === undefined ? {} : { comment: options.comment }),
    data: { snapshotId: '$snapshotId', part: '$part', kind: quoted(kind), value },
    assign: { part: expr('$part + 1'), ...options.assign },
    catch: [elseGiveUp],
    next: options.next,
  });

/** How a reading ends, of the organization or of one account. @param end the state that it ends in when it is whole */
export const snapshotEnds = (end: string): States => ({
  'Say that the snapshot is complete': fact('SnapshotCompleted', {
    data: { snapshotId: '$snapshotId', parts: '$part - 1' },
    catch: [elseGiveUp],
    next: end,
  }),
  [end]: succeed('COMPLETED'),
  [GIVE_UP]: fact('SnapshotFailed', {
    data: {
      snapshotId: '$snapshotId',
      error: '$failure.error',
      cause: '$substring($failure.cause, 0, 4000)',
    },
    assign: { because: expr("$failure.error & ': ' & $failure.cause") },
    next: 'The snapshot failed',
  }),
  'The snapshot failed': fail('SnapshotFailed', '$because'),
});

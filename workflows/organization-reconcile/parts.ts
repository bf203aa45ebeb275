import { CAUGHT_ERROR, otherwise } from '../asl/catch.ts';
import type { Assign, Catcher, TaskState } from '../asl/definition.ts';
import { expr, quoted } from '../asl/expression.ts';
import { fact } from '../asl/fact.ts';

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

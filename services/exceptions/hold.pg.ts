import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { exceptions } from '../../db/schema/index.ts';
import { Problem } from '../kernel/errors.ts';

/** What an exception is for, as it is kept while people are asked. */
export type ExceptionHold = {
  accountId: string;
  control: string;
  resource: string | null;
  owner: string;
  reason: string;
  requestedBy: string;
  /** RFC 3339 UTC */
  expiresAt: string;
};

/** @throws Problem conflict while another one for the same is being asked for */
export async function holdException(
  tx: Orm,
  requestId: string,
  hold: ExceptionHold,
  now: Date,
): Promise<void> {
  const held = await tx
    .insert(exceptions)
    .values({ ...hold, requestId, expiresAt: new Date(hold.expiresAt), state: 'REQUESTED', requestedAt: now })
    .onConflictDoNothing()
    .returning({ requestId: exceptions.requestId });
  if (held.length > 0) return;
  const [open] = await tx
    .select({ requestId: exceptions.requestId })
    .from(exceptions)
    .where(
      and(
        eq(exceptions.accountId, hold.accountId),
        eq(exceptions.control, hold.control),
        hold.resource === null ? isNull(exceptions.resource) : eq(exceptions.resource, hold.resource),
        eq(exceptions.state, 'REQUESTED'),
      ),
    );
  throw new Problem(
    'conflict',
    'exception-open',
    `The same exception is being asked for already: request ${open?.requestId ?? '(just ended; try again)'}. Wait for its decision, or cancel it.`,
  );
}

/** What has come to nothing leaves no row. One that is or was in force stays. */
export async function releaseExceptions(tx: Orm, requestIds: readonly string[]): Promise<void> {
  await tx
    .delete(exceptions)
    .where(and(inArray(exceptions.requestId, [...requestIds]), eq(exceptions.state, 'REQUESTED')));
}

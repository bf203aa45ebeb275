import { isDrift } from '../drift/findings.ts';

/** An exception that is in force, as far as findings need it. */
export type InForce = {
  requestId: string;
  accountId: string;
  control: string;
  /** Null: whatever the control finds. */
  resource: string | null;
  reason: string;
  /** RFC 3339 UTC */
  expiresAt: string;
};

/** What somebody has found in an account. */
export type FoundThing = { accountId: string; rule: string; control: string | null; resourceId: string };

/** What a finding says of the exception that it falls under. */
export type ExceptionNote = Pick<InForce, 'requestId' | 'expiresAt' | 'reason'>;

const covers = (one: Omit<InForce, 'requestId' | 'reason' | 'expiresAt'>, found: FoundThing): boolean =>
  one.accountId === found.accountId &&
  one.control === found.control &&
  (one.resource === null || one.resource === found.resourceId) &&
  // That the control itself is gone or changed is never excepted.
  !isDrift(found.rule);

/** Those that an exception covers, or would. */
export const coveredBy = <T extends FoundThing>(
  exception: Pick<InForce, 'accountId' | 'control' | 'resource'>,
  findings: readonly T[],
): T[] => findings.filter((found) => covers(exception, found));

/**
 * The exception that a finding falls under; undefined without one. Of two, the one that names the resource speaks, and of
 * two like that the one that lasts longer.
 */
export function exceptionOf(found: FoundThing, inForce: readonly InForce[]): ExceptionNote | undefined {
  const [first] = inForce
    .filter((one) => covers(one, found))
    .sort(
      (a, b) =>
        Number(a.resource === null) - Number(b.resource === null) ||
        Date.parse(b.expiresAt) - Date.parse(a.expiresAt) ||
        (a.requestId < b.requestId ? -1 : 1),
    );
  return first && { requestId: first.requestId, expiresAt: first.expiresAt, reason: first.reason };
}

/** The same as a field of an answer; none of what is no violation. */
export function exceptionNote(
  found: FoundThing & { status: string },
  inForce: readonly InForce[],
): { exception?: ExceptionNote } {
  const exception = found.status === 'NON_COMPLIANT' ? exceptionOf(found, inForce) : undefined;
  return exception === undefined ? {} : { exception };
}

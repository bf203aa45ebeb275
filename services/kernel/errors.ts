/** One problem in the input, at a JSON pointer (RFC 6901). */
export type FieldError = { pointer: string; message: string };

/**
 * An error with a meaning for the caller. The HTTP edge turns the kind into a status once; nothing else knows HTTP.
 * `code` is stable and documented; `detail` says what happened and what to do next.
 */
export type ProblemKind =
  | 'malformed'
  | 'too-large'
  | 'unsupported'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'stale'
  | 'precondition'
  | 'invalid'
  | 'too-many'
  | 'unavailable';

export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly kind: ProblemKind,
    readonly code: string,
    readonly detail: string,
    readonly extra: {
      errors?: FieldError[];
      retryAfterSeconds?: number;
      decidedBy?: string;
      decidedAt?: string;
      cause?: unknown;
    } = {},
  ) {
    super(detail, extra.cause === undefined ? {} : { cause: extra.cause });
  }
}

export const invalid = (errors: FieldError[]): Problem =>
  new Problem('invalid', 'validation', `${errors.length} field(s) cannot be accepted; see errors.`, {
    errors,
  });

/** Absent and foreign look the same, so that ids cannot be probed. */
export const notFound = (what: string): Problem =>
  new Problem('not-found', 'not-found', `There is no ${what} with this id, or you may not see it.`);

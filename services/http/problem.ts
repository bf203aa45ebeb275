import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import { type FieldError, invalid, Problem, type ProblemKind } from '../kernel/errors.ts';
import type { AppEnv } from './env.ts';

const STATUS: Record<ProblemKind, ContentfulStatusCode> = {
  malformed: 400,
  'too-large': 413,
  unsupported: 415,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  stale: 412,
  precondition: 428,
  invalid: 422,
  'too-many': 429,
  unavailable: 503,
};

const TITLE: Record<ProblemKind, string> = {
  malformed: 'The request could not be read',
  'too-large': 'The request is too large',
  unsupported: 'The request could not be read',
  unauthenticated: 'Sign in first',
  forbidden: 'Not allowed',
  'not-found': 'Not found',
  conflict: 'That is no longer possible',
  stale: 'It was changed since',
  precondition: 'Say what you have read',
  invalid: 'The request cannot be accepted',
  'too-many': 'Too many requests',
  unavailable: 'Not ready',
};

export const statusOf = (problem: Problem): ContentfulStatusCode => STATUS[problem.kind];

/** RFC 9457. The type leads to its paragraph in our own documentation. */
export function problemResponse(c: Context, problem: Problem): Response {
  const status = STATUS[problem.kind];
  const { errors, retryAfterSeconds, decidedBy, decidedAt } = problem.extra;
  const body = {
    type: `/docs/problems#${problem.code}`,
    title: TITLE[problem.kind],
    status,
    detail: problem.detail,
    instance: c.req.path,
    code: problem.code,
    ...(errors ? { errors } : {}),
    ...(decidedBy ? { decidedBy, decidedAt } : {}),
  };
  if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds));
  if (status === 401) c.header('WWW-Authenticate', 'Bearer');
  return c.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json' });
}

export const onError =
  (log: Logger): ErrorHandler =>
  (error, c: Context<AppEnv>) => {
    if (error instanceof Problem) return problemResponse(c, error);
    if (error instanceof HTTPException) return problemResponse(c, fromHttp(error, c));
    const correlationId = c.req.param('requestId') ?? c.get('correlationId');
    log.error(
      {
        err: error,
        method: c.req.method,
        path: c.req.path,
        ...(correlationId === undefined ? {} : { correlationId }),
      },
      'request failed',
    );
    if (isDatabaseAway(error)) {
      return problemResponse(
        c,
        new Problem('unavailable', 'database', 'The database does not answer. Nothing was lost; try again.', {
          retryAfterSeconds: 5,
        }),
      );
    }
    const body = {
      type: '/docs/problems#internal',
      title: 'Something broke here',
      status: 500,
      detail: 'The failure is in our log. Trying again is safe with the same Idempotency-Key.',
      instance: c.req.path,
      code: 'internal',
    };
    return c.body(JSON.stringify(body), 500, { 'content-type': 'application/problem+json' });
  };

export const onNotFound: NotFoundHandler = (c) =>
  problemResponse(
    c,
    new Problem('not-found', 'no-route', `There is nothing at ${c.req.path}. The routes are at /docs.`),
  );

/** hono's own refusals: malformed JSON, a body that is too large or of another kind. */
function fromHttp(error: HTTPException, c: Context): Problem {
  if (error.status === 413)
    return new Problem('too-large', 'too-large', 'The body is larger than this route takes.');
  if (error.status === 400)
    return new Problem('malformed', 'malformed', error.message || 'The body is not valid JSON.');
  if (error.status === 415) {
    const message = 'is missing: send JSON with the content type application/json';
    return c.req.header('content-type') === undefined
      ? invalid([{ pointer: '', message }])
      : new Problem('unsupported', 'media-type', 'Send the body as application/json.');
  }
  if (error.status === 401) return new Problem('unauthenticated', 'unauthenticated', error.message);
  return new Problem('malformed', 'refused', error.message || `refused with ${error.status}`);
}

const AWAY = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', '57P01', '57P03', '53300', '08006', '08001'];

function isDatabaseAway(error: unknown): boolean {
  for (let e = error as { code?: unknown; cause?: unknown } | undefined; e; e = e.cause as typeof e) {
    if (typeof e.code === 'string' && AWAY.includes(e.code)) return true;
  }
  return false;
}

/** zod issues as JSON pointers; an unknown member is reported at its own place. */
export function fieldErrors(
  issues: readonly {
    path: PropertyKey[];
    message: string;
    code?: string;
    keys?: string[];
    errors?: unknown;
  }[],
): FieldError[] {
  return issues.flatMap((issue) => {
    const at = pointer(issue.path);
    if (issue.code === 'unrecognized_keys' && issue.keys) {
      return issue.keys.map((key) => ({
        pointer: `${at}${pointer([key])}`,
        message: 'is not a known field',
      }));
    }
    return [{ pointer: at, message: issue.message }];
  });
}

const pointer = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

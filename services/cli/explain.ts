import type { RequestStatus } from './answers.schema.ts';
import { NotUnderstood, Refused, TooSlow, Unreachable } from './client.ts';
import { BadCredentials } from './credentials.node.ts';
import { EXIT, exitOfHttp } from './exit.ts';
import { BadFile, type WrittenRequest } from './request-files.ts';
import { subjectOf } from './subject.ts';
import { styled, type Text } from './text.ts';

/** Wrong arguments that only the command itself can notice. */
export class Usage extends Error {
  override readonly name = 'Usage';
}

/** Nobody is signed in, or not any more. */
export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn';
}

/** It was tried and did not succeed; the message says why. */
export class Failed extends Error {
  override readonly name = 'Failed';
}

/** A refusal of what stands in a file. */
export class RefusedFile extends Error {
  override readonly name = 'RefusedFile';
  constructor(
    readonly refused: Refused,
    readonly written: WrittenRequest,
  ) {
    super(refused.message, { cause: refused });
  }
}

export type Explained = { code: number; lines: Text[]; value: Record<string, unknown> };

/** What went wrong, for people and for programs, with what to do next. */
export function explain(error: unknown): Explained {
  if (error instanceof RefusedFile) return refusal(error.refused, error.written);
  if (error instanceof Refused) return refusal(error);
  for (const [kind, code, next] of WORDS)
    if (error instanceof kind) return told(error as Error, code, next(error as Error));
  const words = String((error as Error)?.stack ?? error);
  return {
    code: EXIT.broken,
    lines: words.split('\n'),
    value: { error: { title: 'A fault of this program', detail: words } },
  };
}

type ErrorClass = abstract new (...args: never[]) => Error;
const WORDS: readonly [ErrorClass, number, (error: Error) => string | undefined][] = [
  [Usage, EXIT.usage, () => undefined],
  [BadFile, EXIT.usage, () => undefined],
  [Failed, EXIT.failed, () => undefined],
  [NotSignedIn, EXIT.refused, () => undefined],
  [BadCredentials, EXIT.usage, () => undefined],
  [Unreachable, EXIT.failed, unreachableNext],
  [TooSlow, EXIT.timeOut, () => 'Try again, or wait longer with --patience SECONDS.'],
  [NotUnderstood, EXIT.failed, () => undefined],
];

function told(error: Error, code: number, next: string | undefined): Explained {
  return {
    code,
    lines: [...error.message.split('\n'), ...(next ? [`What to do: ${next}`] : [])],
    value: { error: { title: error.name, detail: error.message, ...(next ? { nextAction: next } : {}) } },
  };
}

/** What the network said, where that tells more than silence. */
function unreachableNext(error: Error): string {
  const cause = (error.cause as { cause?: { code?: string } } | undefined)?.cause?.code;
  switch (cause) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The name is not known here. Check --url or JETWAY_URL.';
    case 'ECONNREFUSED':
      return 'Nobody listens there. Check --url or JETWAY_URL, or start the service.';
    default:
      return `Check --url or JETWAY_URL${cause === undefined ? '' : ` (${cause})`}.`;
  }
}

function refusal(refused: Refused, written?: WrittenRequest): Explained {
  const { status, problem } = refused;
  const next = nextOf(refused);
  const errors = (problem.errors ?? []).map((one) => ({
    ...one,
    ...(written ? { at: written.at(one.pointer) } : {}),
  }));
  const decided = problem.decidedBy ? ` (${problem.decidedBy}, ${problem.decidedAt ?? ''})` : '';
  return {
    code: exitOfHttp(status),
    lines: [
      [styled('red', problem.title ?? `HTTP ${status}`), `: ${problem.detail ?? ''}${decided}`],
      ...errors.map((e): Text => `  ${'at' in e ? `${e.at}: ` : ''}${e.pointer || '/'} ${e.message}`),
      ...(next ? [`What to do: ${next}`] : []),
    ],
    value: { error: { ...problem, status, ...(errors.length > 0 ? { errors } : {}), nextAction: next } },
  };
}

function nextOf({ status, problem, request }: Refused): string | undefined {
  const id = /\/account-requests\/([^/?]+)/.exec(request.path)?.[1] ?? 'ID';
  switch (problem.code) {
    case 'bad-token':
      return 'The token is not valid (any more). Sign in again: jetway login, or set JETWAY_TOKEN.';
    case 'no-token':
      return 'Sign in: jetway login, or set JETWAY_TOKEN.';
    case 'plan-differs':
      return `Read the plan again (jetway plan ${id}) and decide about that one.`;
    case 'not-found':
      return 'Check the id; what belongs to teams that are not yours looks the same as what is not there.';
    case 'already-decided':
    case 'ended':
      return `Look at the request: jetway watch ${id}`;
    case 'taken':
      return 'Choose another name and address, or follow the request that has them.';
    case 'stale-standing':
      return 'Sign in to the dashboard once, then decide again.';
    default:
  }
  if (status === 401) return 'Sign in: jetway login.';
  if (status === 404 && problem.code !== 'not-found')
    return `This service has no ${request.method} ${request.path.split('?')[0]}. Is it a Jetway, and as new as this program?`;
  if (status === 403) return 'Ask somebody who may, or sign in as one: jetway login.';
  if (status === 429) return 'Wait a minute, then try again.';
  return status >= 500 ? 'Try again in a moment; nothing is done twice.' : undefined;
}

/** Why a request has ended without what was asked for. */
export function endOf(request: RequestStatus): Text[] {
  const { failure } = request;
  if (!failure) return [`${subjectOf(request)}: ${request.status}.`];
  return [
    `${subjectOf(request)}: ${request.status}. ${failure.title}`,
    `  ${failure.detail}`,
    `  What to do: ${failure.nextAction}`,
  ];
}

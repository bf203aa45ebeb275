import type { RequestKind } from '../requests/kinds.ts';
import { COURSES, type Course } from './course.ts';
import type { NewFact as Fact } from './fact.ts';
import { type Failure, failureOf } from './failure.ts';

export const REQUEST_STATUSES = [
  'PLANNED',
  'AWAITING_APPROVAL',
  'QUEUED',
  'PROVISIONING',
  'APPLYING_BLUEPRINT',
  'ATTACHING_GUARDRAILS',
  'VERIFYING',
  'ACTIVE',
  'DENIED',
  'EXPIRED',
  'CANCELLED',
  'REJECTED',
  'QUARANTINED',
  'CLOSING',
  'CLOSED',
] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** Ends before the point of no return: no account was made and nothing can happen any more. */
export const isTerminal = (status: RequestStatus): boolean =>
  status === 'DENIED' ||
  status === 'EXPIRED' ||
  status === 'CANCELLED' ||
  status === 'REJECTED' ||
  status === 'CLOSED';

/** Columns of `request_views`, times as RFC 3339. */
export const viewColumns = (
  request: { id: string; team: string },
  subject: { accountName: string | null; organizationalUnitId: string | null },
  state: RequestState,
  { createdAt, updatedAt }: { createdAt: string; updatedAt: string },
) => ({
  request_id: request.id,
  team: request.team,
  status: state.status,
  terminal: isTerminal(state.status),
  account_id: state.accountId ?? null,
  account_name: subject.accountName,
  organizational_unit_id: subject.organizationalUnitId,
  view: state,
  created_at: createdAt,
  updated_at: updatedAt,
});

export type Step = {
  name: string;
  title: string;
  status: 'pending' | 'running' | 'succeeded' | 'failed' | 'skipped';
  startedAt?: string;
  endedAt?: string;
};

export type RequestState = {
  status: RequestStatus;
  accountId?: string;
  failure?: Failure;
  steps: Step[];
  updatedAt: string;
  /** When the account operation was let in; the base of the estimate. */
  startedAt?: string;
};

const newest = (facts: readonly Fact[]): Fact | undefined =>
  facts.reduce<Fact | undefined>(
    (best, f) =>
      !best || f.version > best.version || (f.version === best.version && f.id > best.id) ? f : best,
    undefined,
  );

/**
 * A request's state from the set of its facts: the same for every order and repetition of them.
 * Throws nothing; with no facts the request is PLANNED.
 */
export function foldRequest(facts: readonly Fact[], kind: RequestKind = 'account'): RequestState {
  const course = COURSES[kind];
  const of = (type: Fact['type']) => newest(facts.filter((f) => f.type === type));
  const progress = newest(facts.filter((f) => f.type in course.phaseAfter || f.type === course.resumed));
  const status = statusOf(course, of, progress, facts);
  const failure = failureIn(course, status, of);
  const accountId = newest(facts.filter((f) => f.accountId !== undefined))?.accountId;
  const startedAt = of('AdmissionGranted')?.occurredAt;
  return {
    status,
    ...(accountId === undefined ? {} : { accountId }),
    ...(failure === undefined ? {} : { failure }),
    ...(startedAt === undefined ? {} : { startedAt }),
    steps: stepsOf(course, status, of, failure),
    updatedAt: facts.reduce((latest, f) => (f.occurredAt > latest ? f.occurredAt : latest), ''),
  };
}

type Lookup = (type: Fact['type']) => Fact | undefined;

function statusOf(
  course: Course,
  of: Lookup,
  progress: Fact | undefined,
  facts: readonly Fact[],
): RequestStatus {
  const decision = of('ApprovalDecided')?.data.decision;
  if (course.givenUp && of(course.givenUp)) return 'CANCELLED';
  const begun = course.begun.some((type) => of(type) !== undefined);
  if (!begun) {
    if (of('RequestCancelled')) return 'CANCELLED';
    if (decision === 'deny') return 'DENIED';
    if (of('RequestExpired')) return 'EXPIRED';
    if (of('RequestRejected')) return 'REJECTED';
  }
  if (['AccountClosed' as const, ...(course.closed ?? [])].some(of)) return 'CLOSED';
  const broken = brokenExecution(course, facts, progress);
  if (broken) return of('ApprovalConfirmed') || begun ? 'QUARANTINED' : 'REJECTED';
  if (!progress) return decision === 'approve' ? 'QUEUED' : 'PLANNED';
  if (progress.type === course.resumed)
    return course.phaseOfStep[String(progress.data.step)] ?? course.resumedInto;
  const phase = course.phaseAfter[progress.type] ?? 'PLANNED';
  return phase === 'AWAITING_APPROVAL' && decision === 'approve' ? 'QUEUED' : phase;
}

/**
 * The execution died without saying so itself. Both times are Step Functions' own, so a message of a later state means
 * that it was redriven since.
 */
function brokenExecution(
  course: Course,
  facts: readonly Fact[],
  progress: Fact | undefined,
): Fact | undefined {
  const last = newest(facts.filter((f) => f.type === 'ExecutionStatusChanged'));
  if (!last || !['FAILED', 'TIMED_OUT', 'ABORTED'].includes(String(last.data.status))) return undefined;
  // Nothing comes after the last step: what breaks then takes nothing back.
  if (progress?.type === course.last) return undefined;
  return progress !== undefined && Date.parse(progress.occurredAt) > last.version ? undefined : last;
}

function failureIn(
  { words, stopped, givenUp }: Course,
  status: RequestStatus,
  of: Lookup,
): Failure | undefined {
  if (status === 'DENIED') {
    const decided = of('ApprovalDecided');
    return failureOf({ kind: 'denied', by: decided?.actor, comment: decided?.data.comment }, words);
  }
  if (status === 'EXPIRED') return failureOf({ kind: 'expired' }, words);
  if (status === 'CANCELLED') {
    const by = of('RequestCancelled')?.actor;
    const end = givenUp && of(givenUp);
    return failureOf(end ? { kind: 'given-up', by, step: end.data.step } : { kind: 'cancelled', by }, words);
  }
  const quarantined = of(stopped);
  const rejected = of('RequestRejected');
  const execution = of('ExecutionStatusChanged');
  if (status === 'REJECTED') {
    if (rejected) return failureOf({ kind: 'rejected', data: rejected.data }, words);
    return failureOf({ kind: 'execution', data: execution?.data ?? {}, retriable: false }, words);
  }
  if (status !== 'QUARANTINED') return undefined;
  return quarantined
    ? failureOf({ kind: 'quarantined', data: quarantined.data }, words)
    : failureOf({ kind: 'execution', data: execution?.data ?? {}, retriable: true }, words);
}

function stepsOf(course: Course, status: RequestStatus, of: Lookup, failure: Failure | undefined): Step[] {
  let open = true;
  return course.steps.map(({ name, title, begins, ends }): Step => {
    const startedAt = of(begins)?.occurredAt;
    const endedAt = of(ends)?.occurredAt;
    const times = { ...(startedAt ? { startedAt } : {}), ...(endedAt ? { endedAt } : {}) };
    if (endedAt !== undefined && !(name === 'approval' && status === 'DENIED')) {
      return { name, title, status: 'succeeded', ...times };
    }
    if (!open) return { name, title, status: failure && isTerminal(status) ? 'skipped' : 'pending' };
    open = false;
    return { name, title, status: failure ? 'failed' : 'running', ...times };
  });
}

import type { Fact } from './fact.ts';
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

/** Facts in the order in which a vend passes them; the workflow's own counter decides, never arrival. */
const PHASE_AFTER: Partial<Record<Fact['type'], RequestStatus>> = {
  ApprovalRequested: 'AWAITING_APPROVAL',
  AccountQueued: 'QUEUED',
  ProvisioningStarted: 'PROVISIONING',
  AccountProvisioned: 'APPLYING_BLUEPRINT',
  BlueprintApplied: 'ATTACHING_GUARDRAILS',
  GuardrailsAttached: 'VERIFYING',
  AccountVended: 'ACTIVE',
  AccessAssigned: 'ACTIVE',
  AccountQuarantined: 'QUARANTINED',
};

const PHASE_OF_STEP: Record<string, RequestStatus> = {
  blueprint: 'APPLYING_BLUEPRINT',
  guardrails: 'ATTACHING_GUARDRAILS',
  verify: 'VERIFYING',
  activate: 'VERIFYING',
  access: 'ACTIVE',
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
export function foldRequest(facts: readonly Fact[]): RequestState {
  const of = (type: Fact['type']) => newest(facts.filter((f) => f.type === type));
  const progress = newest(facts.filter((f) => f.type in PHASE_AFTER || f.type === 'VendResumed'));
  const status = statusOf(of, progress, facts);
  const failure = failureIn(status, of);
  const accountId = newest(facts.filter((f) => f.accountId !== undefined))?.accountId;
  const startedAt = of('AdmissionGranted')?.occurredAt;
  return {
    status,
    ...(accountId === undefined ? {} : { accountId }),
    ...(failure === undefined ? {} : { failure }),
    ...(startedAt === undefined ? {} : { startedAt }),
    steps: stepsOf(status, of, failure),
    updatedAt: facts.reduce((latest, f) => (f.occurredAt > latest ? f.occurredAt : latest), ''),
  };
}

type Lookup = (type: Fact['type']) => Fact | undefined;

function statusOf(of: Lookup, progress: Fact | undefined, facts: readonly Fact[]): RequestStatus {
  const decision = of('ApprovalDecided')?.data.decision;
  if (!of('ProvisioningStarted') && !of('AccountProvisioned')) {
    if (of('RequestCancelled')) return 'CANCELLED';
    if (decision === 'deny') return 'DENIED';
    if (of('RequestExpired')) return 'EXPIRED';
    if (of('RequestRejected')) return 'REJECTED';
  }
  if (of('AccountClosed')) return 'CLOSED';
  const broken = brokenExecution(facts, progress);
  if (broken) return of('ApprovalConfirmed') || of('ProvisioningStarted') ? 'QUARANTINED' : 'REJECTED';
  if (!progress) return decision === 'approve' ? 'QUEUED' : 'PLANNED';
  if (progress.type === 'VendResumed') return PHASE_OF_STEP[String(progress.data.step)] ?? 'PROVISIONING';
  const phase = PHASE_AFTER[progress.type] ?? 'PLANNED';
  return phase === 'AWAITING_APPROVAL' && decision === 'approve' ? 'QUEUED' : phase;
}

/**
 * The execution died without saying so itself. Both times are Step Functions' own, so a message of a later state means
 * that it was redriven since.
 */
function brokenExecution(facts: readonly Fact[], progress: Fact | undefined): Fact | undefined {
  const last = newest(facts.filter((f) => f.type === 'ExecutionStatusChanged'));
  if (!last || !['FAILED', 'TIMED_OUT', 'ABORTED'].includes(String(last.data.status))) return undefined;
  // Nothing comes after the access: what breaks then takes nothing back.
  if (progress?.type === 'AccessAssigned') return undefined;
  return progress !== undefined && Date.parse(progress.occurredAt) > last.version ? undefined : last;
}

function failureIn(status: RequestStatus, of: Lookup): Failure | undefined {
  if (status === 'DENIED') {
    const decided = of('ApprovalDecided');
    return failureOf({ kind: 'denied', by: decided?.actor, comment: decided?.data.comment });
  }
  if (status === 'EXPIRED') return failureOf({ kind: 'expired' });
  if (status === 'CANCELLED') return failureOf({ kind: 'cancelled', by: of('RequestCancelled')?.actor });
  const quarantined = of('AccountQuarantined');
  const rejected = of('RequestRejected');
  const execution = of('ExecutionStatusChanged');
  if (status === 'REJECTED') {
    if (rejected) return failureOf({ kind: 'rejected', data: rejected.data });
    return failureOf({ kind: 'execution', data: execution?.data ?? {}, retriable: false });
  }
  if (status !== 'QUARANTINED') return undefined;
  return quarantined
    ? failureOf({ kind: 'quarantined', data: quarantined.data })
    : failureOf({ kind: 'execution', data: execution?.data ?? {}, retriable: true });
}

const STEPS: readonly { name: string; title: string; begins: Fact['type']; ends: Fact['type'] }[] = [
  { name: 'plan', title: 'Plan', begins: 'AccountRequested', ends: 'AccountPlanned' },
  { name: 'approval', title: 'Approval', begins: 'AccountPlanned', ends: 'ApprovalDecided' },
  { name: 'queue', title: 'A free slot', begins: 'ApprovalDecided', ends: 'AdmissionGranted' },
  { name: 'provision', title: 'Account', begins: 'AdmissionGranted', ends: 'AccountProvisioned' },
  { name: 'blueprint', title: 'Blueprint', begins: 'AccountProvisioned', ends: 'BlueprintApplied' },
  { name: 'guardrails', title: 'Guardrails', begins: 'BlueprintApplied', ends: 'GuardrailsAttached' },
  { name: 'verify', title: 'Verification', begins: 'GuardrailsAttached', ends: 'AccountVended' },
  { name: 'access', title: 'Access', begins: 'AccountVended', ends: 'AccessAssigned' },
];

function stepsOf(status: RequestStatus, of: Lookup, failure: Failure | undefined): Step[] {
  let open = true;
  return STEPS.map(({ name, title, begins, ends }): Step => {
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

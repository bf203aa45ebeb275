import type { RequestState, RequestStatus } from '../ledger/request-view.ts';
import { type Units, unitName } from './units.ts';
import { duration } from './words.ts';

type Listed = {
  kind: string;
  accountName: string | null;
  unit: string;
  state: RequestState;
  p50Seconds: number | null;
  queuePosition: number | null;
};

/** What a list calls a request. */
export function requestTitle(
  { kind, accountName, unit }: Pick<Listed, 'kind' | 'accountName' | 'unit'>,
  units: Units,
): string {
  switch (kind) {
    case 'account-change':
      return `Change of ${accountName}`;
    case 'control-exception':
      return `Exception in ${accountName}`;
    case 'organizational-unit-change':
      return `Controls of ${unitName(units, unit)}`;
    case 'settings-change':
      return 'Change of the settings';
    default:
      return accountName ?? 'Request';
  }
}

const WAITS: Partial<Record<RequestStatus, string>> = {
  PLANNED: 'The workflow to ask for approval',
  AWAITING_APPROVAL: 'An approver to decide',
  QUEUED: 'A free slot for an account operation',
  PROVISIONING: 'Control Tower to make the account',
  APPLYING_BLUEPRINT: 'The stacks of the blueprint',
  ATTACHING_GUARDRAILS: 'Policies and rules to be attached',
  VERIFYING: 'Everything to be read back',
  CLOSING: 'AWS to close the account',
};

/** What it waits for now; undefined when nothing is awaited. */
export function waitsFor({
  state,
  queuePosition,
}: Pick<Listed, 'state' | 'queuePosition'>): string | undefined {
  if (state.status === 'QUARANTINED') return state.failure?.nextAction;
  if (state.status === 'QUEUED' && queuePosition !== null)
    return `A free slot: number ${queuePosition} of its team`;
  return WAITS[state.status];
}

/** When it will probably be done, in words. @param nowMs milliseconds */
export function etaWords(
  { state, p50Seconds }: Pick<Listed, 'state' | 'p50Seconds'>,
  nowMs: number,
): string | undefined {
  if (
    p50Seconds === null ||
    state.startedAt === undefined ||
    waitsFor({ state, queuePosition: null }) === undefined
  )
    return undefined;
  if (state.status === 'QUARANTINED') return undefined;
  const left = Date.parse(state.startedAt) + p50Seconds * 1_000 - nowMs;
  return left > 0 ? `in about ${duration(left)}` : `${duration(-left)} later than usual`;
}

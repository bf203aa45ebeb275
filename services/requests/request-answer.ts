import type { RequestState } from '../ledger/request-view.ts';

/** What a client sees of a request. */
export type RequestAnswer = {
  id: string;
  status: string;
  team: string;
  requestedBy: string;
  account: { name: string; email: string; organizationalUnitId: string };
  plan: { digest: string };
  accountId?: string;
  failure?: NonNullable<RequestState['failure']>;
  steps: RequestState['steps'];
  etaAt?: string;
  queuePosition?: number;
  createdAt: string;
  updatedAt: string;
  links: Record<string, string>;
};

export type AnswerInput = {
  id: string;
  team: string;
  requestedBy: string;
  planDigest: string;
  account: RequestAnswer['account'];
  createdAt: string;
  state: RequestState;
  queuePosition: number | null;
  /** Half of the vends were done within this time, counted from admission. */
  p50Seconds: number;
};

const UNDER_WAY = ['PROVISIONING', 'APPLYING_BLUEPRINT', 'ATTACHING_GUARDRAILS', 'VERIFYING'];

export function requestAnswer(input: AnswerInput): RequestAnswer {
  const { state, id } = input;
  const self = `/v1/account-requests/${id}`;
  const eta =
    state.startedAt !== undefined && (UNDER_WAY.includes(state.status) || state.status === 'QUEUED')
      ? new Date(Date.parse(state.startedAt) + input.p50Seconds * 1000).toISOString()
      : undefined;
  return {
    id,
    status: state.status,
    team: input.team,
    requestedBy: input.requestedBy,
    account: input.account,
    plan: { digest: input.planDigest },
    ...(state.accountId === undefined ? {} : { accountId: state.accountId }),
    ...(state.failure === undefined ? {} : { failure: state.failure }),
    steps: state.steps,
    ...(eta === undefined ? {} : { etaAt: eta }),
    ...(input.queuePosition === null ? {} : { queuePosition: input.queuePosition }),
    createdAt: input.createdAt,
    updatedAt: state.updatedAt || input.createdAt,
    links: {
      self,
      plan: `${self}/plan`,
      timeline: `${self}/timeline`,
      events: `${self}/events`,
      ...(state.accountId === undefined ? {} : { account: `/v1/accounts/${state.accountId}` }),
    },
  };
}

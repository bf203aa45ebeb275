import type { AccountChange, AccountChangePlan } from '../account-changes/account-change.schema.ts';
import type { ControlException, ControlExceptionPlan } from '../exceptions/exception.schema.ts';
import type { RequestState } from '../ledger/request-view.ts';
import type { UnitChange, UnitChangePlan } from '../organizational-units/unit-change.schema.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import type { SettingsChange, SettingsChangePlan } from '../settings/settings-change.schema.ts';
import type { RequestKind } from './kinds.ts';
import type { AccountRequest } from './request.schema.ts';

type Common = {
  id: string;
  status: string;
  requestedBy: string;
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

/** What a client sees of a request for an account. */
export type RequestAnswer = Common & {
  kind: 'account';
  team: string;
  account: { name: string; email: string; organizationalUnitId: string };
};

/** What a client sees of a change of an organizational unit. */
export type UnitChangeAnswer = Common & {
  kind: 'organizational-unit-change';
  organizationalUnit: UnitChangePlan['organizationalUnit'];
  enable: UnitChange['enable'];
  disable: UnitChange['disable'];
  reason: string;
};

/** What a client sees of a change of an account. */
export type AccountChangeAnswer = Common & {
  kind: 'account-change';
  team: string;
  accountId: string;
  account: { name: string; email: string; organizationalUnitId: string };
  /** What was asked for, and what it comes to in words. */
  change: Omit<AccountChange, 'accountId' | 'reason'>;
  summary: string[];
  reason?: string;
};

/** What a client sees of a change of the settings: what it comes to, in words. */
export type SettingsChangeAnswer = Common & {
  kind: 'settings-change';
  baseVersion: number;
  sections: SettingsChangePlan['sections'];
  summary: string[];
  reason: string;
};

/** What a client sees of an exception that is asked for, in force or over. */
export type ExceptionRequestAnswer = Common & {
  kind: 'control-exception';
  team: string;
  accountId: string;
  account: ControlExceptionPlan['account'];
  control: string;
  resource?: string;
  owner: string;
  reason: string;
  expiresAt: string;
  summary: string[];
};

export type AnyAnswer =
  | RequestAnswer
  | UnitChangeAnswer
  | AccountChangeAnswer
  | SettingsChangeAnswer
  | ExceptionRequestAnswer;

/** A request as the database has it. */
type Row = {
  request: {
    id: string;
    kind: RequestKind;
    team: string;
    requestedBy: string;
    body: unknown;
    planDigest: string;
    planText: string;
    createdAt: Date;
  };
  state: RequestState;
  queuePosition: number | null;
};

const UNDER_WAY = ['QUEUED', 'PROVISIONING', 'APPLYING_BLUEPRINT', 'ATTACHING_GUARDRAILS', 'VERIFYING'];

export function requestAnswer(row: Row): AnyAnswer {
  const { request, state } = row;
  switch (request.kind) {
    case 'account': {
      const { planText } = request;
      const etaAt =
        state.startedAt !== undefined && UNDER_WAY.includes(state.status)
          ? expectedAt(state.startedAt, JSON.parse(planText) as AccountPlan)
          : undefined;
      return {
        ...common(row),
        kind: request.kind,
        team: request.team,
        account: (request.body as AccountRequest).account,
        ...(etaAt === undefined ? {} : { etaAt }),
      };
    }
    case 'organizational-unit-change': {
      const { organizationalUnit } = JSON.parse(request.planText) as UnitChangePlan;
      const { enable, disable, reason } = request.body as UnitChange;
      return { ...common(row), kind: request.kind, organizationalUnit, enable, disable, reason };
    }
    case 'account-change': {
      const { target, summary } = JSON.parse(request.planText) as AccountChangePlan;
      const { accountId, reason, ...change } = request.body as AccountChange;
      return {
        ...common(row),
        kind: request.kind,
        team: request.team,
        accountId,
        account: target.account,
        change,
        summary,
        ...(reason === undefined ? {} : { reason }),
      };
    }
    case 'settings-change': {
      const { baseVersion, sections, differences } = JSON.parse(request.planText) as SettingsChangePlan;
      const { reason } = request.body as SettingsChange;
      return { ...common(row), kind: request.kind, baseVersion, sections, summary: differences, reason };
    }
    case 'control-exception': {
      const { account, summary, owner, expiresAt } = JSON.parse(request.planText) as ControlExceptionPlan;
      const { accountId, control, resource, reason } = request.body as ControlException;
      return {
        ...common(row),
        kind: request.kind,
        team: request.team,
        accountId,
        account,
        control,
        ...(resource === undefined ? {} : { resource }),
        owner,
        reason,
        expiresAt,
        summary,
      };
    }
    default:
      return request.kind satisfies never;
  }
}

const expectedAt = (startedAt: string, { eta }: AccountPlan): string =>
  new Date(Date.parse(startedAt) + eta.p50Seconds * 1000).toISOString();

/** The plan as it was digested, with the digest. */
export const wholePlan = ({ request }: Pick<Row, 'request'>): Record<string, unknown> => ({
  digest: request.planDigest,
  ...(JSON.parse(request.planText) as object),
});

function common({ request, state, queuePosition }: Row): Common {
  const self = `/v1/account-requests/${request.id}`;
  const createdAt = request.createdAt.toISOString();
  return {
    id: request.id,
    status: state.status,
    requestedBy: request.requestedBy,
    plan: { digest: request.planDigest },
    ...(state.accountId === undefined ? {} : { accountId: state.accountId }),
    ...(state.failure === undefined ? {} : { failure: state.failure }),
    steps: state.steps,
    ...(queuePosition === null ? {} : { queuePosition }),
    createdAt,
    updatedAt: state.updatedAt || createdAt,
    links: {
      self,
      plan: `${self}/plan`,
      timeline: `${self}/timeline`,
      events: `${self}/events`,
      ...(state.accountId === undefined ? {} : { account: `/v1/accounts/${state.accountId}` }),
    },
  };
}

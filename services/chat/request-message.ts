import { AccountChange, type AccountChangePlan } from '../account-changes/account-change.schema.ts';
import type { PreviewedStack } from '../account-changes/change-previewed.ts';
import { ControlException, type ControlExceptionPlan } from '../exceptions/exception.schema.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import { explainGuardrails } from '../guardrails/explain.ts';
import { UnitChange, type UnitChangePlan } from '../organizational-units/unit-change.schema.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import { concernsAll, type RequestKind } from '../requests/kinds.ts';
import { AccountRequest } from '../requests/request.schema.ts';
import { SettingsChange, type SettingsChangePlan } from '../settings/settings-change.schema.ts';
import { accountChangeMessage } from './account-change-message.ts';
import { accountMessage } from './account-message.ts';
import type { Asked } from './approval-message.ts';
import { exceptionMessage } from './exception-message.ts';
import { settingsChangeMessage } from './settings-change-message.ts';
import { unitChangeMessage } from './unit-change-message.ts';

type Stored = {
  kind: RequestKind;
  team: string;
  requestedBy: string;
  body: unknown;
  planText: string;
};

/** What the approver reads, by the kind of the request. @param previewed CloudFormation's own words, for a change of an account */
export function askedBy(
  { kind, team, requestedBy, body, planText }: Stored,
  catalogue: Catalogue,
  previewed: readonly PreviewedStack[] = [],
): Asked {
  switch (kind) {
    case 'account': {
      const plan = JSON.parse(planText) as AccountPlan;
      const explained = explainGuardrails(plan.guardrails, catalogue);
      return accountMessage({ requestedBy, body: AccountRequest.parse(body), plan, explained });
    }
    case 'organizational-unit-change': {
      const plan = JSON.parse(planText) as UnitChangePlan;
      return unitChangeMessage({ requestedBy, body: UnitChange.parse(body), plan });
    }
    case 'account-change': {
      const plan = JSON.parse(planText) as AccountChangePlan;
      return accountChangeMessage({ requestedBy, body: AccountChange.parse(body), plan, previewed });
    }
    case 'settings-change': {
      const plan = JSON.parse(planText) as SettingsChangePlan;
      return settingsChangeMessage({ requestedBy, body: SettingsChange.parse(body), plan });
    }
    case 'control-exception': {
      const plan = JSON.parse(planText) as ControlExceptionPlan;
      return exceptionMessage({ team, body: ControlException.parse(body), plan });
    }
    default:
      return kind satisfies never;
  }
}

/** The local room where approvers are asked: that of the team, or that of the whole organization. */
export const channelOf = ({ kind, team }: Pick<Stored, 'kind' | 'team'>): string =>
  concernsAll(kind) ? '#approvals-organization' : `#approvals-${team}`;

/** Where a signed-in person reads the plan and decides. */
export const requestPage = (requestId: string): string => `/approvals/${encodeURIComponent(requestId)}`;

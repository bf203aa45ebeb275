import { AccountChange, type AccountChangePlan } from '../account-changes/account-change.schema.ts';
import type { PreviewedStack } from '../account-changes/change-previewed.pg.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import { explainGuardrails } from '../guardrails/explain.ts';
import { UnitChange, type UnitChangePlan } from '../organizational-units/unit-change.schema.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import { concernsAll, type RequestKind } from '../requests/kinds.ts';
import { AccountRequest } from '../requests/request.schema.ts';
import { SettingsChange, type SettingsChangePlan } from '../settings/settings-change.schema.ts';
import { accountChangeText } from './account-change-message.ts';
import { changeText } from './change-message.ts';
import { approvalText } from './message.ts';
import { settingsChangeText } from './settings-change-message.ts';

type Stored = {
  id: string;
  kind: RequestKind;
  team: string;
  requestedBy: string;
  body: unknown;
  planText: string;
};

/** What the approver reads, by the kind of the request. @param previewed CloudFormation's own words, for a change of an account */
export function messageText(
  { id: requestId, kind, requestedBy, body, planText }: Stored,
  catalogue: Catalogue,
  previewed: readonly PreviewedStack[] = [],
): string {
  switch (kind) {
    case 'account': {
      const plan = JSON.parse(planText) as AccountPlan;
      return approvalText({
        requestId,
        requestedBy,
        body: AccountRequest.parse(body),
        plan,
        explained: explainGuardrails(plan.guardrails, catalogue),
      });
    }
    case 'organizational-unit-change': {
      const plan = JSON.parse(planText) as UnitChangePlan;
      return changeText({ requestId, requestedBy, body: UnitChange.parse(body), plan });
    }
    case 'account-change': {
      const plan = JSON.parse(planText) as AccountChangePlan;
      return accountChangeText({ requestId, requestedBy, body: AccountChange.parse(body), plan, previewed });
    }
    case 'settings-change': {
      const plan = JSON.parse(planText) as SettingsChangePlan;
      return settingsChangeText({ requestId, requestedBy, body: SettingsChange.parse(body), plan });
    }
    default:
      return kind satisfies never;
  }
}

/** Where approvers are asked: in the room of the team, or in that of the whole organization. */
export const channelOf = ({ kind, team }: Pick<Stored, 'kind' | 'team'>): string =>
  concernsAll(kind) ? '#approvals-organization' : `#approvals-${team}`;

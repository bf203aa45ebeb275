import type { AccountChangePlan } from '../account-changes/account-change.schema.ts';
import { ControlException, type ControlExceptionPlan } from '../exceptions/exception.schema.ts';
import { UnitChange } from '../organizational-units/unit-change.schema.ts';
import { type RequestKind, WHOLE_ORGANIZATION } from './kinds.ts';
import { AccountRequest } from './request.schema.ts';

/** What a request concerns, as the list and the account event find it. */
export type Subject = {
  /** The account that is changed; null for one that is yet to be made, and for a unit. */
  accountId: string | null;
  /** The account that is asked for or changed; null when none is. */
  accountName: string | null;
  /** `*` for what lies in none. */
  organizationalUnitId: string;
  /** What a page calls it. */
  title: string;
};

/** @param request as it was stored; throws when its body is not of its kind */
export function subjectOf({
  kind,
  body,
  planText,
}: {
  kind: RequestKind;
  body: unknown;
  planText: string;
}): Subject {
  switch (kind) {
    case 'account': {
      const { name, organizationalUnitId } = AccountRequest.parse(body).account;
      return { accountId: null, accountName: name, organizationalUnitId, title: name };
    }
    case 'organizational-unit-change': {
      const { organizationalUnitId } = UnitChange.parse(body);
      const title = `Controls of ${organizationalUnitId}`;
      return { accountId: null, accountName: null, organizationalUnitId, title };
    }
    case 'account-change': {
      const { accountId, target } = JSON.parse(planText) as AccountChangePlan;
      const { name, organizationalUnitId } = target.account;
      return { accountId, accountName: name, organizationalUnitId, title: `Change of ${name}` };
    }
    case 'settings-change':
      return {
        accountId: null,
        accountName: null,
        organizationalUnitId: WHOLE_ORGANIZATION,
        title: 'Change of the settings',
      };
    case 'control-exception': {
      const { accountId, control } = ControlException.parse(body);
      const { account } = JSON.parse(planText) as ControlExceptionPlan;
      const title = `Exception from ${control} in ${account.name}`;
      const { name: accountName, organizationalUnitId } = account;
      return { accountId, accountName, organizationalUnitId, title };
    }
    default:
      return kind satisfies never;
  }
}

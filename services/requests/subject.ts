import { UnitChange } from '../organizational-units/unit-change.schema.ts';
import type { RequestKind } from './kinds.ts';
import { AccountRequest } from './request.schema.ts';

/** What a request concerns, as the list and the account event find it. */
export type Subject = {
  /** The account that is asked for; null when none is. */
  accountName: string | null;
  organizationalUnitId: string;
  /** What a page calls it. */
  title: string;
};

/** @param body as it was stored; throws when it is not of this kind */
export function subjectOf(kind: RequestKind, body: unknown): Subject {
  switch (kind) {
    case 'account': {
      const { name, organizationalUnitId } = AccountRequest.parse(body).account;
      return { accountName: name, organizationalUnitId, title: name };
    }
    case 'organizational-unit-change': {
      const { organizationalUnitId } = UnitChange.parse(body);
      return { accountName: null, organizationalUnitId, title: `Controls of ${organizationalUnitId}` };
    }
    default:
      return kind satisfies never;
  }
}

/**
 * What a request is about. Every kind is planned, approved and executed by the same machinery; what differs is in tables
 * that are keyed by it (workflow, subject, course, words, message), so that a new kind is a new member of each.
 */
export const REQUEST_KINDS = [
  'account',
  'organizational-unit-change',
  'account-change',
  'settings-change',
  'control-exception',
] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** The state machine that executes the plan. */
export const WORKFLOW_OF: Record<RequestKind, string> = {
  account: 'account-vending',
  'organizational-unit-change': 'organizational-unit-change',
  'account-change': 'account-change',
  'settings-change': 'settings-change',
  'control-exception': 'control-exception',
};

/** Does an execution of this machine belong to a request? */
export const servesRequests = (machine: string): boolean => Object.values(WORKFLOW_OF).includes(machine);

/** Stands where a team is kept for what concerns the whole organization; no team's id can look like this. */
export const WHOLE_ORGANIZATION = '*';

/** What belongs to no team and concerns many: any approver may be the one who decides. */
export const concernsAll = (kind: RequestKind): boolean =>
  kind === 'organizational-unit-change' || kind === 'settings-change';

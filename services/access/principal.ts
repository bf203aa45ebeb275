/** Who acts. Roles do not nest: an admin may not approve, an operator may not request. */
export const ROLES = ['requester', 'approver', 'operator', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export type Principal = { subject: string; teams: readonly string[]; roles: readonly Role[] };

const has = (who: Principal, role: Role) => who.roles.includes(role);

/** Two spellings of one person are one person. */
export const samePerson = (a: string, b: string): boolean =>
  a.trim().toLowerCase() === b.trim().toLowerCase();

/** Operators and auditors see the whole organization; everybody else what belongs to their teams. */
export const seesAll = (who: Principal): boolean => has(who, 'operator') || has(who, 'auditor');

export const maySeeTeam = (who: Principal, team: string): boolean => seesAll(who) || who.teams.includes(team);

/** Any role that works for a team may ask on its behalf, as the permission table says for requester and approver. */
export const mayRequestFor = (who: Principal, team: string): boolean =>
  (has(who, 'requester') || has(who, 'approver')) && who.teams.includes(team);

/** An approver of the team, and never the person who asked. */
export const mayDecide = (who: Principal, request: { team: string; requestedBy: string }): boolean =>
  has(who, 'approver') && who.teams.includes(request.team) && !samePerson(who.subject, request.requestedBy);

export const mayCancel = (who: Principal, request: { team: string; requestedBy: string }): boolean =>
  samePerson(who.subject, request.requestedBy) || has(who, 'operator');

export const mayResume = (who: Principal): boolean => has(who, 'operator');
export const mayReadLedger = (who: Principal): boolean => seesAll(who);
export const mayReconcile = (who: Principal): boolean => has(who, 'operator');

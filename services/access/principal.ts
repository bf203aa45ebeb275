import type { Place } from '../../db/reader.ts';
import type { RequestKind } from '../requests/kinds.ts';

/** Who acts. Roles do not nest: an admin may not approve, an operator may not request. */
export const ROLES = ['requester', 'approver', 'operator', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export type Principal = {
  subject: string;
  teams: readonly string[];
  roles: readonly Role[];
  /** A program with a token of its own: it may ask where somebody answers for it, and never decides. */
  program?: boolean;
  /** When the identity provider said so; absent in local mode, where everybody may be anybody. */
  vouchedAt?: Date;
  /** By which requests of other teams are put to them for approval, as far as somebody has looked (`asApprover`). */
  places?: readonly Place[];
};

const has = (who: Principal, role: Role) => who.roles.includes(role);

/** Two spellings of one person are one person. */
export const samePerson = (a: string, b: string): boolean =>
  a.trim().toLowerCase() === b.trim().toLowerCase();

/** Operators and auditors see the whole organization; everybody else what belongs to their teams. */
export const seesAll = (who: Principal): boolean => has(who, 'operator') || has(who, 'auditor');

export const maySeeTeam = (who: Principal, team: string): boolean => seesAll(who) || who.teams.includes(team);

/** Whose request it is, as far as it decides who may do what. */
export type Asked = { kind: RequestKind; team: string; requestedBy: string };

/**
 * A change of an organizational unit belongs to no team and concerns many: every approver may see it, because any of
 * them may be the one who decides. A change of the settings is seen by those who may ask for one, too.
 */
export const maySeeRequest = (who: Principal, request: Pick<Asked, 'kind' | 'team'>): boolean => {
  if (request.kind === 'settings-change') return seesSettingsChanges(who);
  return request.kind === 'organizational-unit-change' ? seesUnitChanges(who) : maySeeTeam(who, request.team);
};

export const seesUnitChanges = (who: Principal): boolean => seesAll(who) || has(who, 'approver');
export const seesSettingsChanges = (who: Principal): boolean => seesUnitChanges(who) || has(who, 'admin');

/** Any role that works for a team may ask on its behalf, as the permission table says for requester and approver. */
export const mayRequestFor = (who: Principal, team: string): boolean =>
  (has(who, 'requester') || has(who, 'approver')) && who.teams.includes(team);

/** Who works for an account: its team, and operators. */
export const mayActFor = (who: Principal, team: string): boolean =>
  has(who, 'operator') || mayRequestFor(who, team);

export const mayCancel = (who: Principal, request: Pick<Asked, 'requestedBy'>): boolean =>
  samePerson(who.subject, request.requestedBy) || has(who, 'operator');

/** A change that stopped half-way stands in the way of the whole team, so any of it may end it. */
export const mayGiveUp = (who: Principal, request: Asked): boolean =>
  mayCancel(who, request) || mayRequestFor(who, request.team);

export const mayResume = (who: Principal): boolean => has(who, 'operator');
export const mayReadLedger = (who: Principal): boolean => seesAll(who);
/** Changing what a whole organizational unit enforces. */
export const mayChangeUnit = (who: Principal): boolean => has(who, 'operator');
/** Everything of the settings: identities, channels, endpoints. Policies are for all to read. */
export const mayReadSettings = (who: Principal): boolean => seesAll(who) || has(who, 'admin');
export const mayReconcile = (who: Principal): boolean => has(who, 'operator');

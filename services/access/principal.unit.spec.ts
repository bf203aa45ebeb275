import { describe, expect, it } from 'vitest';
import { barOf, isAmong } from '../approvals/eligible.ts';
import {
  mayCancel,
  mayChangeUnit,
  mayGiveUp,
  mayReadLedger,
  mayReconcile,
  mayRequestFor,
  mayResume,
  maySeeRequest,
  type Principal,
  ROLES,
  type Role,
} from './principal.ts';

/** The rule of the default policies: an approver of the team, or any approver for what concerns the whole organization. */
const mayDecide = (who: Principal, { team, requestedBy }: { team: string; requestedBy: string }): boolean => {
  const nobodyElse = { people: [], serviceUsers: [] };
  return (
    barOf(nobodyElse, who, requestedBy) === undefined &&
    isAmong([{ requestTeam: true }], team, who, nobodyElse)
  );
};

const request = { kind: 'account', team: 'payments', requestedBy: 'ana@example.com' } as const;
const change = { kind: 'organizational-unit-change', team: '*', requestedBy: 'olga@example.com' } as const;
const who = (roles: Role[], teams = ['payments'], subject = 'ben@example.com'): Principal => ({
  subject,
  teams,
  roles,
});

/** What each role may do alone, in the team of the request and in another one. Roles do not nest. */
const TABLE: Record<Role, { own: string[]; other: string[] }> = {
  requester: { own: ['see', 'request'], other: [] },
  approver: { own: ['see', 'request', 'decide'], other: [] },
  operator: {
    own: ['see', 'cancel', 'resume', 'ledger', 'reconcile'],
    other: ['see', 'cancel', 'resume', 'ledger', 'reconcile'],
  },
  auditor: { own: ['see', 'ledger'], other: ['see', 'ledger'] },
  admin: { own: ['see'], other: [] },
};

const may = (principal: Principal): string[] =>
  Object.entries({
    see: maySeeRequest(principal, request),
    request: mayRequestFor(principal, request.team),
    decide: mayDecide(principal, request),
    cancel: mayCancel(principal, request),
    resume: mayResume(principal),
    ledger: mayReadLedger(principal),
    reconcile: mayReconcile(principal),
  })
    .filter(([, allowed]) => allowed)
    .map(([act]) => act);

describe('who may do what', () => {
  it.each(ROLES)('%s in the team of the request', (role) =>
    expect(may(who([role]))).toEqual(TABLE[role].own),
  );
  it.each(ROLES)('%s of another team', (role) =>
    expect(may(who([role], ['data']))).toEqual(TABLE[role].other),
  );
  it.each(ROLES)('%s without a team', (role) => expect(may(who([role], []))).toEqual(TABLE[role].other));

  it('nobody, without a role, sees the team and nothing else', () => expect(may(who([]))).toEqual(['see']));

  it('the person who asked may cancel, whatever the role', () => {
    expect(mayCancel(who([], ['payments'], 'ANA@example.com '), request)).toBe(true);
  });

  it.each(['ana@example.com', 'ANA@example.com', ' Ana@Example.COM'])(
    '%s never decides on her own request',
    (subject) => {
      expect(mayDecide(who([...ROLES], ['payments'], subject), request)).toBe(false);
    },
  );
});

describe('a change of an account that stopped half-way', () => {
  const half = { kind: 'account-change', team: 'payments', requestedBy: 'ana@example.com' } as const;
  const giveUp = (roles: Role[], teams: string[], subject = 'carl@example.com') =>
    mayGiveUp(who(roles, teams, subject), half);
  it('is given up by its team, by operators and by the person who asked', () => {
    expect([giveUp(['requester'], ['payments']), giveUp(['approver'], ['payments'])]).toEqual([true, true]);
    expect([giveUp(['operator'], []), giveUp([], [], 'ANA@example.com')]).toEqual([true, true]);
    expect([giveUp(['auditor', 'admin'], ['payments']), giveUp(['requester'], ['other'])]).toEqual([
      false,
      false,
    ]);
  });
});

describe('a change of an organizational unit', () => {
  const MAY: Record<Role, string[]> = {
    requester: [],
    approver: ['see', 'decide'],
    operator: ['see', 'ask'],
    auditor: ['see'],
    admin: [],
  };
  it.each(ROLES)('%s, whatever the team', (role) => {
    for (const teams of [[], ['payments'], ['*']]) {
      const principal = who([role], teams);
      const may = {
        see: maySeeRequest(principal, change),
        decide: mayDecide(principal, change),
        ask: mayChangeUnit(principal),
      };
      expect(Object.keys(may).filter((act) => may[act as keyof typeof may])).toEqual(MAY[role]);
    }
  });

  it('is never decided by the operator who asked, with whatever role besides', () => {
    expect(mayDecide(who([...ROLES], ['payments'], ' OLGA@example.com'), change)).toBe(false);
    expect(mayDecide(who([...ROLES], ['payments'], 'ben@example.com'), change)).toBe(true);
  });
});

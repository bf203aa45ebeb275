import { describe, expect, it } from 'vitest';
import {
  mayCancel,
  mayDecide,
  mayReadLedger,
  mayReconcile,
  mayRequestFor,
  mayResume,
  maySeeTeam,
  type Principal,
  ROLES,
  type Role,
} from './principal.ts';

const request = { team: 'payments', requestedBy: 'ana@example.com' };
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
    see: maySeeTeam(principal, request.team),
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

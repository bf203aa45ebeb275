import { describe, expect, it } from 'vitest';
import { readClaims } from './oidc-claims.ts';

const NAMES = { subject: 'sub', teams: 'teams', roles: 'roles' };
const IAT = 1_772_000_000;
const read = (claims: object, names: Partial<typeof NAMES> = {}) =>
  readClaims({ sub: 'ana', iat: IAT, ...claims }, { ...NAMES, ...names });

describe('the claims of a verified token', () => {
  it('say who, of which teams and roles, and since when', () => {
    const claims = { teams: ['payments', 'data', 'payments'], roles: ['approver', 'requester'] };
    expect(read(claims)).toEqual({
      who: {
        subject: 'ana',
        teams: ['payments', 'data'],
        roles: ['requester', 'approver'],
        vouchedAt: new Date(IAT * 1_000),
      },
    });
  });

  it.each([
    ['realm_access.roles', { realm_access: { roles: ['admin'] } }],
    ['https://example.com/roles', { 'https://example.com/roles': ['admin'] }],
    ['a.b', { 'a.b': 'admin', a: { b: 'operator' } }],
    ['scope', { scope: 'openid admin,other' }],
  ])('are found under %s', (roles, claims) => expect(read(claims, { roles }).who.roles).toEqual(['admin']));

  it('leave out what is no team and no role, and what is inherited', () => {
    const teams = ['*', 'Payments', '', 'a b', 'x'.repeat(64), 7, null, 'ok'];
    expect(read({ teams, roles: ['root', 'ADMIN', {}] }).who).toMatchObject({ teams: ['ok'], roles: [] });
    expect(read({}, { roles: 'constructor.name', teams: '__proto__.x' }).who).toMatchObject({
      teams: [],
      roles: [],
    });
  });

  it('name at most 200 teams', () => {
    const teams = Array.from({ length: 3_000 }, (_, i) => `t${i}`);
    expect(read({ teams }).who.teams).toHaveLength(200);
  });

  it.each([
    { sub: 'app', client_id: 'app' },
    { sub: 'app@clients', azp: 'app' },
    { sub: 'app', idtyp: 'app' },
    { sub: 'app', gty: 'client-credentials' },
  ])('of client credentials are of a program: %j', (claims) => expect(read(claims).who.program).toBe(true));

  it('of a person who signed in to a client are of no program', () =>
    expect(read({ azp: 'jetway-dashboard', client_id: 'jetway-dashboard' }).who.program).toBeUndefined());

  it('tell an address only where somebody has verified it', () => {
    const email = 'ana@example.com';
    expect(read({ email }).email).toBeUndefined();
    expect(read({ email, email_verified: 'true' }).email).toBeUndefined();
    expect(read({ email, email_verified: true }).email).toBe(email);
    expect(() => read({ email }, { subject: 'email' })).toThrow('not verified');
    expect(read({ email, email_verified: true }, { subject: 'email' }).who.subject).toBe(email);
  });

  it.each([
    { sub: '' },
    { sub: '  ' },
    { sub: 7 },
    { sub: 'x'.repeat(257) },
    { iat: undefined },
    { iat: '1' },
    { iat: -1 },
  ])('without a subject or a time are refused: %j', (claims) => expect(() => read(claims)).toThrow());
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Identity, type Person, Settings } from '../settings/settings.schema.ts';
import { identityConflicts, identityKey } from './identity.ts';

const slack = (enterprise: string, team: string, user: string): Identity => ({
  provider: 'slack',
  enterprise,
  team,
  user,
});
const token = (subject: string): Identity => ({ provider: 'token', subject });
const who = (subject: string, ...identities: Identity[]): Person => ({
  subject,
  identities,
  suspended: false,
});
const pointers = (people: Person[], serviceUsers: Settings['serviceUsers'] = []) =>
  identityConflicts(Settings.parse({ people, serviceUsers })).map(({ pointer }) => pointer);

describe('an identity', () => {
  it('is the same in every spelling', () => {
    expect(identityKey(slack('e1', ' T1', 'u1 '))).toBe(identityKey(slack('E1', 'T1', 'U1')));
    expect(identityKey({ provider: 'teams', tenant: 'AB', user: 'Cd' })).toBe(
      identityKey({ provider: 'teams', tenant: 'ab', user: 'cD' }),
    );
  });

  it('of no enterprise is another one than of an enterprise, and the parts do not run into each other', () => {
    expect(identityKey(slack('', 'T1', 'U1'))).not.toBe(identityKey(slack('E1', 'T1', 'U1')));
    expect(identityKey(slack('E', '1T', 'U'))).not.toBe(identityKey(slack('E1', 'T', 'U')));
    expect(identityKey({ provider: 'webhook', endpoint: 'a', user: 'T","U' })).not.toBe(
      identityKey({ provider: 'webhook', endpoint: 'a","T', user: 'U' }),
    );
  });

  it('has one key for each user of each system', () => {
    const part = fc.string({ minLength: 1, maxLength: 4 }).map((s) => s.trim().toLowerCase() || 'x');
    const any: fc.Arbitrary<Identity> = fc.oneof(
      fc.tuple(fc.constantFrom('', 'e'), part, part).map(([e, t, u]) => slack(e, t, u)),
      fc.tuple(part, part).map(([tenant, user]): Identity => ({ provider: 'teams', tenant, user })),
      fc.tuple(part, part).map(([endpoint, user]): Identity => ({ provider: 'webhook', endpoint, user })),
      part.map(token),
    );
    fc.assert(
      fc.property(any, any, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(identityKey(a) === identityKey(b)).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('settings', () => {
  it.each<[string, Person[], Settings['serviceUsers'], string[]]>([
    ['nobody', [], [], []],
    [
      'people with identities of their own',
      [who('ana', slack('', 'T1', 'U1'), token('sso|ana')), who('ben', slack('', 'T1', 'U2'))],
      [{ subject: 'bot', owners: ['ana', 'sso|ana'] }],
      [],
    ],
    ['one person with one identity twice', [who('ana', token('x'), token('X '))], [], []],
    ['one subject of two people', [who('ana'), who(' ANA')], [], ['/people/1/subject']],
    [
      'one Slack user of two people',
      [who('ana', slack('', 'T1', 'U1')), who('ben', slack('', 't1', 'u1'))],
      [],
      ['/people/1/identities/0'],
    ],
    [
      'one Slack user, once with the enterprise',
      [who('ana', slack('', 'T1', 'U1')), who('ben', slack('E1', 'T1', 'U1'))],
      [],
      ['/people/1/identities/0'],
    ],
    [
      'one Slack user of an enterprise in two workspaces',
      [who('ana', slack('E1', 'T1', 'U1')), who('ben', slack('E1', 'T2', 'U1'))],
      [],
      ['/people/1/identities/0'],
    ],
    [
      'users of the same name in two workspaces without an enterprise',
      [who('ana', slack('', 'T1', 'U1')), who('ben', slack('', 'T2', 'U1'))],
      [],
      [],
    ],
    [
      'one token of two people',
      [who('ana', token('x')), who('ben', token(' X'))],
      [],
      ['/people/1/identities/0'],
    ],
    [
      'a person who is another one’s identity',
      [who('ana', token('ben')), who('ben')],
      [],
      ['/people/0/identities/0'],
    ],
    [
      'a program that is a person',
      [who('ana')],
      [{ subject: 'ANA', owners: ['ben'] }],
      ['/serviceUsers/0/subject'],
    ],
    [
      'a program that is a person’s identity',
      [who('ana', token('bot'))],
      [{ subject: 'bot', owners: ['ben'] }],
      ['/people/0/identities/0'],
    ],
    [
      'one program twice, and one that owns another',
      [],
      [
        { subject: 'bot', owners: ['ana'] },
        { subject: 'Bot', owners: ['ben'] },
        { subject: 'cron', owners: ['ana', ' BOT'] },
      ],
      ['/serviceUsers/1/subject', '/serviceUsers/2/owners/1'],
    ],
  ])('with %s', (_what, people, serviceUsers, expected) => {
    expect(pointers(people, serviceUsers)).toEqual(expected);
  });
});

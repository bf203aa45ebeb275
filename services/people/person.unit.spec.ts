import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Directory, peopleBehind, sharePerson } from './person.ts';

const person = (subject: string, ...tokens: string[]): Directory['people'][number] => ({
  subject,
  identities: tokens.map((token) => ({ provider: 'token', subject: token })),
  suspended: false,
});
const program = (subject: string, ...owners: string[]) => ({ subject, owners });
const directory: Directory = {
  people: [person('ana@example.com', 'sso|ana', 'ana.admin'), person('ben@example.com', 'sso|ben')],
  serviceUsers: [program('ci-bot', 'ana@example.com'), program('pair-bot', 'ANA.admin ', 'sso|ben')],
};

describe('the people behind a subject', () => {
  it.each([
    ['ana@example.com', ['ana@example.com']],
    [' ANA@Example.com ', ['ana@example.com']],
    ['sso|ANA', ['ana@example.com']],
    ['ci-bot', ['ana@example.com']],
    ['Pair-Bot', ['ana@example.com', 'ben@example.com']],
    ['nobody@example.com', ['nobody@example.com']],
    ['', ['']],
  ])('%j: %j', (subject, people) => {
    expect([...peopleBehind(directory, subject)].sort()).toEqual(people);
  });

  it.each([
    ['ana@example.com', 'sso|ana', true],
    ['ana.admin', 'sso|ana', true],
    ['ci-bot', 'ana.admin', true],
    ['pair-bot', 'sso|ben', true],
    ['pair-bot', 'ci-bot', true],
    ['ci-bot', 'ben@example.com', false],
    ['ana@example.com', 'ben@example.com', false],
  ])('%s and %s share one: %s', (a, b, shared) => {
    expect(sharePerson(directory, a, b)).toBe(shared);
  });

  it('of a name that two people claim are both', () => {
    const doubtful = { people: [person('ana', 'x'), person('ben', 'X ')], serviceUsers: [] };
    expect(peopleBehind(doubtful, 'x')).toEqual(['ana', 'ben']);
    expect([sharePerson(doubtful, 'x', 'ana'), sharePerson(doubtful, 'x', 'ben')]).toEqual([true, true]);
  });
});

// Few names, so that people, second identities, programs and owners meet; spelled in several ways.
const NAMES = ['ana', 'ben', 'cy', 'dora', 'bot', 'ci', 'cron'];
const name = fc.constantFrom(...NAMES);
const spelled = fc
  .tuple(name, fc.constantFrom('', ' ', '\t', '\u00a0'), fc.boolean())
  .map(([n, space, upper]) => `${space}${upper ? n.toUpperCase() : n}${space}`);
const anyDirectory: fc.Arbitrary<Directory> = fc.record({
  people: fc.array(
    fc.tuple(spelled, fc.array(spelled, { maxLength: 3 })).map(([s, tokens]) => person(s, ...tokens)),
    { maxLength: 4 },
  ),
  serviceUsers: fc.array(
    fc
      .tuple(spelled, fc.array(spelled, { minLength: 1, maxLength: 3 }))
      .map(([s, owners]) => program(s, ...owners)),
    { maxLength: 4 },
  ),
});
const RUNS = { numRuns: 2_000 };

describe('whatever the directory', () => {
  it('somebody is behind every name, and everybody shares a person with oneself', () => {
    fc.assert(
      fc.property(anyDirectory, spelled, (known, subject) => {
        expect(peopleBehind(known, subject).length).toBeGreaterThan(0);
        expect(sharePerson(known, subject, subject)).toBe(true);
      }),
      RUNS,
    );
  });

  it('sharing a person is the same from both sides, and in every spelling', () => {
    fc.assert(
      fc.property(anyDirectory, spelled, spelled, (known, a, b) => {
        const shared = sharePerson(known, a, b);
        expect(sharePerson(known, b, a)).toBe(shared);
        expect(sharePerson(known, ` ${a.toUpperCase()}`, b.toLowerCase().trim())).toBe(shared);
      }),
      RUNS,
    );
  });

  it('a person shares with each of the own identities, and with each program of the own', () => {
    fc.assert(
      fc.property(anyDirectory, (known) => {
        for (const { subject, identities } of known.people)
          for (const i of identities)
            if (i.provider === 'token') expect(sharePerson(known, subject, i.subject)).toBe(true);
        for (const { subject, owners } of known.serviceUsers)
          for (const owner of owners) expect(sharePerson(known, subject, owner)).toBe(true);
      }),
      RUNS,
    );
  });

  it('more entries never part two who shared a person', () => {
    fc.assert(
      fc.property(anyDirectory, anyDirectory, spelled, spelled, (known, more, a, b) => {
        const both = {
          people: [...known.people, ...more.people],
          serviceUsers: [...known.serviceUsers, ...more.serviceUsers],
        };
        if (sharePerson(known, a, b)) expect(sharePerson(both, a, b)).toBe(true);
      }),
      RUNS,
    );
  });

  it('in one without conflicts, a name that belongs to nobody else stands for exactly one', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2 }), (names) => {
        const known = { people: names.map((n) => person(n, `sso|${n}`)), serviceUsers: [] };
        for (const a of names) for (const b of names) expect(sharePerson(known, `sso|${a}`, b)).toBe(a === b);
      }),
      RUNS,
    );
  });
});

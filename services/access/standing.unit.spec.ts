import { describe, expect, it } from 'vitest';
import type { Problem } from '../kernel/errors.ts';
import type { Directory } from '../people/person.ts';
import type { Principal } from './principal.ts';
import type { RoutePolicy } from './route-policies.ts';
import { standIn } from './standing.ts';

const person = (subject: string, suspended: boolean, ...tokens: string[]): Directory['people'][number] => ({
  subject,
  suspended,
  identities: tokens.map((token) => ({ provider: 'token', subject: token })),
});
const directory: Directory = {
  people: [person('sue@example.com', true, 'sso|sue'), person('ana@example.com', false)],
  serviceUsers: [
    { subject: 'ci-bot', owners: ['ana@example.com'] },
    { subject: 'shared-bot', owners: ['sue@example.com', 'ana@example.com'] },
    { subject: 'orphan-bot', owners: ['sue@example.com'] },
  ],
};
const ask = (subject: string, act: RoutePolicy['act'], program = false): string | Principal => {
  const who: Principal = { subject, teams: [], roles: ['approver'], ...(program ? { program } : {}) };
  try {
    return standIn(who, directory, act);
  } catch (error) {
    return (error as Problem).code;
  }
};

describe('what the settings say of whoever calls', () => {
  it.each(['sue@example.com', ' SUE@example.com', 'sso|sue', 'orphan-bot'])('%s is suspended', (subject) => {
    for (const act of ['ask', 'decide', undefined] as const) expect(ask(subject, act)).toBe('suspended');
  });

  it.each(['ana@example.com', 'nobody@example.com'])('%s is let through as they are', (subject) => {
    for (const act of ['ask', 'decide', undefined] as const)
      expect(ask(subject, act)).toEqual({ subject, teams: [], roles: ['approver'] });
  });

  it('a program never decides; it asks where somebody answers for it who is not suspended', () => {
    for (const subject of ['ci-bot', 'CI-Bot', 'shared-bot']) {
      expect(ask(subject, 'decide')).toBe('program-decides');
      expect(ask(subject, 'ask')).toMatchObject({ subject, program: true });
    }
  });

  it('a program that the settings do not name reads, and neither asks nor decides', () => {
    expect(ask('stray-bot', undefined, true)).toMatchObject({ program: true });
    expect(ask('stray-bot', 'ask', true)).toBe('program-unregistered');
    expect(ask('stray-bot', 'decide', true)).toBe('program-decides');
  });
});

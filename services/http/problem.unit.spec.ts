import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { packageRoot } from '../kernel/package-root.node.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { AccountRequest } from '../requests/request.schema.ts';
import { fieldErrors } from './problem.ts';
import { PROBLEM_CODES } from './problem-codes.ts';

const services = join(packageRoot(), 'services');
const sources = readdirSync(services, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.includes('.spec.'))
  .map((file) => readFileSync(join(services, file), 'utf8'));
const used = new Set(
  sources.flatMap((text) =>
    [...text.matchAll(/new Problem\(\s*'[a-z-]+',\s*'([a-z-]+)'/g)].map((m) => m[1] ?? ''),
  ),
);

describe('problem codes', () => {
  it('are found in the sources', () => expect(used.size).toBeGreaterThan(20));

  it.each([...used])('%s is explained', (code) => {
    expect(PROBLEM_CODES[code]).toMatch(/\w.*\.$/);
  });

  it('explain nothing that does not exist', () => {
    const elsewhere = ['validation', 'not-found', 'internal'];
    for (const code of Object.keys(PROBLEM_CODES)) expect([...used, ...elsewhere]).toContain(code);
  });
});

describe('fieldErrors', () => {
  const errorsOf = (schema: z.ZodType, value: unknown) =>
    fieldErrors((schema.safeParse(value).error?.issues ?? []) as never);
  const refused = (value: unknown) => errorsOf(AccountRequest, value).map((e) => e.pointer);
  const example = requestWith();

  it('points at each field that is wrong', () => {
    expect(
      refused({
        ...example,
        team: 'Payments!',
        account: { ...example.account, email: 'nobody', name: '' },
      }).sort(),
    ).toContain('/team');
    expect(refused({ ...example, account: { ...example.account, email: 'nobody' } })).toContain(
      '/account/email',
    );
    expect(refused({ ...example, access: [{ group: '', permissionSet: 'x' }] })).toEqual(['/access/0/group']);
  });

  it('points at fields that are missing', () => {
    expect(refused({}).sort()).toEqual(['/account', '/justification', '/owner', '/team']);
  });

  it('points at each unknown field itself', () => {
    expect(refused({ ...example, admin: true, account: { ...example.account, 'a/b~c': 1 } }).sort()).toEqual([
      '/account/a~1b~0c',
      '/admin',
    ]);
  });

  it('points at the whole for a value of the wrong kind', () => {
    expect(refused([])).toEqual(['']);
  });

  it.each<[string, unknown, string]>([
    ['a name with angle brackets', { account: { ...example.account, name: '<b>' } }, '/account/name'],
    ['a name with a space at the end', { account: { ...example.account, name: 'a ' } }, '/account/name'],
    ['a name of 51 characters', { account: { ...example.account, name: 'a'.repeat(51) } }, '/account/name'],
    [
      'an e-mail of 65 characters',
      { account: { ...example.account, email: `${'a'.repeat(53)}@example.com` } },
      '/account/email',
    ],
    [
      'an e-mail with an umlaut',
      { account: { ...example.account, email: 'ä@example.com' } },
      '/account/email',
    ],
    [
      'a unit by its name',
      { account: { ...example.account, organizationalUnitId: 'Workloads' } },
      '/account/organizationalUnitId',
    ],
    ['a tag of AWS', { tags: { 'aws:x': '1' } }, '/tags/aws:x'],
    ['a tag of ours', { tags: { 'jetway:x': '1' } }, '/tags/jetway:x'],
    ['an end without a time zone', { expiresAt: '2027-12-31T00:00:00' }, '/expiresAt'],
    ['a guardrail that is a number', { guardrails: [1] }, '/guardrails/0'],
  ])('refuses %s', (_what, changes, pointer) => {
    expect([...new Set(refused({ ...example, ...(changes as object) }))]).toEqual([pointer]);
  });

  it('accepts the example as it is', () => expect(refused(example)).toEqual([]));
});

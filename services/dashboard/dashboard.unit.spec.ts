import { describe, expect, it } from 'vitest';
import { AccountRequest } from '../requests/request.schema.ts';
import { csv } from './csv.ts';
import { errorsByField } from './form-errors.ts';
import { address, filterValue, instant } from './query.ts';
import { bodyOf, emptyForm, REQUEST_FIELDS, readForm } from './request-form.ts';
import { ago, duration, sentence, statusWord } from './words.ts';

describe('an export', () => {
  it('holds no formula, whatever people have called things', () => {
    const hostile = ['=1+1', '+1', '-1', '@a', '\tx', '\rx', 'a"b', 'plain'];
    expect(
      csv(
        ['name'],
        hostile.map((cell) => [cell]),
      ).split('\r\n'),
    ).toEqual(['name', `"'=1+1"`, `"'+1"`, `"'-1"`, `"'@a"`, `"'\tx"`, `"'\rx"`, '"a""b"', 'plain', '']);
  });
  it('keeps numbers, and leaves empty what is not there', () => {
    expect(csv(['n', 'x'], [[-3, undefined]])).toBe('n,x\r\n-3,\r\n');
  });
});

describe('an instant of the date picker', () => {
  const now = Date.parse('2026-06-01T12:00:00Z');
  it.each([
    ['2026-03-04T10:00', '2026-03-04T10:00:00.000Z'],
    ['2026-03-04T10:00:30', '2026-03-04T10:00:30.000Z'],
    ['2026-03-04', '2026-03-04T23:59:59.999Z'],
    ['2026-03-04T10:00:00+02:00', '2026-03-04T08:00:00.000Z'],
    ['2030-01-01', '2026-06-01T12:00:00.000Z'],
  ])('%s is %s', (text, at) => {
    expect(instant(text, now)).toMatchObject({ at: new Date(at) });
  });
  it.each(['yesterday', '2026-13-40', '04.03.2026', '2026-03-04T10'])('%s is none', (text) =>
    expect(instant(text, now)).toBe('unreadable'),
  );
  it.each([undefined, '', '  '])('%s asks for none', (text) => expect(instant(text, now)).toBeUndefined());
});

describe('an address', () => {
  it('leaves out what is empty', () => {
    expect(address('/accounts', { q: 'a b', ou: '', team: undefined })).toBe('/accounts?q=a+b');
    expect(address('/accounts', {})).toBe('/accounts');
  });
  it.each(['', '  ', 'x'.repeat(200), '\0', '\ud800'])('takes no filter that no database can hold', (text) =>
    expect(filterValue(text)).toBeUndefined(),
  );
});

describe('the form', () => {
  const filled = readForm({
    ...{ name: ' payments-prod ', email: 'aws@example.com', ou: 'ou-ab12-workloads', team: 'payments' },
    ...{ ownerEmail: 'ana@example.com', ownerFirstName: 'Ana', ownerLastName: 'Lopez', justification: 'PCI' },
    ...{ blueprint: 'standard', vpcSize: 'medium', vpcZones: '2', expires: '2027-12-31' },
    ...{ guardrail: 'AWS-GR_ENCRYPTED_VOLUMES', group: ['admins', ''], set: ['AdministratorAccess', ''] },
    tags: 'cost-center=4711\n\nenv = prod',
  });

  it('stands for a request', () => {
    expect(AccountRequest.parse(bodyOf(filled))).toMatchObject({
      account: { name: 'payments-prod', email: 'aws@example.com', organizationalUnitId: 'ou-ab12-workloads' },
      blueprint: { name: 'standard', parameters: { vpc: { size: 'medium', availabilityZones: 2 } } },
      guardrails: ['AWS-GR_ENCRYPTED_VOLUMES'],
      access: [{ group: 'admins', permissionSet: 'AdministratorAccess' }],
      tags: { 'cost-center': '4711', env: 'prod' },
      expiresAt: '2027-12-31T00:00:00Z',
    });
  });

  it('says what is wrong where it is wrong', () => {
    const errors = [
      { pointer: '/account/name', message: 'may hold printable ASCII characters' },
      { pointer: '/account/email', message: 'Invalid email address' },
      { pointer: '/guardrails/0', message: 'there is no guardrail X' },
      { pointer: '/elsewhere', message: 'is odd' },
    ];
    const values = { ...emptyForm('payments', 'ana@example.com'), name: '<b>' };
    expect([...errorsByField(errors, REQUEST_FIELDS, { values, checking: false })]).toEqual([
      ['name', 'May hold printable ASCII characters'],
      ['email', 'Is needed'],
      ['guardrail', 'There is no guardrail X'],
      ['', 'Is odd'],
    ]);
    // While somebody is still filling it in, what is empty is not yet wrong.
    expect([...errorsByField(errors, REQUEST_FIELDS, { values, checking: true }).keys()]).toEqual([
      'name',
      'guardrail',
      '',
    ]);
  });
});

describe('words', () => {
  it('are those of people', () => {
    expect(['AWAITING_APPROVAL', 'AccountVended', 'strongly-recommended'].map(sentence)).toEqual([
      'Awaiting approval',
      'Account vended',
      'Strongly recommended',
    ]);
    expect(statusWord('NON_COMPLIANT')).toBe('Not compliant');
    expect([40_000, 720_000, 11_100_000, 1_036_800_000].map(duration)).toEqual([
      '40 s',
      '12 min',
      '3 h 5 min',
      '12 days',
    ]);
    expect(ago('2026-03-04T10:00:00Z', Date.parse('2026-03-04T10:12:00Z'))).toBe('12 min ago');
  });
});

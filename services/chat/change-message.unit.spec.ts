import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeWith, unitChangePlanWith } from '../organizational-units/unit-change.fixture.ts';
import { changeText } from './change-message.ts';

const textOf = (body = changeWith(), plan = unitChangePlanWith(), requestedBy = 'olga@example.com') =>
  changeText({ requestId: 'req-1', requestedBy, body, plan });

describe('the message that asks for the approval of a change', () => {
  it('says what changes, where, why, and for which accounts', () => {
    expect(textOf().split('\n')).toEqual([
      'olga@example.com asks to change the controls of the organizational unit Workloads (ou-ab12-workloads).',
      'Why: PCI scope grows',
      'Enable: AWS-GR_ENCRYPTED_VOLUMES (What AWS-GR_ENCRYPTED_VOLUMES says; strongly-recommended, detective; accounts in the unit itself)',
      'Enable: AWS-GR_DISALLOW_VPN_CONNECTIONS (What AWS-GR_DISALLOW_VPN_CONNECTIONS says; elective, preventive; the unit and all below it), with ExemptedPrincipalArns arn:aws:iam::444455556666:role/network-admin',
      'Disable: AWS-GR_RESTRICT_ROOT_USER (What AWS-GR_RESTRICT_ROOT_USER says; strongly-recommended, preventive; the unit and all below it)',
      'Accounts affected: 1: payments-prod (444455556666)',
      'Request req-1',
    ]);
  });

  it('counts the accounts that it does not name', () => {
    const accounts = Array.from({ length: 45 }, (_, i) => ({
      accountId: String(100_000_000_000 + i),
      name: `account-${i}`,
    }));
    expect(textOf(changeWith(), unitChangePlanWith({ accounts }))).toMatch(
      /Accounts affected: 45: account-0 \(100000000000\), .*account-19 \(100000000019\) and 25 more\n/,
    );
  });

  it('has one line more for nothing that a person may write', () => {
    const honest = textOf().split('\n').length;
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), (text) => {
        const plan = unitChangePlanWith({ accounts: [{ accountId: '444455556666', name: text }] });
        const lines = textOf(changeWith({ reason: text }), plan, text).split(
          /\r\n|[\n\r\v\f\u0085\u2028\u2029]/,
        );
        expect(lines).toHaveLength(honest);
      }),
    );
  });
});

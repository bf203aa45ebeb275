import { describe, expect, it } from 'vitest';
import { changeWith, unitChangePlanWith } from '../organizational-units/unit-change.fixture.ts';
import { messageText } from './approval-message.ts';
import { unitChangeMessage } from './unit-change-message.ts';

const textOf = (body = changeWith(), plan = unitChangePlanWith(), requestedBy = 'olga@example.com') =>
  messageText({
    requestId: 'req-1',
    planDigest: plan.digest,
    ...unitChangeMessage({ requestedBy, body, plan }),
    progress: null,
    settled: null,
  });

describe('the message that asks for the approval of a change', () => {
  it('says what changes, where, why, and for which accounts', () => {
    expect(textOf().split('\n')).toEqual([
      'olga@example.com asks to change the controls of the organizational unit Workloads (ou-ab12-workloads).',
      'Why: PCI scope grows',
      'Note: It takes AWS-GR_RESTRICT_ROOT_USER away from one account.',
      'Accounts affected: 1: payments-prod (444455556666)',
      'Region: us-east-1',
      'Decides: one of: any approver of the organization',
      'Enable: AWS-GR_ENCRYPTED_VOLUMES (What AWS-GR_ENCRYPTED_VOLUMES says; strongly-recommended, detective; accounts in the unit itself)',
      'Enable: AWS-GR_DISALLOW_VPN_CONNECTIONS (What AWS-GR_DISALLOW_VPN_CONNECTIONS says; elective, preventive; the unit and all below it), with ExemptedPrincipalArns arn:aws:iam::444455556666:role/network-admin',
      'Disable: AWS-GR_RESTRICT_ROOT_USER (What AWS-GR_RESTRICT_ROOT_USER says; strongly-recommended, preventive; the unit and all below it)',
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
});

import { describe, expect, it } from 'vitest';
import { examplePlan } from '../../workflows/account-vending/plan.fixture.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { accountMessage } from './account-message.ts';
import { messageText } from './approval-message.ts';

const messageOf = (plan = examplePlan, body = requestWith()) => ({
  requestId: 'req-1',
  planDigest: plan.digest,
  ...accountMessage({ requestedBy: 'ana@example.com', body, plan, explained: ['X denies everything'] }),
  progress: null,
  settled: null,
});

describe('the message that asks for the approval of an account', () => {
  it('says what will exist, why, where, for whom, what it costs, and who decides', () => {
    const lines = messageText(messageOf()).split('\n');
    expect(lines[0]).toBe('ana@example.com asks for the account payments-prod.');
    for (const line of [
      'Why: PCI workload, go-live in March',
      'Account: payments-prod (aws+payments-prod@example.com)',
      'Team: payments',
      'Owner: Ana Lopez (ana@example.com)',
      'Region: us-east-1',
      'Guardrail: X denies everything',
      'Request req-1',
    ])
      expect(lines).toContain(line);
    expect(lines.find((line) => line.startsWith('Where: '))).toContain('(ou-ab12-workloadsprod)');
    expect(lines.find((line) => line.startsWith('Cost: '))).toMatch(/about \d+\.\d\d USD a month/);
    expect(messageOf().summary).toMatch(/^the account payments-prod for about .* USD a month$/);
  });

  it('says first what is unusual', () => {
    const unusualOf = (changes: Partial<typeof examplePlan>) =>
      messageOf({ ...examplePlan, access: [], permissionSets: [], network: null, warnings: [], ...changes })
        .unusual;
    expect(unusualOf({})).toEqual([]);
    const access = (permissionSet: string) => [
      { principal: 'payments-admins', permissionSet, principalType: 'GROUP' as const },
    ];
    expect(unusualOf({ access: access('AdministratorAccess') })).toEqual([
      'payments-admins gets administrator rights (AdministratorAccess).',
    ]);
    expect(unusualOf({ access: access('ViewOnlyAccess') })).toEqual([]);
    // Another name, the same policy.
    const powerful = {
      name: 'helpers',
      description: '',
      sessionDuration: 'PT1H',
      managedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'],
    };
    expect(unusualOf({ access: access('helpers'), permissionSets: [powerful] })).toHaveLength(1);
    const cost = (amount: number) => ({ monthlyCost: { currency: 'USD' as const, amount, items: [] } });
    expect(unusualOf(cost(500))).toEqual([]);
    expect(unusualOf(cost(501))).toEqual(['It costs more than 500 USD a month.']);
    expect(unusualOf({ quotas: [{ name: 'Accounts', used: 95, limit: 100 }] })).toEqual([
      'Accounts: 95 of 100 are used.',
    ]);
    expect(
      unusualOf({
        network: {
          vpcCidr: '10.0.0.0/16',
          subnets: [{ name: 'p', cidr: '10.0.0.0/24', availabilityZone: 'a', tier: 'public' }],
        },
      }),
    ).toEqual(['The network has public subnets: what is placed there can be reached from the internet.']);
    expect(unusualOf({ warnings: ['The organization was last read 40 minutes ago.'] })).toHaveLength(1);
  });
});

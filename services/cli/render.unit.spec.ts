import { describe, expect, it } from 'vitest';
import { progressLines } from './progress.ts';
import { accountLines, accountRows, guardrailLines, planLines, summaryLines } from './render.ts';
import { paint, type Text } from './text.ts';

const shown = (lines: readonly Text[]) => lines.map((line) => paint(line, false)).join('\n');

describe('a plan', () => {
  it('of an account is shown as its approver has to know it', () => {
    const component = { name: 'vpc', version: '1.1.0', mode: 'deploy' };
    expect(
      shown(
        planLines({
          digest: 'sha256:1',
          account: { name: 'payments-prod', organizationalUnitId: 'ou-1' },
          organization: { organizationalUnitName: 'Workloads' },
          network: { vpcCidr: '10.0.0.0/22', subnets: [1, 2] },
          components: [component, { ...component }, { name: 'config', version: '1.0.0', mode: 'verify' }],
          guardrails: {
            preventive: [{ controls: ['A'] }],
            detective: [{ control: 'B' }],
            inherited: ['C', 'D'],
          },
          access: [],
          monthlyCost: { currency: 'USD', amount: 1.654 },
          eta: { p50Seconds: 1_200, p90Seconds: 1_800 },
          warnings: ['Mind \u001b[31mthis.'],
        }),
      ),
    ).toBe(
      `  digest      sha256:1
  account     payments-prod
  unit        Workloads
  network     10.0.0.0/22, 2 subnets
  components  vpc@1.1.0, config@1.0.0 (verify)
  guardrails  2 inherited; own: A, B
  access      none
  cost        about 1.65 USD a month
  time        about 20 min, in nine of ten cases 30 min
  note        Mind \\x1b[31mthis.`,
    );
  });

  it('of a change is shown in its words', () =>
    expect(shown(planLines({ digest: 'sha256:2', summary: ['one', 'two'], warnings: [] }))).toBe(
      '  digest      sha256:2\n  does        one\n  does        two',
    ));
});

const account = {
  accountId: '123456789012',
  name: 'payments-prod',
  email: 'a@example.com',
  organizationalUnitId: null,
  team: null,
  status: 'ACTIVE',
  origin: 'VENDED',
  createdAt: '2026-03-04T10:00:00.000Z',
};
const violated = {
  ...{ control: 'B', kind: 'detective', status: 'NON_COMPLIANT' },
  resources: [
    { resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1', status: 'NON_COMPLIANT' },
    { resourceType: 'AWS::EC2::Volume', resourceId: 'vol-2', status: 'COMPLIANT' },
  ],
};
const compliance = {
  accountId: '123456789012',
  items: [
    violated,
    { control: 'C', kind: 'inherited', status: 'COMPLIANT' },
    { control: 'D', kind: 'inherited', status: 'NON_COMPLIANT' },
  ],
};

describe('accounts', () => {
  it('are rows under a heading; none are nothing', () => {
    expect(shown(accountRows([account]))).toBe(
      `ACCOUNT       NAME           STATUS  TEAM  UNIT  BLUEPRINT  SINCE
123456789012  payments-prod  ACTIVE  -     -     -          2026-03-04`,
    );
    expect(accountRows([])).toEqual([]);
  });

  it('show what is violated, also of what a unit passes on', () => {
    expect(shown(guardrailLines(compliance))).toBe(
      `    detective  B                               NON_COMPLIANT  AWS::EC2::Volume vol-1
    inherited  D                               NON_COMPLIANT
    inherited  1 from the organizational unit`,
    );
    expect(shown(accountLines({ account, compliance, timeline: [] }))).toContain('guardrails  3, 2 violated');
  });
});

it('numbers are shown with what they are made of', () =>
  expect(
    shown(
      summaryLines({
        accounts: { total: 3, byStatus: { ACTIVE: 2, QUARANTINED: 1 } },
        guardrails: { enabled: 0, byGuidance: {} },
        compliance: { compliant: 2, nonCompliant: 1, excepted: 4, unknown: 0 },
      }),
    ),
  ).toBe(
    `  accounts    3: 2 ACTIVE, 1 QUARANTINED
  guardrails  0
  compliant   2
  violations  1
  excepted    4
  unknown     0`,
  ));

it('progress shows each step with its state', () => {
  const step = (title: string, status: string) => ({ name: title, title, status });
  const lines = progressLines(
    {
      ...{ id: 'req-1', kind: 'account', status: 'QUEUED', plan: { digest: 'x' }, queuePosition: 3 },
      account: { name: 'a\nb', organizationalUnitId: 'ou-1' },
      steps: [
        {
          ...step('Plan', 'succeeded'),
          startedAt: '2026-03-04T10:00:00Z',
          endedAt: '2026-03-04T10:00:12Z',
        },
        step('Approval', 'failed'),
        step('Account', 'running'),
        step('Access', 'pending'),
      ],
    },
    '*',
  );
  expect(shown(lines)).toBe(
    `a\\nb  QUEUED, place 3 in the team’s queue
 ✔ Plan (12 s)
 ✖ Approval
 * Account
 · Access`,
  );
});

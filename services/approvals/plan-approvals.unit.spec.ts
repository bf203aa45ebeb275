import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { DEFAULT_SETTINGS, EXAMPLE_SETTINGS } from '../settings/defaults.ts';
import { ApprovalPolicy, type PolicyConditions, Settings } from '../settings/settings.schema.ts';
import { PlannedApprovals, type PolicyFacts } from './approvals.schema.ts';
import { approvalsOf, plannedApprovals } from './plan-approvals.ts';
import { approvalWord, policyFor } from './policy.ts';

const about = (changes: Partial<PolicyFacts> = {}): PolicyFacts => ({
  kind: 'account',
  team: 'payments',
  organizationalUnitIds: ['ou-ab12-workloadsprod', 'ou-ab12-workloads', 'r-ab12'],
  blueprint: 'standard',
  guardrailExceptions: false,
  monthlyCost: 120,
  ...changes,
});
const stages = [{ name: 'approver', approvers: [{ requestTeam: true as const }] }];
const policy = (name: string, more: object = {}) => ApprovalPolicy.parse({ name, stages, ...more });
const WEEK = 604_800;

describe('the policy of a request', () => {
  it.each<[string, PolicyConditions, boolean]>([
    ['nothing', {}, true],
    ['its kind', { kinds: ['account'] }, true],
    ['another kind', { kinds: ['settings-change', 'account-change'] }, false],
    ['its unit', { organizationalUnitIds: ['ou-ab12-workloadsprod'] }, true],
    ['a unit above it', { organizationalUnitIds: ['ou-ab12-sandboxes', 'ou-ab12-workloads'] }, true],
    ['another unit', { organizationalUnitIds: ['ou-ab12-sandboxes'] }, false],
    ['its blueprint', { blueprints: ['standard'] }, true],
    ['another blueprint', { blueprints: ['sandbox'] }, false],
    ['its team', { teams: ['payments'] }, true],
    ['another team', { teams: ['data'] }, false],
    ['no exceptions', { guardrailExceptions: false }, true],
    ['exceptions', { guardrailExceptions: true }, false],
    ['a cost at the limit', { monthlyCost: { atMost: 120 } }, true],
    ['a cost over the limit', { monthlyCost: { atMost: 119.99 } }, false],
    ['a cost that is not over it', { monthlyCost: { over: 120 } }, false],
    ['a cost between', { monthlyCost: { over: 119, atMost: 121 } }, true],
    ['all of it', { kinds: ['account'], teams: ['payments'], monthlyCost: { over: 1 } }, true],
    ['all of it but one', { kinds: ['account'], teams: ['payments'], blueprints: ['sandbox'] }, false],
  ])('by %s', (_what, when, matches) => {
    const found = policyFor({ policies: [policy('asked', { when }), policy('rest')] }, about());
    expect(found.name).toBe(matches ? 'asked' : 'rest');
  });

  it('is the first that fits', () => {
    const first = policyFor({ policies: [policy('a'), policy('b')] }, about());
    expect(first.name).toBe('a');
  });

  it('does not take an unknown cost or blueprint for a small or known one', () => {
    const unknown = about({ monthlyCost: null, blueprint: null });
    for (const when of [{ monthlyCost: { atMost: 1e9 } }, { monthlyCost: { over: 0 } }, { blueprints: [''] }])
      expect(policyFor({ policies: [policy('asked', { when })] }, unknown).name).toBe('one-approver');
  });

  it.each([
    ['account', 'one-approver'],
    ['account-change', 'one-approver'],
    ['organizational-unit-change', 'whole-organization'],
    ['settings-change', 'whole-organization'],
    ['what nobody has thought of', 'one-approver'],
  ])('where none fits, is the default for %s: %s', (kind, name) => {
    const found = policyFor({ policies: [] }, about({ kind }));
    expect(found.name).toBe(name);
    expect(found.automatic).toBeUndefined();
  });

  it('has a word for the list of units', () => {
    const word = (more: object) => approvalWord(policy('x', more));
    expect(word({})).toBe('one');
    expect(word({ automatic: { teamMonthlyCostAtMost: 1 } })).toBe('automatic');
    expect(word({ stages: [{ ...stages[0], quorum: 2 }] })).toBe('quorum');
    expect(word({ stages: [stages[0], { ...stages[0], name: 'second' }] })).toBe('quorum');
  });
});

describe('what a plan says of its approval', () => {
  it('is one approver of the team by default', () => {
    expect(plannedApprovals(DEFAULT_SETTINGS, about(), WEEK)).toMatchObject({
      policy: 'one-approver',
      quorum: 1,
      approvers: ['role:approver team:payments'],
      expiresAfterSeconds: WEEK,
      automatic: null,
      escalateTo: [],
      timers: [
        { seconds: 86_400, act: 'remind' },
        { seconds: WEEK - 86_400, act: 'expire' },
      ],
    });
  });

  it('names teams and people, and that a policy decides by itself', () => {
    const settings = Settings.parse({
      policies: [
        {
          name: 'two-stages',
          automatic: { teamMonthlyCostAtMost: 10 },
          stages: [
            { name: 'team', approvers: [{ requestTeam: true }, { team: 'security' }], quorum: 2 },
            { name: 'people', approvers: [{ people: ['eva@example.com', 'fay@example.com'] }] },
          ],
        },
      ],
    });
    expect(plannedApprovals(settings, about(), WEEK)).toMatchObject({
      quorum: 0,
      automatic: { teamMonthlyCostAtMost: 10 },
      approvers: [
        'role:approver team:payments',
        'role:approver team:security',
        'eva@example.com, fay@example.com',
      ],
      stages: [
        { name: 'team', quorum: 2 },
        { name: 'people', quorum: 1 },
      ],
    });
  });

  it('has every approver decide on what belongs to no team', () => {
    const whole = about({ kind: 'organizational-unit-change', team: '*' });
    expect(plannedApprovals({ policies: [policy('x')] }, whole, WEEK).approvers).toEqual(['role:approver']);
  });

  it.each<[string, object, object[]]>([
    ['nothing but the end', { remindAfterHours: [] }, [{ seconds: WEEK, act: 'expire' }]],
    [
      'reminders in any order, before people who are asked at last',
      {
        remindAfterHours: [48, 24],
        escalation: { afterHours: 72, approvers: [{ anyTeam: true }] },
        expiresAfterDays: 4,
      },
      [
        { seconds: 86_400, act: 'remind' },
        { seconds: 86_400, act: 'remind' },
        { seconds: 86_400, act: 'escalate' },
        { seconds: 86_400, act: 'expire' },
      ],
    ],
    [
      'what comes at the same time once, and nothing after the end',
      {
        remindAfterHours: [1, 1, 2, 24, 200],
        escalation: { afterHours: 2, approvers: [{ anyTeam: true }] },
        expiresAfterDays: 1,
      },
      [
        { seconds: 3_600, act: 'remind' },
        { seconds: 3_600, act: 'escalate' },
        { seconds: 79_200, act: 'expire' },
      ],
    ],
    [
      'whole seconds, one at least',
      { remindAfterHours: [0.000_1], expiresAfterDays: 0.000_1 },
      [
        { seconds: 1, act: 'remind' },
        { seconds: 8, act: 'expire' },
      ],
    ],
  ])('has timers for %s', (_what, more, timers) => {
    const planned = plannedApprovals({ policies: [policy('x', more)] }, about(), WEEK);
    expect(planned.timers).toEqual(timers);
    expect(planned.expiresAfterSeconds).toBe(planned.timers.reduce((sum, t) => sum + t.seconds, 0));
  });

  it('can be read back from the stored plan', () => {
    const approvals = plannedApprovals(EXAMPLE_SETTINGS, about(), WEEK);
    expect(PlannedApprovals.parse(approvals)).toEqual(approvals);
    const planText = canonicalJson({ approvals });
    expect(approvalsOf({ kind: 'account', team: 'payments', planText })).toEqual(approvals);
  });

  it.each([
    ['account', { account: { organizationalUnitId: 'ou-1' } }, 'payments', { requestTeam: true }],
    [
      'account-change',
      { target: { account: { organizationalUnitId: 'ou-1' } } },
      'payments',
      { requestTeam: true },
    ],
    ['organizational-unit-change', { organizationalUnit: { id: 'ou-1' } }, '*', { anyTeam: true }],
  ])('of an earlier version takes one approver of %s', (kind, plan, team, selector) => {
    const approvals = { policy: 'one-approver', quorum: 1, approvers: [], expiresAfterSeconds: WEEK };
    const planText = JSON.stringify({ ...plan, approvals });
    expect(approvalsOf({ kind, team, planText })).toMatchObject({
      about: { kind, team, organizationalUnitIds: ['ou-1'], monthlyCost: null },
      stages: [{ quorum: 1, approvers: [selector] }],
      automatic: null,
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { Principal } from '../access/principal.ts';
import { DEFAULT_SETTINGS } from '../settings/defaults.ts';
import { ApprovalPolicy, Settings } from '../settings/settings.schema.ts';
import { confirmApproval, type FoundDecision, type ToConfirm } from './confirmation.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const approver = (name: string, more: Partial<Principal> = {}): Principal => ({
  subject: `${name}@example.com`,
  teams: ['payments'],
  roles: ['approver'],
  ...more,
});
const given = (name: string, more: Partial<FoundDecision> = {}): FoundDecision => ({
  requestId: 'req-1',
  decision: 'approve',
  decidedBy: `${name}@example.com`,
  decidedAt: '2026-03-04T10:00:00.000Z',
  via: 'chat',
  planDigest: digest('a'),
  comment: null,
  stage: 0,
  onBehalfOf: null,
  signatureValid: true,
  standing: approver(name),
  absent: undefined,
  ...more,
});
const policy = (name: string, stages: object[], more: object = {}): ApprovalPolicy =>
  ApprovalPolicy.parse({ name, stages, ...more });
const team = (quorum = 1) => ({ name: 'team', approvers: [{ requestTeam: true }], quorum });
const security = { name: 'security', approvers: [{ team: 'security' }] };
const guard = (name: string) => approver(name, { teams: ['security'] });
const ONE = policy('one-approver', [team()]);

const input = (changes: Partial<ToConfirm> = {}): ToConfirm => ({
  decisions: [given('ben')],
  verdict: 'approved',
  cancelled: false,
  open: true,
  requestedBy: 'ana@example.com',
  team: 'payments',
  planDigest: digest('a'),
  askedDigest: digest('a'),
  planned: { policy: 'one-approver', automatic: null, stages: ONE.stages, escalateTo: [] },
  policy: ONE,
  settings: DEFAULT_SETTINGS,
  escalatedAt: null,
  automaticCost: 0,
  ...changes,
});
const settings = (changes: object) => Settings.parse({ ...DEFAULT_SETTINGS, ...changes });
const planned = (stages: ToConfirm['planned']['stages'], more: Partial<ToConfirm['planned']> = {}) => ({
  planned: { policy: 'p', automatic: null, escalateTo: [], stages, ...more },
});
const away = (from: string, to: string) =>
  settings({
    delegations: [
      {
        from: `${from}@example.com`,
        to: `${to}@example.com`,
        startsAt: '2026-03-01T00:00:00Z',
        endsAt: '2026-03-09T00:00:00Z',
      },
    ],
  });

const TWO = policy('two', [team(2)]);
const BOTH = policy('both', [team(), security]);
const AUTOMATIC = policy('sandbox', [team()], { automatic: { teamMonthlyCostAtMost: 100 } });
const byPolicy = given('x', { decidedBy: 'policy:sandbox', via: 'policy', stage: null, standing: undefined });
const automatic: Partial<ToConfirm> = {
  decisions: [byPolicy],
  policy: AUTOMATIC,
  ...planned(AUTOMATIC.stages, { policy: 'sandbox', automatic: { teamMonthlyCostAtMost: 100 } }),
};

describe('the last look before the point of no return', () => {
  it.each<[string, Partial<ToConfirm>]>([
    ['a signed approval of another person for this plan', {}],
    ['one that was given before there were stages', { decisions: [given('ben', { stage: null })] }],
    [
      'two different people where two are asked for',
      { decisions: [given('ben'), given('cem')], policy: TWO, ...planned(TWO.stages) },
    ],
    [
      'one stage after the other',
      {
        decisions: [given('ben'), given('eva', { stage: 1, standing: guard('eva') })],
        policy: BOTH,
        ...planned(BOTH.stages),
      },
    ],
    [
      'somebody in the place of an absent approver',
      {
        decisions: [
          given('eva', {
            standing: guard('eva'),
            onBehalfOf: 'ben@example.com',
            absent: approver('ben'),
          }),
        ],
        settings: away('ben', 'eva'),
      },
    ],
    ['what a policy decided by itself', automatic],
    ['a budget that is used up to the last dollar', { ...automatic, automaticCost: 100 }],
    [
      'those who were asked at last, after that',
      {
        decisions: [given('eva', { standing: guard('eva') })],
        ...planned(ONE.stages, { escalateTo: [{ team: 'security' }] }),
        policy: policy('one-approver', [team()], {
          escalation: { afterHours: 1, approvers: [{ team: 'security' }] },
        }),
        escalatedAt: new Date('2026-03-04T09:00:00Z'),
      },
    ],
    ['an easier policy that has come into force since', { ...planned(ONE.stages), policy: AUTOMATIC }],
  ])('confirms %s', (_what, changes) => {
    expect(confirmApproval(input(changes))).toEqual({ outcome: 'confirmed' });
  });

  it.each<[string, string, Partial<ToConfirm>]>([
    ['no decision', 'no-approval', { decisions: [], verdict: undefined }],
    ['no signature of ours', 'approval-forged', { decisions: [given('ben', { signatureValid: false })] }],
    [
      'one forged approval of two',
      'approval-forged',
      { decisions: [given('ben'), given('cem', { signatureValid: false })] },
    ],
    ['a denial', 'not-approved', { decisions: [given('ben', { decision: 'deny' })] }],
    ['a denial after an approval', 'not-approved', { decisions: [given('ben')], verdict: 'denied' }],
    ['an approval that is not enough', 'approval-incomplete', { verdict: undefined }],
    [
      'an approval of another plan',
      'plan-differs',
      { decisions: [given('ben', { planDigest: digest('b') })] },
    ],
    ['a plan that was exchanged here', 'plan-differs', { planDigest: digest('b') }],
    ['a plan that was exchanged in the workflow', 'plan-differs', { askedDigest: digest('b') }],
    ['an ask without a digest', 'plan-differs', { askedDigest: '' }],
    ['a request that gave its address back', 'ended', { open: false }],
    ['a plan that is out of date', 'plan-outdated', { outdated: 'The account is another one.' }],
    ['a self-approval', 'self-approval', { requestedBy: 'ben@example.com' }],
    ['a self-approval in another spelling', 'self-approval', { requestedBy: ' Ben@Example.com' }],
    [
      'a self-approval by a second identity',
      'self-approval',
      {
        settings: settings({
          people: [
            {
              subject: 'ana@example.com',
              identities: [{ provider: 'token', subject: 'ben@example.com' }],
            },
          ],
        }),
      },
    ],
    [
      'the owner of the service user that asked',
      'self-approval',
      {
        requestedBy: 'robot',
        settings: settings({ serviceUsers: [{ subject: 'robot', owners: ['ben@example.com'] }] }),
      },
    ],
    [
      'an approval in the place of the person who asked',
      'self-approval',
      {
        decisions: [given('ben', { onBehalfOf: 'ana@example.com', absent: approver('ana') })],
        settings: away('ana', 'ben'),
      },
    ],
    [
      'somebody whom nobody knows',
      'approvers-changed',
      { decisions: [given('ben', { standing: undefined })] },
    ],
    [
      'somebody who lost the role',
      'approvers-changed',
      { decisions: [given('ben', { standing: approver('ben', { roles: ['operator'] }) })] },
    ],
    [
      'somebody who left the team',
      'approvers-changed',
      { decisions: [given('ben', { standing: approver('ben', { teams: ['data'] }) })] },
    ],
    [
      'somebody who is suspended',
      'approvers-changed',
      { settings: settings({ people: [{ subject: 'ben@example.com', suspended: true }] }) },
    ],
    [
      'somebody who is a service user now',
      'approvers-changed',
      { settings: settings({ serviceUsers: [{ subject: 'ben@example.com', owners: ['cem@example.com'] }] }) },
    ],
    ['a policy that asks two people now', 'approvers-changed', { policy: TWO }],
    ['a policy that asks another team as well now', 'approvers-changed', { policy: BOTH }],
    ['a policy that asks others now', 'approvers-changed', { policy: policy('others', [security]) }],
    [
      'one person under two names',
      'approval-incomplete',
      {
        decisions: [given('ben'), given('ben.private')],
        policy: TWO,
        ...planned(TWO.stages),
        settings: settings({
          people: [
            {
              subject: 'ben@example.com',
              identities: [{ provider: 'token', subject: 'ben.private@example.com' }],
            },
          ],
        }),
      },
    ],
    [
      'an absent approver and who took the place',
      'approval-incomplete',
      {
        decisions: [given('ben'), given('cem', { onBehalfOf: 'ben@example.com', absent: approver('ben') })],
        policy: TWO,
        ...planned(TWO.stages),
        settings: away('ben', 'cem'),
      },
    ],
    [
      'a place that nobody gives any more',
      'approvers-changed',
      { decisions: [given('cem', { onBehalfOf: 'ben@example.com', absent: approver('ben') })] },
    ],
    [
      'the place of somebody who left the team',
      'approvers-changed',
      {
        decisions: [
          given('cem', { onBehalfOf: 'ben@example.com', absent: approver('ben', { teams: ['data'] }) }),
        ],
        settings: away('ben', 'cem'),
      },
    ],
    [
      'those who are asked at last, before that',
      'approvers-changed',
      {
        decisions: [given('eva', { standing: guard('eva') })],
        ...planned(ONE.stages, { escalateTo: [{ team: 'security' }] }),
        policy: policy('one-approver', [team()], {
          escalation: { afterHours: 1, approvers: [{ team: 'security' }] },
        }),
        escalatedAt: new Date('2026-03-04T10:00:01Z'),
      },
    ],
    ['a policy that decides by itself no more', 'approvers-changed', { ...automatic, policy: ONE }],
    ['a budget that was cut', 'approvers-changed', { ...automatic, automaticCost: 100.01 }],
    ['a policy where people were planned', 'approval-forged', { decisions: [byPolicy] }],
    [
      'another policy than planned',
      'approval-forged',
      { ...automatic, decisions: [given('x', { decidedBy: 'policy:other', via: 'policy', stage: null })] },
    ],
    ['a policy and a person', 'approval-forged', { ...automatic, decisions: [byPolicy, given('ben')] }],
    [
      'a person with the name of a policy',
      'approvers-changed',
      { ...automatic, decisions: [given('x', { decidedBy: 'policy:sandbox', standing: undefined })] },
    ],
  ])('refuses %s: %s', (_what, code, changes) => {
    expect(confirmApproval(input(changes))).toEqual({
      outcome: 'refused',
      code,
      detail: expect.stringMatching(/\w.*\.$/),
    });
  });

  it('puts a cancel before everything', () => {
    expect(
      confirmApproval(input({ cancelled: true, decisions: [given('ben', { signatureValid: false })] })),
    ).toEqual({ outcome: 'cancelled' });
  });
});

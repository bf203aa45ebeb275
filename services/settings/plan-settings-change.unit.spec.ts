import { describe, expect, it } from 'vitest';
import { digestOf } from '../kernel/canonical-json.ts';
import { DEFAULT_SETTINGS, EXAMPLE_SETTINGS } from './defaults.ts';
import { documentAfter } from './document.ts';
import { planSettingsChange, type SettingsChangeContext } from './plan-settings-change.ts';
import { Settings } from './settings.schema.ts';
import { settingsChangePlanWith } from './settings-change.fixture.ts';
import { SettingsChange } from './settings-change.schema.ts';

const context = (changes: Partial<SettingsChangeContext> = {}): SettingsChangeContext => ({
  requestId: 'req-1',
  now: Date.parse('2026-03-04T10:00:00Z'),
  version: 3,
  before: DEFAULT_SETTINGS,
  approvals: { ...settingsChangePlanWith().approvals, automatic: { teamMonthlyCostAtMost: 5 } },
  known: [
    { subject: 'ben@example.com', teams: ['payments'] },
    { subject: 'cleo@example.com', teams: ['payments', 'data'] },
  ],
  checkEndpoint: () => [],
  ...changes,
});
const [WHOLE, ONE] = DEFAULT_SETTINGS.policies;
const set = (sections: object) => SettingsChange.parse({ set: sections, reason: 'Audit' });
const delegation = (changes: object = {}) =>
  SettingsChange.parse({
    delegation: {
      from: 'ben@example.com',
      to: 'cleo@example.com',
      startsAt: '2026-03-10T00:00:00Z',
      endsAt: '2026-03-20T00:00:00Z',
      ...changes,
    },
    reason: 'Away',
  });
function planned(change: SettingsChange, changes: Partial<SettingsChangeContext> = {}) {
  const made = planSettingsChange(change, context(changes));
  if ('errors' in made) throw new Error(JSON.stringify(made.errors));
  return made.plan;
}
const errorsOf = (change: SettingsChange, changes: Partial<SettingsChangeContext> = {}) => {
  const made = planSettingsChange(change, context(changes));
  return 'errors' in made ? made.errors : [];
};
const twice = { policies: [WHOLE, { ...ONE, stages: [{ ...ONE?.stages[0], quorum: 2 }] }] };

describe('the plan of a change of the settings', () => {
  it('binds both documents, tells what is different, and never decides itself', () => {
    const plan = planned(set(twice));
    expect(plan).toMatchObject({
      kind: 'settings-change',
      baseVersion: 3,
      before: digestOf(DEFAULT_SETTINGS),
      after: digestOf(documentAfter(DEFAULT_SETTINGS, set(twice))),
      sections: ['policies'],
      approvals: { automatic: null, stages: [{ approvers: [{ anyTeam: true }] }] },
      warnings: [],
    });
    expect(plan.differences[0]).toContain('takes 2 approvals (before: 1 approval)');
    const { digest, ...rest } = plan;
    expect(digest).toBe(digestOf(rest));
    expect(planned(set(twice))).toEqual(plan);
  });

  it('leaves sections alone that are not named', () => {
    const before = Settings.parse({ ...EXAMPLE_SETTINGS, people: [{ subject: 'ana@example.com' }] });
    expect(documentAfter(before, set({ channels: [] }))).toEqual(before);
    expect(planned(set({ people: [] }), { before }).sections).toEqual(['people']);
  });

  it('is refused when nothing changes', () => {
    expect(errorsOf(set({}))).toEqual([{ pointer: '/set', message: 'changes nothing' }]);
    expect(errorsOf(set({ policies: DEFAULT_SETTINGS.policies }))).toHaveLength(1);
  });

  it('says where in the body something stands in the way', () => {
    expect(errorsOf(set({ policies: [] })).map((e) => e.pointer)).toEqual(['/set/policies']);
    const before = Settings.parse({ ...DEFAULT_SETTINGS, people: [{ subject: 'ana@example.com' }] });
    const dangling = set({ serviceUsers: [{ subject: 'p', owners: ['ana@example.com'] }], people: [] });
    expect(errorsOf(dangling, { before }).map((e) => e.pointer)).toEqual(['/set/serviceUsers/0/owners/0']);
  });

  it('takes one delegation more', () => {
    expect(planned(delegation())).toMatchObject({
      sections: ['delegations'],
      differences: [
        'cleo@example.com decides in the place of ben@example.com from 2026-03-10T00:00:00Z to 2026-03-20T00:00:00Z',
      ],
      warnings: [],
    });
    expect(errorsOf(delegation({ to: 'Ben@example.com' }))).toEqual([
      { pointer: '/to', message: 'is the same person as `from`' },
    ]);
    const before = documentAfter(DEFAULT_SETTINGS, delegation());
    expect(errorsOf(delegation(), { before }).map((e) => e.pointer)).toEqual(['']);
    const full = { ...before, delegations: Array.from({ length: 1_000 }, () => before.delegations[0]!) };
    expect(errorsOf(delegation(), { before: full })[0]?.message).toContain('too many');
  });

  it('takes one delegation less, when there is one', () => {
    const more = delegation();
    const retraction = SettingsChange.parse({
      retraction: 'delegation' in more ? more.delegation : undefined,
      reason: 'Back early',
    });
    const before = documentAfter(DEFAULT_SETTINGS, more);
    expect(documentAfter(before, retraction)).toEqual(DEFAULT_SETTINGS);
    expect(planned(retraction, { before }).differences[0]).toMatch(/^No longer: /);
    expect(errorsOf(retraction)).toMatchObject([
      { pointer: '', message: expect.stringContaining('lists them') },
    ]);
  });

  it('is refused when nobody could read it', () => {
    const people = Array.from({ length: 4_000 }, (_, i) => ({ subject: `person-${i}@example.com` }));
    expect(errorsOf(set({ people }))[0]?.message).toMatch(/^the differences take \d+ bytes in words/);
  });

  it('says that something is written otherwise when it means the same', () => {
    const before = Settings.parse({ ...DEFAULT_SETTINGS, people: [{ subject: 'ana@example.com' }] });
    expect(planned(set({ people: [{ subject: 'Ana@example.com' }] }), { before }).differences).toEqual([
      'Written otherwise, with the same meaning: people',
    ]);
  });
});

describe('the approver is warned of', () => {
  const stages = ONE?.stages;
  const automatic = { teamMonthlyCostAtMost: 100 };
  const accounts = { kinds: ['account'] };
  const warned = (sections: object, changes: Partial<SettingsChangeContext> = {}) =>
    planned(set(sections), changes).warnings;

  it.each<[string, object, RegExp]>([
    [
      'an automatic policy without a limit for one account',
      { policies: [{ name: 'auto', when: accounts, automatic, stages }, ONE] },
      /^The policy auto decides by itself without a limit/,
    ],
    [
      'a policy behind one that takes everything',
      { policies: [{ ...ONE, name: 'first' }, ONE] },
      /^The policy one-approver never decides anything: first before it/,
    ],
    [
      'a policy behind a wider one',
      {
        policies: [
          { name: 'wide', when: { ...accounts, monthlyCost: { atMost: 100 } }, stages },
          {
            name: 'narrow',
            when: { ...accounts, teams: ['data'], monthlyCost: { over: 1, atMost: 50 } },
            stages,
          },
          ONE,
        ],
      },
      /^The policy narrow never decides anything: wide before it/,
    ],
    [
      'a policy about what no change of the settings has',
      { policies: [{ name: 'odd', when: { kinds: ['settings-change'], teams: ['data'] }, stages }, ONE] },
      /^The policy odd never decides anything: a change of the settings has no unit/,
    ],
    [
      'a policy that nobody can satisfy',
      { policies: [{ ...ONE, stages: [{ name: 'three', approvers: [{ anyTeam: true }], quorum: 3 }] }] },
      /^Nobody can finish the stage three of one-approver as things stand: it takes 3, and 2 of them have/,
    ],
    [
      'a team without approvers',
      { policies: [{ name: 'lonely', when: { teams: ['data', 'empty'] }, stages }, ONE] },
      /^Nobody can finish the stage approver of lonely for the team empty/,
    ],
    [
      'an escalation that comes too late',
      {
        policies: [
          { ...ONE, expiresAfterDays: 1, escalation: { afterHours: 24, approvers: [{ anyTeam: true }] } },
        ],
      },
      /^The policy one-approver never escalates/,
    ],
    [
      'a reminder that comes too late',
      { policies: [{ ...ONE, expiresAfterDays: 1, remindAfterHours: [2, 48] }] },
      /^The policy one-approver never sends some of its reminders/,
    ],
    [
      'people who approve nowhere',
      {
        policies: [
          {
            ...ONE,
            stages: [{ name: 'a', approvers: [{ people: ['ben@example.com', 'zoe@example.com'] }] }],
          },
        ],
      },
      /^zoe@example.com is to decide, but has never signed in here with the role approver/,
    ],
  ])('%s', (_what, sections, expected) => {
    const warnings = warned(sections);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(expected);
  });

  it('the last approver who goes', () => {
    const people = ['ben@example.com', 'cleo@example.com'].map((subject) => ({ subject, suspended: true }));
    expect(warned({ people }).at(-1)).toBe(
      'Afterwards nobody is left who may approve anything, also not a change back.',
    );
    expect(warned({ people: people.slice(0, 1) })).toEqual([]);
  });

  it('nothing, when a policy is only about other things than the one before it', () => {
    const policies = [
      { name: 'cheap', when: { ...accounts, monthlyCost: { atMost: 100 } }, stages },
      { name: 'unknown-cost', when: accounts, stages },
      { name: 'exceptions', when: { guardrailExceptions: true }, stages },
      ONE,
    ];
    expect(warned({ policies })).toEqual([]);
  });

  it('two names of one person as one voice', () => {
    const people = [
      { subject: 'ben@example.com', identities: [{ provider: 'token', subject: 'cleo@example.com' }] },
    ];
    const policies = [{ ...ONE, stages: [{ name: 'two', approvers: [{ anyTeam: true }], quorum: 2 }] }];
    expect(warned({ people, policies })[0]).toMatch(/it takes 2, and 1 of them has/);
  });
});

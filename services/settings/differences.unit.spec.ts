import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, EXAMPLE_SETTINGS } from './defaults.ts';
import { settingsDifferences } from './differences.ts';
import { changedSections } from './document.ts';
import { Settings } from './settings.schema.ts';

const document = (changes: object = {}) => Settings.parse({ ...DEFAULT_SETTINGS, ...changes });
const differences = (after: object, before: object = {}) =>
  settingsDifferences(document(before), document(after));
const [WHOLE, ONE] = DEFAULT_SETTINGS.policies;

describe('what is different', () => {
  it('is nothing between equal documents', () => expect(differences({})).toEqual([]));

  it('names a policy whose quorum and times change, before and after', () => {
    const stages = [{ name: 'approver', approvers: [{ requestTeam: true }], quorum: 2 }];
    expect(
      differences({
        policies: [WHOLE, { ...ONE, stages, expiresAfterDays: 2, remindAfterHours: [1, 4] }],
      }),
    ).toEqual([
      'Policy one-approver: takes 2 approvals (before: 1 approval)',
      'Policy one-approver: asks approver: 2 of the approvers of the team that asks (before: approver: 1 of the approvers of the team that asks)',
      'Policy one-approver: reminds after 1, 4 hours (before: after 24 hours)',
      'Policy one-approver: expires after 2 days (before: as the installation says)',
    ]);
  });

  it('tells a new policy whole, and where it stands', () => {
    expect(differences({ policies: EXAMPLE_SETTINGS.policies })).toEqual([
      'Policy sandbox is new: fits kind account; unit ou-ab12-sandboxes; blueprint sandbox or standard; at most USD 200 a month. takes 1 approval. asks approver: 1 of the approvers of the team that asks. decides by itself while what it let through costs a team no more than USD 1000 a month. reminds after 24 hours. escalates never. expires as the installation says',
      'Policies are looked at in the order sandbox, whole-organization, one-approver',
    ]);
  });

  it('tells a policy that goes, and another order', () => {
    expect(differences({ policies: [ONE] })).toEqual([
      expect.stringMatching(
        /^Policy whole-organization is removed: fits kind organizational-unit-change or settings-change/,
      ),
    ]);
    const other = { ...ONE, name: 'other' };
    expect(differences({ policies: [other, WHOLE, ONE] }, { policies: [WHOLE, other, ONE] })).toEqual([
      'Policies are looked at in the order other, whole-organization, one-approver',
    ]);
  });

  it('tells who is who, who is away, and where people are asked', () => {
    const before = {
      people: [{ subject: 'ana@example.com' }, { subject: 'eve@example.com' }],
      delegations: [
        {
          from: 'ana@example.com',
          to: 'ben@example.com',
          startsAt: '2026-03-01T00:00:00Z',
          endsAt: '2026-03-02T00:00:00Z',
        },
      ],
      channels: [{ name: 'all', provider: 'slack', channel: 'C1' }],
      endpoints: [{ name: 'desk', direction: 'in', keys: ['k1'] }],
    };
    const after = {
      people: [
        {
          subject: 'ana@example.com',
          identities: [{ provider: 'slack', enterprise: 'E1', team: 'T1', user: 'U1' }],
        },
        { subject: 'eve@example.com', suspended: true },
      ],
      serviceUsers: [{ subject: 'pipeline', owners: ['ana@example.com'] }],
      delegations: [
        {
          from: 'eve@example.com',
          to: 'ben@example.com',
          startsAt: '2026-03-01T00:00:00Z',
          endsAt: '2026-03-02T00:00:00Z',
        },
      ],
      channels: [{ name: 'all', provider: 'slack', channel: 'C2', team: 'T9', for: { teams: ['data'] } }],
      endpoints: [
        { name: 'desk', direction: 'in', keys: ['k1', 'k2'] },
        { name: 'siem', direction: 'out', url: 'https://siem.example.com/x', keys: ['s1'] },
      ],
    };
    expect(differences(after, before)).toEqual([
      'ben@example.com decides in the place of eve@example.com from 2026-03-01T00:00:00Z to 2026-03-02T00:00:00Z',
      'No longer: ben@example.com decides in the place of ana@example.com from 2026-03-01T00:00:00Z to 2026-03-02T00:00:00Z',
      'Person ana@example.com: is also Slack user U1 of E1 in T1 (before: nobody else)',
      'Person eve@example.com: may ask and decide no, suspended (before: as the roles say)',
      'Service user pipeline is new: asks for ana@example.com',
      'Channel all: is slack C2 of T9 (before: slack C1)',
      'Channel all: for team data (before: everything)',
      'Endpoint desk: has the keys k1, k2 (before: k1)',
      'Endpoint siem is new: is called by us, standard. leads to https://siem.example.com/x. tells everything. has the keys s1',
    ]);
  });

  it('keeps apart what only looks alike', () => {
    const named = (people: string[]) => ({
      policies: [{ ...ONE, stages: [{ name: 'approver', approvers: [{ people }] }] }],
    });
    expect(differences(named(['a', 'b']), named(['a, b']))).toEqual([
      'Policy one-approver: asks approver: 1 of a, b (before: approver: 1 of "a, b")',
    ]);
  });

  const text = fc.constantFrom('a', 'b', 'a, b', 'a or b', '"a"', 'x. takes 1');
  const stages = fc.array(
    fc.record({
      name: fc.constantFrom('one', 'two'),
      quorum: fc.integer({ min: 1, max: 2 }),
      approvers: fc.array(
        fc.oneof(
          fc.record({ people: fc.array(text, { minLength: 1, maxLength: 2 }) }),
          fc.record({ team: fc.constantFrom('a', 'b') }),
          fc.constant({ requestTeam: true }),
          fc.constant({ anyTeam: true }),
        ),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  );
  const when = fc.record(
    {
      blueprints: fc.array(text, { minLength: 1, maxLength: 2 }),
      teams: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 2 }),
      guardrailExceptions: fc.boolean(),
      monthlyCost: fc.record(
        { over: fc.integer({ min: 0, max: 2 }), atMost: fc.integer({ min: 0, max: 2 }) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  it('is told of every policy that says something else', () => {
    fc.assert(
      fc.property(fc.tuple(stages, when), fc.tuple(stages, when), (a, b) => {
        const [before, after] = [a, b].map(([s, w]) =>
          document({ policies: [{ name: 'p', stages: s, when: w }] }),
        );
        const told = settingsDifferences(before!, after!).length > 0;
        // A limit of nothing is no limit.
        const same =
          JSON.stringify(changedSections(before!, after!)) === '[]' || emptied(before!) === emptied(after!);
        expect(told).toBe(!same);
      }),
      { numRuns: 2_000 },
    );
  });
});

const emptied = (settings: Settings): string =>
  JSON.stringify(sorted(settings)).replace(/"monthlyCost":\{\},?/g, '');
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

import { describe, expect, it } from 'vitest';
import { changeOf, differenceLines, differences, tally } from './apply-diff.ts';
import { paint } from './text.ts';

const MADE = {
  account: { name: 'a', email: 'a@example.com', organizationalUnitId: 'ou-1' },
  team: 't',
  owner: { email: 'o@example.com', firstName: 'O', lastName: 'P' },
  justification: 'why',
  blueprint: { name: 'standard', parameters: {} },
  guardrails: ['A', { id: 'B', parameters: { Regions: ['x', 'y'] } }],
  access: [
    { group: 'g', permissionSet: 'S' },
    { group: 'h', permissionSet: 'S' },
  ],
  tags: {},
};

describe('what a file says otherwise than what there is', () => {
  it('is nothing, however it is written', () => {
    const { blueprint: _, tags: _t, ...short } = MADE;
    const written = {
      ...short,
      justification: 'another reason',
      guardrails: [{ parameters: { Regions: ['x', 'y'] }, id: 'B' }, { id: 'A' }],
      access: [...MADE.access].reverse(),
    };
    expect(differences(MADE, written)).toEqual([]);
    const until = { ...MADE, expiresAt: '2027-12-31T00:00:00Z' };
    expect(differences(until, { ...MADE, expiresAt: '2027-12-31T01:00:00+01:00' })).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      'email',
      { account: { ...MADE.account, email: 'b@example.com' } },
      'email: a@example.com → b@example.com',
    ],
    ['organizationalUnitId', { account: { ...MADE.account, organizationalUnitId: 'ou-2' } }, 'ou-1 → ou-2'],
    ['team', { team: 'u' }, 'team: t → u'],
    ['owner', { owner: { ...MADE.owner, lastName: 'Q' } }, '"lastName":"P"} → {'],
    ['blueprint', { blueprint: { name: 'sandbox' } }, '{"name":"sandbox","parameters":{}}'],
    ['guardrails', { guardrails: ['A', 'C'] }, '+ C  - {"id":"B","parameters":{"Regions":["x","y"]}}'],
    // The order of a parameter's values may mean something.
    ['guardrails', { guardrails: ['A', { id: 'B', parameters: { Regions: ['y', 'x'] } }] }, '+ {"id":"B"'],
    ['access', { access: [] }, '- {"group":"g","permissionSet":"S"}  - {"group":"h"'],
    ['tags', { tags: { k: 'v' } }, '{} → {"k":"v"}'],
    ['expiresAt', { expiresAt: '2027-12-31T00:00:00Z' }, 'nothing → 2027-12-31T00:00:00.000Z'],
    ['trafficMirroring', { trafficMirroring: { profile: 'p' } }, 'nothing → {"profiles":["p"]}'],
  ])('is %s', (member, changes, words) => {
    const differing = differences(MADE, { ...MADE, ...changes });
    expect(differing.map((one) => one.member)).toEqual([member]);
    expect(
      differenceLines(differing)
        .map((line) => paint(line, false))
        .join('\n'),
    ).toContain(words);
  });

  it('becomes a change as far as an account can be changed', () => {
    const wanted = { ...MADE, team: 'u', guardrails: [], expiresAt: '2027-12-31T00:00:00Z' };
    expect(changeOf(differences(MADE, wanted))).toEqual({ team: 'u', guardrails: [] });
  });
});

it('a tally names what there is', () =>
  expect(tally(['new', 'unchanged', 'new'])).toBe('3 accounts: 2 new, 1 unchanged'));

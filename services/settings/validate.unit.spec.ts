import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, EXAMPLE_SETTINGS } from './defaults.ts';
import { Settings } from './settings.schema.ts';
import { settingsProblems } from './validate.ts';

const NOW = Date.parse('2026-03-04T10:00:00Z');
const stage = (more: object = {}) => ({ name: 'approver', approvers: [{ requestTeam: true }], ...more });
const policy = (name: string, more: object = {}) => ({ name, stages: [stage()], ...more });
const catchAll = policy('rest');
const slack = (user: string) => ({ provider: 'slack', team: 'T1', user });
const token = (subject: string) => ({ provider: 'token', subject });
const away = (from: string, to: string, days: [string, string] = ['2026-03-10', '2026-03-20']) => ({
  from,
  to,
  startsAt: `${days[0]}T00:00:00Z`,
  endsAt: `${days[1]}T00:00:00Z`,
});

/** Pointers and words of what speaks against the default document with these sections in it. */
function problems(changes: object, before: object = {}): string[] {
  const document = (more: object) => Settings.parse({ ...DEFAULT_SETTINGS, ...more });
  return settingsProblems(document(changes), {
    before: document(before),
    now: NOW,
    checkEndpoint: (endpoint) =>
      endpoint.direction === 'out' && !endpoint.url.includes('example.com')
        ? [{ pointer: '/url', message: 'leads to a host that is not allowed' }]
        : [],
  }).map(({ pointer, message }) => `${pointer} ${message}`);
}

describe('settings', () => {
  it('of the beginning, of the example and full ones are accepted', () => {
    expect(problems({})).toEqual([]);
    expect(problems(EXAMPLE_SETTINGS)).toEqual([]);
    expect(
      problems({
        people: [
          { subject: 'ana@example.com', identities: [slack('U1'), token('ana-admin@example.com')] },
          { subject: 'ben@example.com', identities: [{ provider: 'webhook', endpoint: 'desk', user: 'b' }] },
        ],
        serviceUsers: [{ subject: 'pipeline', owners: ['ana@example.com'] }],
        delegations: [
          away('ana@example.com', 'ben@example.com'),
          away('ana@example.com', 'cleo@example.com', ['2026-03-20', '2026-03-21']),
        ],
        endpoints: [
          { name: 'desk', direction: 'in', keys: ['desk-1', 'desk-2'] },
          { name: 'room', direction: 'out', format: 'teams-workflow', url: 'https://a.example.com/x' },
        ],
        channels: [
          { name: 'all', provider: 'teams', channel: 'room' },
          { name: 'payments', provider: 'slack', channel: 'C1', for: { teams: ['payments'] } },
        ],
      }),
    ).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ['no policies', { policies: [] }, ['/policies is empty']],
    [
      'no policy for what is left',
      { policies: [policy('a', { when: { teams: ['data'] } })] },
      ['/policies/0/when has conditions'],
    ],
    [
      'a name twice',
      { policies: [policy('rest', { when: { kinds: ['account'] } }), catchAll] },
      ['/policies/1/name rest is there twice'],
    ],
    [
      'a stage twice',
      { policies: [policy('rest', { stages: [stage(), stage()] })] },
      ['/policies/0/stages/1/name approver is there twice'],
    ],
    [
      'an automatic policy that could let a change of the settings pass',
      { policies: [policy('rest', { automatic: { teamMonthlyCostAtMost: 1 } })] },
      ['/policies/0/automatic would let a change of the settings'],
    ],
    [
      'an automatic policy that names changes of the settings',
      {
        policies: [
          policy('auto', {
            when: { kinds: ['account', 'settings-change'] },
            automatic: { teamMonthlyCostAtMost: 1 },
          }),
          catchAll,
        ],
      },
      ['/policies/0/automatic would let a change of the settings'],
    ],
    [
      'an automatic policy that names exceptions',
      {
        policies: [
          policy('auto', {
            when: { kinds: ['account', 'control-exception'] },
            automatic: { teamMonthlyCostAtMost: 1 },
          }),
          catchAll,
        ],
      },
      ['/policies/0/automatic would let a change of the settings'],
    ],
    [
      'a range of costs without a cost',
      { policies: [policy('a', { when: { monthlyCost: { over: 5, atMost: 5 } } }), catchAll] },
      ['/policies/0/when/monthlyCost fits no cost'],
    ],
    [
      'more approvals than people',
      {
        policies: [
          policy('a', { stages: [stage({ approvers: [{ people: ['x@example.com'] }], quorum: 2 })] }),
        ],
      },
      ['/policies/0/stages/0/quorum asks for 2 different people, but of those named only 1 can decide'],
    ],
    [
      'one person under two names, twice',
      {
        people: [{ subject: 'ana@example.com', identities: [token('root@example.com')] }],
        policies: [
          policy('a', {
            stages: [stage({ approvers: [{ people: ['ana@example.com', 'root@example.com'] }], quorum: 2 })],
          }),
        ],
      },
      ['/policies/0/stages/0/quorum asks for 2 different people, but of those named only 1'],
    ],
    [
      'a stage of nobody but a suspended person',
      {
        people: [{ subject: 'eve@example.com', suspended: true }],
        policies: [policy('a', { stages: [stage({ approvers: [{ people: ['Eve@example.com'] }] })] })],
      },
      ['/policies/0/stages/0/quorum asks for 1 different people, but of those named only 0'],
    ],
    [
      'a program that decides',
      {
        people: [{ subject: 'ana@example.com' }],
        serviceUsers: [{ subject: 'pipeline', owners: ['ana@example.com'] }],
        policies: [
          policy('a', {
            stages: [stage({ approvers: [{ requestTeam: true }, { people: ['pipeline', 'pipeline'] }] })],
            escalation: { afterHours: 1, approvers: [{ people: ['Pipeline'] }] },
          }),
        ],
      },
      [
        '/policies/0/stages/0/approvers/1/people/1 pipeline is there twice',
        '/policies/0/stages/0/approvers/1/people/0 pipeline is a service user',
        '/policies/0/stages/0/approvers/1/people/1 pipeline is a service user',
        '/policies/0/escalation/approvers/0/people/0 Pipeline is a service user',
      ],
    ],
    [
      'a person twice, in two spellings',
      { people: [{ subject: 'ana@example.com' }, { subject: ' Ana@Example.com ' }] },
      ['/people/1/subject is claimed by /people/0/subject too'],
    ],
    [
      'an identity of two people',
      {
        people: [
          { subject: 'ana@example.com', identities: [slack('U1'), slack('U1'), token('X@example.com')] },
          { subject: 'ben@example.com', identities: [slack('U1'), token('x@example.com')] },
        ],
      },
      [
        '/people/1/identities/0 is claimed by /people/0/identities/0 too',
        '/people/1/identities/1 is claimed by /people/0/identities/2 too',
      ],
    ],
    [
      'a chat user of two people, in another spelling and with the enterprise',
      {
        people: [
          { subject: 'ana@example.com', identities: [slack('U1'), slack('U2')] },
          { subject: 'ben@example.com', identities: [slack('u1'), { ...slack('U2'), enterprise: 'E1' }] },
        ],
      },
      [
        '/people/1/identities/0 is claimed by /people/0/identities/0 too',
        '/people/1/identities/1 is claimed by /people/0/identities/1 too',
      ],
    ],
    [
      'a sign-in that is another person, or a program',
      {
        people: [
          { subject: 'ana@example.com', identities: [token('ben@example.com'), token('pipeline')] },
          { subject: 'ben@example.com' },
        ],
        serviceUsers: [{ subject: 'pipeline', owners: ['ben@example.com'] }],
      },
      [
        '/people/0/identities/0 is claimed by /people/1/subject too',
        '/people/0/identities/1 is claimed by /serviceUsers/0/subject too',
      ],
    ],
    [
      'an identity at an endpoint that takes no calls',
      {
        people: [{ subject: 'a', identities: [{ provider: 'webhook', endpoint: 'room', user: 'a' }] }],
        endpoints: [{ name: 'room', direction: 'out', url: 'https://a.example.com/x' }],
      },
      ['/people/0/identities/0/endpoint there is no endpoint room that takes calls'],
    ],
    [
      'service users that are people, or have nobody behind them',
      {
        people: [{ subject: 'ana@example.com' }],
        serviceUsers: [
          { subject: 'Ana@example.com', owners: ['ana@example.com'] },
          { subject: 'pipeline', owners: ['nobody@example.com', 'pipeline'] },
          { subject: 'pipeline', owners: ['ana@example.com', 'ana@example.com'] },
        ],
      },
      [
        '/serviceUsers/0/subject is claimed by /people/0/subject too',
        '/serviceUsers/2/subject is claimed by /serviceUsers/1/subject too',
        '/serviceUsers/0/owners/0 is a service user',
        '/serviceUsers/1/owners/1 is a service user',
        '/serviceUsers/2/owners/0 is a service user',
        '/serviceUsers/2/owners/1 is a service user',
        '/serviceUsers/1/owners/0 nobody@example.com is not among /people',
        '/serviceUsers/2/owners/1 ana@example.com is there twice',
      ],
    ],
    [
      'delegations to oneself, to nobody and without time',
      {
        people: [
          { subject: 'ana@example.com', identities: [token('ana2@example.com')] },
          { subject: 'eve@example.com', suspended: true },
        ],
        delegations: [
          away('ana@example.com', 'ana2@example.com'),
          away('ben@example.com', 'eve@example.com'),
          away('cleo@example.com', 'dora@example.com', ['2026-03-20', '2026-03-20']),
          away('fay@example.com', 'gus@example.com', ['2026-03-05', '2026-06-05']),
          away('hal@example.com', 'ida@example.com', ['2026-03-01', '2026-03-02']),
        ],
      },
      [
        '/delegations/0/to is the same person',
        '/delegations/1/to eve@example.com decides nothing',
        '/delegations/2/endsAt has to be after',
        '/delegations/3/endsAt is more than 90 days',
        '/delegations/4/endsAt is over already',
      ],
    ],
    [
      'delegations that contradict each other',
      {
        delegations: [
          away('ana@example.com', 'ben@example.com'),
          away('Ana@example.com', 'cleo@example.com', ['2026-03-19', '2026-03-25']),
          away('ben@example.com', 'dora@example.com', ['2026-03-01', '2026-03-11']),
          away('dora@example.com', 'eve@example.com', ['2026-03-10', '2026-03-15']),
        ],
      },
      [
        '/delegations/1 Ana@example.com is represented twice at the same time (/delegations/0)',
        '/delegations/2 ben@example.com stands in for ana@example.com at that time (/delegations/0)',
        '/delegations/3 dora@example.com stands in for ben@example.com at that time (/delegations/2)',
      ],
    ],
    [
      'endpoints and channels that lead nowhere',
      {
        endpoints: [
          { name: 'a', direction: 'in', keys: ['k', 'k'] },
          { name: 'a', direction: 'out', url: 'https://elsewhere.org/x' },
        ],
        channels: [
          { name: 'c', provider: 'teams', channel: 'a', team: 'T1' },
          { name: 'c', provider: 'teams', channel: 'nope' },
        ],
      },
      [
        '/endpoints/1/name a is there twice',
        '/endpoints/0/keys/1 k is there twice',
        '/endpoints/1/url leads to a host that is not allowed',
        '/channels/1/name c is there twice',
        '/channels/0/channel there is no outbound endpoint a',
        '/channels/0/team is for Slack only',
        '/channels/1/channel there is no outbound endpoint nope',
      ],
    ],
  ])('with %s are refused, everything at once', (_what, changes, expected) => {
    const found = problems(changes);
    expect(found).toHaveLength(expected.length);
    expected.forEach((start, i) => {
      expect(found[i]).toContain(start);
    });
  });

  it('may keep a delegation that has run out', () => {
    const old = { delegations: [away('hal@example.com', 'ida@example.com', ['2026-03-01', '2026-03-02'])] };
    expect(problems(old, old)).toEqual([]);
  });
});

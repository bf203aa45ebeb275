import type { MirrorHub } from '../mirroring/hub.ts';
import type {
  ApprovalPolicy,
  Channel,
  Delegation,
  Endpoint,
  Identity,
  LandingZoneSettings,
  Person,
  PolicyConditions,
  Selector,
  ServiceUser,
} from './settings.schema.ts';

/** What can be said of a part of the settings: label and words. Two parts differ where their words differ. */
export type Aspects = readonly (readonly [label: string, words: string])[];

/** Whatever could be taken for two things, or for our own words, stands in quotes. */
export const exact = (text: string): string => (/^[\w@.+:/-]+$/.test(text) ? text : JSON.stringify(text));
const list = (items: readonly string[]): string => items.map(exact).join(', ');
const some = (label: string, items: readonly string[] | undefined): string[] =>
  items === undefined ? [] : [`${label} ${items.map(exact).join(' or ')}`];

export const policyAspects = (policy: ApprovalPolicy): Aspects => [
  ['fits', conditions(policy.when)],
  ['takes', approvals(policy.stages.reduce((sum, { quorum }) => sum + quorum, 0))],
  [
    'asks',
    policy.stages
      .map(({ name, quorum, approvers }) => `${name}: ${quorum} of ${approvers.map(selector).join(' or ')}`)
      .join('; then '),
  ],
  [
    'decides by itself',
    policy.automatic
      ? `while what it let through costs a team no more than USD ${policy.automatic.teamMonthlyCostAtMost} a month`
      : 'never',
  ],
  ['reminds', after(policy.remindAfterHours, 'hours')],
  [
    'escalates',
    policy.escalation
      ? `${after([policy.escalation.afterHours], 'hours')} to ${policy.escalation.approvers.map(selector).join(' or ')}`
      : 'never',
  ],
  [
    'expires',
    policy.expiresAfterDays === undefined
      ? 'as the installation says'
      : after([policy.expiresAfterDays], 'days'),
  ],
];

const approvals = (count: number): string => (count === 1 ? '1 approval' : `${count} approvals`);
const after = (times: readonly number[], unit: string): string =>
  times.length === 0 ? 'never' : `after ${list(times.map(String))} ${unit}`;

function conditions(
  when: Omit<PolicyConditions, 'kinds'> & { kinds?: readonly string[] | undefined },
): string {
  const { monthlyCost: cost } = when;
  const words = [
    ...some('kind', when.kinds),
    ...some('unit', when.organizationalUnitIds),
    ...some('blueprint', when.blueprints),
    ...some('team', when.teams),
    ...(when.guardrailExceptions === undefined
      ? []
      : [when.guardrailExceptions ? 'taking guardrails away' : 'taking no guardrails away']),
    ...(cost?.over === undefined ? [] : [`over USD ${cost.over} a month`]),
    ...(cost?.atMost === undefined ? [] : [`at most USD ${cost.atMost} a month`]),
  ];
  return words.length === 0 ? 'everything' : words.join('; ');
}

function selector(one: Selector): string {
  if ('people' in one) return list(one.people);
  if ('team' in one) return `the approvers of the team ${one.team}`;
  return 'requestTeam' in one ? 'the approvers of the team that asks' : 'all approvers';
}

export const personAspects = ({ identities, suspended }: Person): Aspects => [
  ['is also', identities.length === 0 ? 'nobody else' : identities.map(identity).join(', ')],
  ['may ask and decide', suspended ? 'no, suspended' : 'as the roles say'],
];

function identity(one: Identity): string {
  switch (one.provider) {
    case 'slack':
      return `Slack user ${exact(one.user)} of ${[one.enterprise, one.team].filter(Boolean).map(exact).join(' in ')}`;
    case 'teams':
      return `Teams user ${exact(one.user)} of ${exact(one.tenant)}`;
    case 'webhook':
      return `${exact(one.user)} at the endpoint ${one.endpoint}`;
    case 'token':
      return `the sign-in ${exact(one.subject)}`;
    default:
      return one satisfies never;
  }
}

export const serviceUserAspects = ({ owners }: ServiceUser): Aspects => [['asks for', list(owners)]];

export const delegationWords = ({ from, to, startsAt, endsAt }: Delegation): string =>
  `${exact(to)} decides in the place of ${exact(from)} from ${startsAt} to ${endsAt}`;

export const channelAspects = (channel: Channel): Aspects => [
  [
    'is',
    `${channel.provider} ${[channel.channel, channel.team ?? ''].filter(Boolean).map(exact).join(' of ')}`,
  ],
  [
    'for',
    conditions({
      kinds: channel.for.kinds,
      organizationalUnitIds: channel.for.organizationalUnitIds,
      teams: channel.for.teams,
    }),
  ],
];

const hub = ({ targetId, cidr, type, zones = {}, applianceType }: MirrorHub): string =>
  [
    `${targetId} (${cidr === null ? "in each account's VPC" : `routes have to lead to ${cidr}`})`,
    ...Object.entries(zones).map(([zone, id]) => `${id} in ${zone}`),
    ...(type === undefined ? [] : [`a ${type}`]),
    ...(applianceType === undefined ? [] : [`appliances are ${applianceType}`]),
  ].join(', ');

export const landingZoneAspects = (zone: LandingZoneSettings): Aspects => [
  ['takes networks from', zone.networkPools.map(({ name, cidr }) => `${cidr} (${name})`).join(', then ')],
  [
    'lets no accounts into',
    zone.unitsWithoutAccounts.length === 0 ? 'no unit in particular' : list(zone.unitsWithoutAccounts),
  ],
  ['gives accounts to the platform identity', exact(zone.platformEmail)],
  ...(zone.mirrorHub === undefined ? [] : [['mirrors traffic to', hub(zone.mirrorHub)] as const]),
  ...(zone.accountQuota === undefined
    ? []
    : [['takes the organization to have room for', `${zone.accountQuota} accounts`] as const]),
];

export const endpointAspects = (endpoint: Endpoint): Aspects => [
  ['is', `${endpoint.direction === 'in' ? 'called from outside' : 'called by us'}, ${endpoint.format}`],
  ...(endpoint.direction === 'in'
    ? []
    : [
        ['leads to', endpoint.url] as const,
        ['tells', endpoint.events.length === 0 ? 'everything' : list(endpoint.events)] as const,
      ]),
  ['has the keys', endpoint.keys.length === 0 ? 'none' : list(endpoint.keys)],
];

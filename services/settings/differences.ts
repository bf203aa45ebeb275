import { canonicalJson } from '../kernel/canonical-json.ts';
import { canonicalSubject } from '../people/person.ts';
import type { Delegation, Settings } from './settings.schema.ts';
import {
  type Aspects,
  channelAspects,
  delegationWords,
  endpointAspects,
  exact,
  landingZoneAspects,
  personAspects,
  policyAspects,
  serviceUserAspects,
} from './words.ts';

/** What becomes different, in a person's words: who may approve first, then who is who, then where people are asked. */
export const settingsDifferences = (before: Settings, after: Settings): string[] => [
  ...compare('Policy', before.policies, after.policies, (p) => p.name, policyAspects),
  ...order('Policies', before.policies, after.policies),
  ...delegations(before.delegations, after.delegations),
  ...compare('Person', before.people, after.people, (p) => canonicalSubject(p.subject), personAspects),
  ...compare(
    'Service user',
    before.serviceUsers,
    after.serviceUsers,
    (s) => canonicalSubject(s.subject),
    serviceUserAspects,
  ),
  ...compare('Channel', before.channels, after.channels, (c) => c.name, channelAspects),
  ...order('Channels', before.channels, after.channels),
  ...compare('Endpoint', before.endpoints, after.endpoints, (e) => e.name, endpointAspects),
  ...compare('The landing zone', zone(before), zone(after), () => '', landingZoneAspects),
];

const zone = ({ landingZone }: Settings) => (landingZone ? [landingZone] : []);

function compare<T>(
  what: string,
  before: readonly T[],
  after: readonly T[],
  name: (item: T) => string,
  aspects: (item: T) => Aspects,
): string[] {
  const was = new Map(before.map((item) => [name(item), item]));
  const is = new Map(after.map((item) => [name(item), item]));
  const whole = (item: T) =>
    aspects(item)
      .map(([label, words]) => `${label} ${words}`)
      .join('. ');
  return [
    ...[...is].flatMap(([key, item]) => {
      const old = was.get(key);
      return old === undefined
        ? [`${called(what, key)} is new: ${whole(item)}`]
        : changed(called(what, key), aspects(old), aspects(item));
    }),
    ...[...was].flatMap(([key, item]) =>
      is.has(key) ? [] : [`${called(what, key)} is removed: ${whole(item)}`],
    ),
  ];
}

/** What there is only one of has no name. */
const called = (what: string, name: string): string => (name === '' ? what : `${what} ${exact(name)}`);

function changed(what: string, before: Aspects, after: Aspects): string[] {
  const was = new Map(before);
  const is = new Map(after);
  return [...new Set([...is.keys(), ...was.keys()])]
    .filter((label) => was.get(label) !== is.get(label))
    .map(
      (label) => `${what}: ${label} ${is.get(label) ?? 'nothing'} (before: ${was.get(label) ?? 'nothing'})`,
    );
}

/** The first that fits decides, so that the order says as much as what is in it. */
function order(
  what: string,
  before: readonly { name: string }[],
  after: readonly { name: string }[],
): string[] {
  const names = after.map((item) => item.name);
  const kept = before.map((item) => item.name).filter((name) => names.includes(name));
  const moved = names.filter((name) => kept.includes(name)).join() !== kept.join();
  const added = names.length > kept.length;
  return (moved || added) && names.length > 1
    ? [`${what} are looked at in the order ${names.join(', ')}`]
    : [];
}

function delegations(before: readonly Delegation[], after: readonly Delegation[]): string[] {
  const [was, is] = [before, after].map((all) => new Set(all.map((one) => canonicalJson(one))));
  return [
    ...after.filter((one) => !was?.has(canonicalJson(one))).map(delegationWords),
    ...before
      .filter((one) => !is?.has(canonicalJson(one)))
      .map((one) => `No longer: ${delegationWords(one)}`),
  ];
}

import {
  capacityWarnings,
  type MirrorCapacity,
  mirrorCapacity,
  USD_PER_SESSION_HOUR,
} from '../mirroring/capacity.ts';
import { type MirrorHub, sourcesPerTarget, targetsOf } from '../mirroring/hub.ts';
import type { InstanceTypes } from '../mirroring/instance-types.ts';
import { mayMeet } from '../mirroring/may-meet.ts';
import { plannedProfiles } from '../mirroring/planned-profiles.ts';
import type { MirrorProfile } from '../mirroring/profile.schema.ts';
import { readProfile } from '../mirroring/profile.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { PlanningContext, Refuse } from './context.ts';
import type { AccountPlan, PlannedMirroring, PlannedProfile } from './plan.schema.ts';

type Planned = AccountPlan['trafficMirroring'];
/** A profile that is asked for, and the place where. */
type Asked = { pointer: string; name: string };

/** AWS's quotas page: not adjustable. */
const SESSIONS_PER_ACCOUNT = 10_000;
type TargetQuota = AccountPlan['quotas'][number] & { limit: number };
const TARGETS = '10 for each interface that is a target, 100 for those of the largest instances';

/** How many interfaces all targets of the hub take together; null: no limit. */
function roomOf(hub: MirrorHub, types: InstanceTypes): number | null {
  const each = sourcesPerTarget(hub, types);
  return each === null ? null : each * targetsOf(hub).length;
}

/** The quota of the targets, where their kind has one, as the plan tells it. */
export function mirrorQuotas(
  planned: Planned,
  { mirroring: { instanceTypes }, mirrorSources = 0 }: PlanningContext,
): TargetQuota[] {
  const room = planned && 'hub' in planned && planned.hub ? roomOf(planned.hub, instanceTypes) : null;
  return room === null
    ? []
    : [{ name: 'Traffic Mirroring: sources of the targets', used: mirrorSources, limit: room }];
}

/**
 * Freezes the profiles of the request. A wrong profile is refused at the place that names it, with each rule and field; so
 * are two that one interface could not have both.
 * @returns null: nobody asked for it
 */
export function readMirroring(
  { trafficMirroring: asked }: AccountRequest,
  { mirroring: { profiles, instanceTypes }, settings: { mirrorHub } }: PlanningContext,
  refuse: Refuse,
): Planned {
  if (!asked) return null;
  const names = askedProfiles(asked);
  if (names.length === 0) return { profile: null, status: 'DISARMED' };
  const read = names.flatMap((one) => {
    const profile = readNamed(one, profiles, refuse);
    return profile ? [{ ...one, profile }] : [];
  });
  refuseClashes(read, refuse);
  if (read.length < names.length) return null;
  if (mirrorHub === null) {
    refuse('/trafficMirroring', 'there is no hub that copies could be sent to (JETWAY_MIRROR_TARGET)');
    return null;
  }
  const inOrder = read
    .map(({ profile }) => profile)
    .sort((a, b) => a.sessionNumber - b.sessionNumber || (a.name < b.name ? -1 : 1));
  const [first, ...further] = inOrder.map(planProfile);
  if (!first) return null;
  const capacity = asked.workload ? mirrorCapacity(asked.workload, inOrder, instanceTypes) : null;
  if (capacity) refuseWorkload(capacity, inOrder.length, roomOf(mirrorHub, instanceTypes), refuse);
  return {
    ...first,
    status: 'TO_BE_ARMED',
    hub: mirrorHub,
    ...(further.length > 0 ? { further } : {}),
    capacity,
  };
}

/** More than AWS takes, whatever else is there. @param room of the targets; null: no limit */
function refuseWorkload(
  { sessions }: MirrorCapacity,
  profiles: number,
  room: number | null,
  refuse: Refuse,
): void {
  const interfaces = sessions / profiles;
  if (room !== null && interfaces > room)
    refuse(
      '/trafficMirroring/workload',
      `is ${interfaces} interfaces, and the targets of the hub take ${room} (${TARGETS}): ask for a Network Load Balancer before its appliances`,
    );
  if (sessions > SESSIONS_PER_ACCOUNT)
    refuse(
      '/trafficMirroring/workload',
      `is ${sessions} sessions; an account has at most ${SESSIONS_PER_ACCOUNT.toLocaleString('en-US')}, which AWS does not raise`,
    );
}

/** What a request asks for, in its own order: one profile under `profile`, or any number under `profiles`. */
export const askedProfiles = ({
  profile,
  profiles,
}: NonNullable<AccountRequest['trafficMirroring']>): Asked[] =>
  profile === undefined
    ? (profiles ?? []).map((name, i) => ({ pointer: `/trafficMirroring/profiles/${i}`, name }))
    : [{ pointer: '/trafficMirroring/profile', name: profile }];

function readNamed(
  { pointer, name }: Asked,
  profiles: PlanningContext['mirroring']['profiles'],
  refuse: Refuse,
): MirrorProfile | undefined {
  const json = profiles.get(name);
  if (json === undefined) {
    refuse(pointer, `is not a mirror profile; there are: ${[...profiles.keys()].join(', ')}`);
    return undefined;
  }
  const read = readProfile(name, json);
  if ('profile' in read) return read.profile;
  for (const { pointer: at, message } of read.errors)
    refuse(pointer, `${name} cannot be used: ${message} (${name}.json#${at})`);
  return undefined;
}

/** AWS gives each session of an interface a number of its own, and by it decides which is asked first. */
function refuseClashes(read: readonly (Asked & { profile: MirrorProfile })[], refuse: Refuse): void {
  for (const [i, { pointer, name, profile }] of read.entries()) {
    const before = read.slice(0, i);
    if (before.some((one) => one.name === name)) {
      refuse(pointer, `${name} is there twice`);
      continue;
    }
    const clash = before.find(
      (one) =>
        one.profile.sessionNumber === profile.sessionNumber && mayMeet(one.profile.sources, profile.sources),
    );
    if (clash)
      refuse(
        pointer,
        `${name} cannot be used beside ${clash.name}: sessionNumber: both have ${profile.sessionNumber}, and an interface that both ` +
          `are for could not say which comes first (${name}.json#/sessionNumber)`,
      );
  }
}

const planProfile = ({
  name,
  sessionNumber,
  packetLength,
  virtualNetworkId,
  sources,
  filter,
}: MirrorProfile): PlannedProfile => ({
  profile: name,
  sessionNumber,
  ...(packetLength === undefined ? {} : { packetLength }),
  ...(virtualNetworkId === undefined ? {} : { virtualNetworkId }),
  sources,
  filter: { networkServices: filter.networkServices ?? [], rules: filter.rules },
});

/** What is not sure to find room. The expected workload alone has it, or nothing would be planned. */
function roomWarnings(
  { hub, capacity, further = [] }: PlannedMirroring,
  [quota]: readonly TargetQuota[],
): string[] {
  if (!quota) return [];
  const left = Math.max(0, quota.limit - quota.used);
  const zones = hub?.zones
    ? ' An interface uses the target of its zone, which may be full before the others are.'
    : '';
  if ((capacity?.sessions ?? 0) / (1 + further.length) > left || left === 0)
    return [
      `Traffic Mirroring: the targets of the hub take ${left} more interfaces (${quota.used} of ${quota.limit} are used); what is over is not mirrored.${zones}`,
    ];
  return capacity === null
    ? [`Traffic Mirroring: the targets of the hub take ${left} more interfaces.${zones}`]
    : [];
}

export function mirroringWarnings(planned: Planned, quotas: readonly TargetQuota[] = []): string[] {
  const names = plannedProfiles(planned).map(({ profile }) => profile);
  if (planned?.status !== 'TO_BE_ARMED') return [];
  return [
    `Traffic Mirroring: the account is armed with ${names.join(', ')}; nothing is mirrored before an instance runs that the hub can be reached from.`,
    ...(names.length > 1
      ? [
          `Traffic Mirroring: of ${names.join(', ')} the first is asked first, and a packet is copied once; an interface has three sessions at most, those of others counted.`,
        ]
      : []),
    ...roomWarnings(planned, quotas),
    ...(planned.capacity
      ? capacityWarnings(planned.capacity)
      : [
          `Traffic Mirroring: no workload was told, so headroom was not reckoned. Each session costs about ${USD_PER_SESSION_HOUR} USD an hour.`,
        ]),
  ];
}

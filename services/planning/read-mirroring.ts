import { capacityWarnings, mirrorCapacity, USD_PER_SESSION_HOUR } from '../mirroring/capacity.ts';
import { type MirrorHub, sourcesPerTarget, targetsOf } from '../mirroring/hub.ts';
import type { InstanceTypes } from '../mirroring/instance-types.ts';
import { readProfile } from '../mirroring/profile.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { PlanningContext, Refuse } from './context.ts';
import type { AccountPlan, PlannedMirroring } from './plan.schema.ts';

/** AWS's quotas page: not adjustable. */
const SESSIONS_PER_ACCOUNT = 10_000;
const TARGETS = '10 for each interface that is a target, 100 for those of the largest instances';

/** How many interfaces all targets of the hub take together; null: no limit. */
function roomOf(hub: MirrorHub, types: InstanceTypes): number | null {
  const each = sourcesPerTarget(hub, types);
  return each === null ? null : each * targetsOf(hub).length;
}

/** The quota of the targets, where their kind has one, as the plan tells it. */
export function mirrorQuotas(
  planned: PlannedMirroring | null,
  { mirroring: { instanceTypes }, mirrorSources = 0 }: PlanningContext,
): AccountPlan['quotas'] {
  const room = planned?.hub ? roomOf(planned.hub, instanceTypes) : null;
  return room === null
    ? []
    : [{ name: 'Traffic Mirroring: sources of the targets', used: mirrorSources, limit: room }];
}

/**
 * Freezes the profile of the request. A wrong profile is refused at the place that names it, with each rule and field.
 * @returns null: nobody asked for it
 */
export function readMirroring(
  { trafficMirroring: asked }: AccountRequest,
  { mirroring: { profiles, instanceTypes }, settings: { mirrorHub } }: PlanningContext,
  refuse: Refuse,
): PlannedMirroring | null {
  if (!asked) return null;
  const pointer = '/trafficMirroring/profile';
  const json = profiles.get(asked.profile);
  if (json === undefined) {
    refuse(pointer, `is not a mirror profile; there are: ${[...profiles.keys()].join(', ')}`);
    return null;
  }
  const read = readProfile(asked.profile, json);
  if ('errors' in read) {
    for (const { pointer: at, message } of read.errors) {
      refuse(pointer, `${asked.profile} cannot be used: ${message} (${asked.profile}.json#${at})`);
    }
    return null;
  }
  if (mirrorHub === null) {
    refuse('/trafficMirroring', 'there is no hub that copies could be sent to (JETWAY_MIRROR_TARGET)');
    return null;
  }
  const capacity = asked.workload ? mirrorCapacity(asked.workload, read.profile, instanceTypes) : null;
  const room = roomOf(mirrorHub, instanceTypes);
  if (room !== null && capacity && capacity.sessions > room)
    refuse(
      '/trafficMirroring/workload',
      `is ${capacity.sessions} interfaces, and the targets of the hub take ${room} (${TARGETS}): ask for a Network Load Balancer before its appliances`,
    );
  if (capacity && capacity.sessions > SESSIONS_PER_ACCOUNT)
    refuse(
      '/trafficMirroring/workload',
      `is ${capacity.sessions} sessions; an account has at most ${SESSIONS_PER_ACCOUNT.toLocaleString('en-US')}, which AWS does not raise`,
    );
  const { name, sessionNumber, packetLength, virtualNetworkId, sources, filter } = read.profile;
  return {
    profile: name,
    status: 'TO_BE_ARMED',
    hub: mirrorHub,
    sessionNumber,
    ...(packetLength === undefined ? {} : { packetLength }),
    ...(virtualNetworkId === undefined ? {} : { virtualNetworkId }),
    sources,
    filter: { networkServices: filter.networkServices ?? [], rules: filter.rules },
    capacity,
  };
}

/** What is not sure to find room. The expected workload alone has it, or nothing would be planned. */
function roomWarnings({ hub, capacity }: PlannedMirroring, [quota]: AccountPlan['quotas']): string[] {
  if (!quota) return [];
  const left = Math.max(0, quota.limit - quota.used);
  const zones = hub?.zones
    ? ' An interface uses the target of its zone, which may be full before the others are.'
    : '';
  if ((capacity?.sessions ?? 0) > left || left === 0)
    return [
      `Traffic Mirroring: the targets of the hub take ${left} more interfaces (${quota.used} of ${quota.limit} are used); what is over is not mirrored.${zones}`,
    ];
  return capacity === null
    ? [`Traffic Mirroring: the targets of the hub take ${left} more interfaces.${zones}`]
    : [];
}

export const mirroringWarnings = (
  planned: PlannedMirroring | null,
  quotas: AccountPlan['quotas'] = [],
): string[] =>
  planned === null
    ? []
    : [
        `Traffic Mirroring: the account is armed with ${planned.profile}; nothing is mirrored before an instance runs that the hub can be reached from.`,
        ...roomWarnings(planned, quotas),
        ...(planned.capacity
          ? capacityWarnings(planned.capacity)
          : [
              `Traffic Mirroring: no workload was told, so headroom was not reckoned. Each session costs about ${USD_PER_SESSION_HOUR} USD an hour.`,
            ]),
      ];

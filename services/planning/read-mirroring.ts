import { capacityWarnings, mirrorCapacity, USD_PER_SESSION_HOUR } from '../mirroring/capacity.ts';
import { readProfile } from '../mirroring/profile.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { PlanningContext, Refuse } from './context.ts';
import type { PlannedMirroring } from './plan.schema.ts';

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
    capacity: asked.workload ? mirrorCapacity(asked.workload, read.profile, instanceTypes) : null,
  };
}

export const mirroringWarnings = (planned: PlannedMirroring | null): string[] =>
  planned === null
    ? []
    : [
        `Traffic Mirroring: the account is armed with ${planned.profile}; nothing is mirrored before an instance runs that the hub can be reached from.`,
        ...(planned.capacity
          ? capacityWarnings(planned.capacity)
          : [
              `Traffic Mirroring: no workload was told, so headroom was not reckoned. Each session costs about ${USD_PER_SESSION_HOUR} USD an hour.`,
            ]),
      ];

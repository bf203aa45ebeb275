import type { AccountPlan, PlannedProfile } from '../planning/plan.schema.ts';

/** The profiles of a plan, the one with the lowest number first; none where nothing is to be mirrored. */
export function plannedProfiles(planned: AccountPlan['trafficMirroring']): PlannedProfile[] {
  if (planned === null || planned.status === 'NOT_AVAILABLE' || planned.status === 'DISARMED') return [];
  const { status: _status, hub: _hub, capacity: _capacity, further = [], ...first } = planned;
  return [first, ...further];
}

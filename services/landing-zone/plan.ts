import type { LandingZoneStep } from '../../workflows/landing-zone/input.schema.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import { foundationItems } from './foundation.ts';
import type { Item } from './items.ts';
import type { LandingZoneFile } from './landing-zone.schema.ts';
import type { Live } from './live.schema.ts';
import { peopleParts } from './plan-people.ts';
import { type ControlRequest, unitParts } from './plan-units.ts';

/** What the file comes to in an organization as it is. */
export type LandingZonePlan = {
  items: Item[];
  /** For the workflow, in this order. */
  steps: LandingZoneStep[];
  /** For the service: what changes what accounts may do is approved by a person. */
  requests: ControlRequest[];
  /** Units that are there and not in the file: they are left alone. */
  others: string[];
};

/** Pure: the same file and the same organization give the same plan. */
export function planLandingZone(file: LandingZoneFile, live: Live, catalogue: Catalogue): LandingZonePlan {
  const units = unitParts(file, live, catalogue);
  const people = peopleParts(file, live);
  return {
    items: [...foundationItems(file, live), ...units.items, ...people.items],
    steps: [...units.steps, ...people.steps],
    requests: units.requests,
    others: units.others,
  };
}

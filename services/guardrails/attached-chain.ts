import { chainLevels, chainOf, type Unit } from '../reconciliation/organization.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import type { Catalogue } from './catalogue.ts';
import { chooseControls, type LandingZoneDefaults } from './choose.ts';
import type { AttachedPolicy, ChainLevel } from './evaluate.ts';
import { guardrailLevel } from './simulate.ts';

export const landingZoneDefaults = (snapshot: OrganizationSnapshot): LandingZoneDefaults => ({
  governedRegions: snapshot.governedRegions,
  homeRegion: snapshot.homeRegion,
  organizationId: snapshot.organizationId,
});

/**
 * What binds an account in this unit, root first: the attached policies, and the controls that are enabled on a unit
 * although no attached policy bears their statements (resource control policies, which are not read, and what Control
 * Tower enforces by other means).
 */
export function attachedChain(
  snapshot: OrganizationSnapshot,
  unitId: string,
  catalogue: Catalogue,
): ChainLevel[] {
  const units = new Map(snapshot.units.map((unit) => [unit.id, unit]));
  return chainLevels(snapshot, unitId).map((level) => {
    const unit = units.get(level.targetId);
    const enabled = unit === undefined ? [] : enabledControls(snapshot, unit, level.policies, catalogue);
    return { ...level, policies: [...level.policies, ...enabled] };
  });
}

/** `aws:PrincipalOrgID` and `aws:PrincipalOrgPaths` of every principal in the unit. */
export function organizationContext(
  snapshot: OrganizationSnapshot,
  unitId: string,
): Record<string, string | string[]> {
  const ids = chainOf(snapshot, unitId)
    .map((unit) => unit.id)
    .reverse();
  return {
    'aws:PrincipalOrgID': snapshot.organizationId,
    'aws:PrincipalOrgPaths': [`${[snapshot.organizationId, ...ids].join('/')}/`],
  };
}

function enabledControls(
  snapshot: OrganizationSnapshot,
  unit: Unit,
  attached: readonly AttachedPolicy[],
  catalogue: Catalogue,
): AttachedPolicy[] {
  const sids = new Set(attached.flatMap(({ content }) => sidsIn(content)));
  const ids = unit.controls
    .filter(({ id, status }) => status === 'SUCCEEDED' && catalogue.byId.has(id))
    .map(({ id }) => id)
    .filter((id) => !(catalogue.byId.get(id)?.statements ?? []).every(({ sid }) => sids.has(sid)));
  const choice = chooseControls(catalogue, [...new Set(ids)], landingZoneDefaults(snapshot));
  if ('errors' in choice) throw new TypeError(choice.errors.map(({ message }) => message).join('; '));
  return guardrailLevel(choice.controls, unit.id).policies.flatMap((policy) => {
    if (policy.control === undefined) return [];
    const withParameters = (catalogue.byId.get(policy.control)?.parameters.length ?? 0) > 0;
    const unsure = `${policy.control} is enabled on ${unit.id} with parameters that are not read`;
    return [withParameters ? { ...policy, unsure } : policy];
  });
}

const sidsIn = (content: string): string[] =>
  [...content.matchAll(/"Sid"\s*:\s*"([A-Za-z0-9]*)"/g)].map(([, sid = '']) => sid);

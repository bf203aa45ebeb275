import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import type { MirrorHub } from './hub.ts';

/** Whether copies of a governed Region have somewhere to go. AWS mirrors within a Region only. */
export type MirrorRegion =
  | { region: string; status: 'MIRRORED' }
  | { region: string; status: 'CANNOT'; reason: string };

/** Every governed Region, home first. The hub lies at home: what another Region has is not mirrored. */
export function mirrorRegions(
  { homeRegion, governedRegions }: Pick<OrganizationSnapshot, 'homeRegion' | 'governedRegions'>,
  hub: MirrorHub | null,
): MirrorRegion[] {
  const others = governedRegions.filter((region) => region !== homeRegion).sort();
  return [homeRegion, ...others].map((region) =>
    hub !== null && region === homeRegion
      ? { region, status: 'MIRRORED' }
      : { region, status: 'CANNOT', reason: `no hub in ${region}` },
  );
}

/** Whoever approves a profile has to know where it does nothing. */
export function regionWarnings(regions: readonly MirrorRegion[]): string[] {
  const without = regions.filter(({ status }) => status === 'CANNOT').map(({ region }) => region);
  return without.length === 0
    ? []
    : [`Traffic Mirroring: nothing is mirrored in ${without.join(', ')}: there is no hub there.`];
}

import { QUARANTINE_POLICY_NAME, ROOT_FENCE_POLICY_NAME } from '../guardrails/fence.ts';
import { controlIdentifier, goesByName } from '../reconciliation/control-identifier.ts';
import type { SettingsSections } from '../settings/settings-change.schema.ts';
import type { FileUnit, LandingZoneFile } from './landing-zone.schema.ts';
import { channelsOf, type IdOf, policiesOf } from './policies.ts';
import { placedUnits } from './units.ts';

/** A control as the file names it. */
export const namedControl = (item: FileUnit['controls'][number]) =>
  typeof item === 'string'
    ? { id: item, parameters: {} }
    : { id: item.id, parameters: item.parameters ?? {} };

/** What the workflow is to look at closely. */
export function watchOf(file: LandingZoneFile) {
  const units = placedUnits(file);
  const controls = units.flatMap(({ unit }) => unit.controls.map(namedControl));
  const withParameters = controls
    .filter(({ parameters }) => Object.keys(parameters).length > 0)
    // What the others are called is for the workflow to find out.
    .map(({ id }) => controlIdentifier(id, { homeRegion: file.homeRegion }) ?? id);
  const newer = controls.map(({ id }) => id).filter((id) => !goesByName(id));
  const { accounts, mirrorHub, identityCenter } = file;
  return {
    accounts: [...new Set([...Object.values(accounts), ...(mirrorHub ? [mirrorHub.account] : [])])],
    product: file.accountFactory.product,
    groups: identityCenter.groups.map(({ name }) => name),
    permissionSets: identityCenter.permissionSets.map(({ name }) => name),
    units: units.map(({ path }) => path),
    parameters: [...new Set(withParameters)],
    controls: [...new Set(newer)],
    policies: [QUARANTINE_POLICY_NAME, ROOT_FENCE_POLICY_NAME],
  };
}

/** The first moment of the day after: accounts of the day itself may have been made before the switch. */
export const networkOffSinceMs = ({ accountFactory }: LandingZoneFile): number =>
  Date.parse(`${accountFactory.noVpcSince}T00:00:00Z`) + 86_400_000;

/** The sections of the service's settings that the file is about; the others it leaves alone. */
export const settingsOf = (
  file: LandingZoneFile,
  idOf: IdOf,
): Required<Pick<SettingsSections, 'policies' | 'channels' | 'landingZone'>> => ({
  policies: policiesOf(file, idOf),
  channels: channelsOf(file, idOf),
  landingZone: {
    networkPools: file.networkPools,
    // What lies below a closed unit is closed with it.
    unitsWithoutAccounts: placedUnits(file)
      .filter((one, _, all) => {
        const above = all.find(({ path }) => path === one.parentPath);
        return !one.takesAccounts && (above?.takesAccounts ?? true);
      })
      .map(({ path }) => idOf(path)),
    platformEmail: file.accountFactory.platformEmail,
    ...(file.mirrorHub?.target === undefined ? {} : { mirrorHub: file.mirrorHub.target }),
    ...(file.accountQuota === undefined ? {} : { accountQuota: file.accountQuota }),
  },
});

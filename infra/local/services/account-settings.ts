import type { Store } from '../store.ts';
import type { World } from '../world.ts';
import { GLOBAL } from './account-resources.ts';
import { scheduleEvaluation } from './config/rules.ts';

/** Switches of an account as a whole, or of an account in a Region, that are no resources. */
export type SettingName =
  | 'password-policy'
  | 's3-public-access-block'
  | 'ebs-encryption'
  | 'instance-metadata';

const SETTINGS = 'account-settings';
const REGIONAL: readonly SettingName[] = ['ebs-encryption', 'instance-metadata'];
type Place = { accountId: string; region: string };

const key = (name: SettingName, { accountId, region }: Place): string =>
  `${accountId}/${REGIONAL.includes(name) ? region : GLOBAL}/${name}`;

export function getSetting<T>(store: Store, place: Place, name: SettingName): T | undefined {
  return store.get<T>(SETTINGS, key(name, place));
}

/** Config's rules about the account are evaluated again. */
export function putSetting(world: World, place: Place, name: SettingName, value: unknown): void {
  world.store.put(SETTINGS, key(name, place), value);
  scheduleEvaluation(world, place.accountId, place.region);
}

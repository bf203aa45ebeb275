import {
  type CustomResource,
  failed,
  placeOf,
  type ResourceEvent,
  succeeded,
} from '../../custom-resource/custom-resource.ts';
import { applySettings } from './apply.ts';
import { settingsOf } from './settings.ts';

/** The settings of an account in a Region, as one resource of a stack. */
export const accountSettings: CustomResource = {
  idOf: (event) => event.PhysicalResourceId ?? newId(event),
  async work(event, { call, sleep }) {
    // Taking the stack away must not weaken the account.
    if (event.RequestType === 'Delete')
      return succeeded('The settings of the account are left as they are.', { Verified: '' });
    const settings = settingsOf(event.ResourceProperties ?? {}, placeOf(event).accountId);
    const { verified, failures } = await applySettings(settings, call, sleep);
    const done = `Set and read back: ${verified.join(', ')}.`;
    if (failures.length === 0) return succeeded(done, { Verified: verified.join(', ') });
    return failed([`${failures.join('; ')}.`, ...(verified.length > 0 ? [done] : [])].join(' '));
  },
};

function newId(event: ResourceEvent): string {
  const { accountId, region } = placeOf(event);
  return `account-settings-${accountId}-${region}`;
}

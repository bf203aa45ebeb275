import { frozen } from '../kernel/canonical-json.ts';
import type { Intake } from '../requests/intake.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { SettingsChange, SettingsChangePlan } from './settings-change.schema.ts';

/**
 * Plans the change from the settings that are in force.
 * @param version that the caller has read; any when it does not matter
 * @throws Problem invalid with pointers, stale when another version is in force
 */
export type SettingsChangePlanner = (
  requestId: string,
  change: SettingsChange,
  version?: number,
) => Promise<SettingsChangePlan>;

export const settingsChangeIntake = (
  plan: SettingsChangePlanner,
  body: SettingsChange,
  version?: number,
): Intake => ({
  kind: 'settings-change',
  team: WHOLE_ORGANIZATION,
  body,
  attempt: 'change-settings',
  async prepare(requestId) {
    const made = await plan(requestId, body, version);
    const { baseVersion, before, after, sections, differences, warnings } = made;
    return {
      ...frozen(made),
      holds: null,
      facts: [
        { type: 'ChangeRequested', data: { settings: { baseVersion, sections }, reason: body.reason } },
        {
          type: 'ChangePlanned',
          data: { planDigest: made.digest, baseVersion, before, after, differences, warnings },
        },
      ],
    };
  },
});

import { z } from 'zod';
import { SettingsChangePlan } from '../../services/settings/settings-change.schema.ts';

/** Where a change of the settings can stand; also the step that a refusal names. */
export type SettingsChangeStep = 'approval' | 'confirm';

/** Input of a `settings-change` execution. */
export const SettingsChangeInput = z.strictObject({
  requestId: z.string().min(1).max(80),
  planDigest: z.string().min(1).max(80),
  plan: SettingsChangePlan,
});

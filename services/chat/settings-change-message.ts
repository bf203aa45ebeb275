import type { SettingsChange, SettingsChangePlan } from '../settings/settings-change.schema.ts';
import { plain } from './message.ts';

/** A change of the settings in a person's words: what the approver signs. */
export function settingsChangeText(input: {
  requestId: string;
  requestedBy: string;
  body: SettingsChange;
  plan: SettingsChangePlan;
}): string {
  const { body, plan } = input;
  return [
    `${plain(input.requestedBy)} asks to change who may ask, who may approve and where they are asked.`,
    `Why: ${plain(body.reason)}`,
    ...plan.differences.map((d) => `Change: ${plain(d)}`),
    ...plan.warnings.map((w) => `Note: ${plain(w)}`),
    `From version ${plan.baseVersion} of the settings`,
    `Request ${input.requestId}`,
  ].join('\n');
}

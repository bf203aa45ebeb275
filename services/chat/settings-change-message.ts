import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { SettingsChange, SettingsChangePlan } from '../settings/settings-change.schema.ts';
import type { Asked } from './approval-message.ts';
import { plain } from './message.ts';
import { whoMayDecide } from './who-may-decide.ts';

/** A change of the settings in a person's words: what the approver signs. */
export function settingsChangeMessage(input: {
  requestedBy: string;
  body: SettingsChange;
  plan: SettingsChangePlan;
}): Asked {
  const { body, plan } = input;
  return {
    title: `${plain(input.requestedBy, 256)} asks to change who may ask, who may approve and where they are asked`,
    why: plain(body.reason) || '(nothing readable)',
    fields: [
      { label: 'Sections', value: plan.sections.join(', ') },
      { label: 'From version', value: `${plan.baseVersion} of the settings` },
      { label: 'Decides', value: whoMayDecide(plan.approvals, WHOLE_ORGANIZATION) },
    ],
    sections: [{ title: 'Change', lines: plan.differences.map((d) => plain(d)) }],
    unusual: plan.warnings.map((w) => plain(w)),
    summary: `the change of the settings (${plan.sections.join(', ')})`,
  };
}

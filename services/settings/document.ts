import { digestOf } from '../kernel/canonical-json.ts';
import { sameDelegation } from './same-delegation.ts';
import type { Settings } from './settings.schema.ts';
import { SECTIONS, type SettingsChange } from './settings-change.schema.ts';

/** The whole document as it will be. */
export function documentAfter(before: Settings, change: SettingsChange): Settings {
  if ('delegation' in change) return { ...before, delegations: [...before.delegations, change.delegation] };
  if ('retraction' in change) {
    const delegations = before.delegations.filter((one) => !sameDelegation(one, change.retraction));
    return { ...before, delegations };
  }
  const given = Object.entries(change.set).filter(([, section]) => section !== undefined);
  return { ...before, ...Object.fromEntries(given) };
}

/** The sections in which the two differ. */
export const changedSections = (before: Settings, after: Settings): (typeof SECTIONS)[number][] =>
  SECTIONS.filter((section) => digestOf(before[section] ?? null) !== digestOf(after[section] ?? null));

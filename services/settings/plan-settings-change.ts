import type { PlannedApprovals } from '../approvals/approvals.schema.ts';
import { canonicalJson, digestOf } from '../kernel/canonical-json.ts';
import type { FieldError } from '../kernel/errors.ts';
import { MAX_PLAN_BYTES } from '../planning/plan.ts';
import { settingsDifferences } from './differences.ts';
import { changedSections, documentAfter } from './document.ts';
import type { EndpointCheck } from './refuse.ts';
import { Settings } from './settings.schema.ts';
import type { SettingsChange, SettingsChangePlan } from './settings-change.schema.ts';
import { settingsProblems } from './validate.ts';
import { type KnownApprover, settingsWarnings } from './warnings.ts';

/** Everything that the planning of a change knows besides the change. */
export type SettingsChangeContext = {
  requestId: string;
  /** Milliseconds. */
  now: number;
  version: number;
  before: Settings;
  /** By the settings of before: a document never says who may approve itself. */
  approvals: PlannedApprovals;
  known: readonly KnownApprover[];
  checkEndpoint: EndpointCheck;
};

export type PlannedSettingsChange = { plan: SettingsChangePlan } | { errors: FieldError[] };

/**
 * Freezes what the change comes to, or says everything that stands in the way, each with its JSON pointer in what was
 * sent. The same change and context give the same plan, byte for byte.
 */
export function planSettingsChange(
  change: SettingsChange,
  context: SettingsChangeContext,
): PlannedSettingsChange {
  const { before, version, requestId } = context;
  const after = documentAfter(before, change);
  const errors = [...tooLong(after), ...settingsProblems(after, context)];
  if (errors.length > 0) return { errors: errors.map((error) => asSent(error, change, after)) };
  const sections = changedSections(before, after);
  if (sections.length === 0) return { errors: [nothingChanged(change)] };
  const undigested: Omit<SettingsChangePlan, 'digest'> = {
    kind: 'settings-change',
    requestId,
    baseVersion: version,
    before: digestOf(before),
    after: digestOf(after),
    sections,
    differences: differencesOf(before, after, sections),
    approvals: byPeople(context.approvals),
    warnings: settingsWarnings(before, after, context.known),
  };
  const size = Buffer.byteLength(canonicalJson(undigested));
  if (size > MAX_PLAN_BYTES) {
    const message = `the differences take ${size} bytes in words, the limit is ${MAX_PLAN_BYTES}: ask for it in several changes`;
    return { errors: [{ pointer: '', message }] };
  }
  return { plan: { digest: digestOf(undigested), ...undigested } };
}

function nothingChanged(change: SettingsChange): FieldError {
  if ('retraction' in change)
    return {
      pointer: '',
      message: 'is no delegation of yours; GET /v1/delegations lists them, send one as it stands there',
    };
  return { pointer: 'set' in change ? '/set' : '', message: 'changes nothing' };
}

/** No policy lets a change of the policies decide itself, not even one that the installation began with. */
const byPeople = (approvals: PlannedApprovals): PlannedApprovals => ({
  ...approvals,
  automatic: null,
  quorum: approvals.stages.reduce((sum, { quorum }) => sum + quorum, 0),
});

/** One delegation more may be one too many. */
function tooLong(after: Settings): FieldError[] {
  const parsed = Settings.shape.delegations.safeParse(after.delegations);
  return parsed.success
    ? []
    : [{ pointer: '/delegations', message: 'are too many; have those removed that are over' }];
}

function differencesOf(before: Settings, after: Settings, sections: readonly string[]): string[] {
  const words = settingsDifferences(before, after);
  return words.length > 0 ? words : [`Written otherwise, with the same meaning: ${sections.join(', ')}`];
}

/** Pointers lead into what was sent: sections under `set`, a delegation by itself. */
function asSent({ pointer, message }: FieldError, change: SettingsChange, after: Settings): FieldError {
  if ('set' in change) return { pointer: `/set${pointer}`, message };
  const own = `/delegations/${after.delegations.length - 1}`;
  if ('delegation' in change && (pointer === own || pointer.startsWith(`${own}/`)))
    return { pointer: pointer.slice(own.length), message };
  return { pointer: '', message: `${message} (${pointer} of the settings in force)` };
}

/** What pages call things: one place for words, so that a status is called the same everywhere. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle';

const STATUSES: Readonly<Record<string, readonly [string, Tone]>> = {
  PLANNED: ['Planned', 'busy'],
  AWAITING_APPROVAL: ['Awaiting approval', 'warn'],
  QUEUED: ['Queued', 'busy'],
  PROVISIONING: ['Provisioning', 'busy'],
  APPLYING_BLUEPRINT: ['Applying blueprint', 'busy'],
  ATTACHING_GUARDRAILS: ['Attaching guardrails', 'busy'],
  VERIFYING: ['Verifying', 'busy'],
  ACTIVE: ['Active', 'good'],
  DENIED: ['Denied', 'bad'],
  EXPIRED: ['Expired', 'idle'],
  CANCELLED: ['Cancelled', 'idle'],
  REJECTED: ['Rejected', 'bad'],
  QUARANTINED: ['Quarantined', 'bad'],
  CLOSING: ['Closing', 'warn'],
  CLOSED: ['Closed', 'idle'],
  SUSPENDED: ['Suspended', 'idle'],
  PENDING_CLOSURE: ['Closing', 'warn'],
  COMPLIANT: ['Compliant', 'good'],
  NON_COMPLIANT: ['Not compliant', 'bad'],
  NOT_APPLICABLE: ['Not applicable', 'idle'],
  INSUFFICIENT_DATA: ['Not known', 'idle'],
  UNKNOWN: ['Not known', 'idle'],
  compliant: ['Compliant', 'good'],
  nonCompliant: ['Not compliant', 'bad'],
  excepted: ['By exception', 'warn'],
  unknown: ['Not known', 'idle'],
  IN_SYNC: ['In sync', 'good'],
  DRIFTED: ['Drifted', 'bad'],
  pending: ['Waiting', 'busy'],
  delivered: ['Delivered', 'good'],
  failed: ['Failed', 'bad'],
  running: ['Running', 'busy'],
  succeeded: ['Done', 'good'],
  skipped: ['Skipped', 'idle'],
  REQUESTED: ['Asked for', 'warn'],
  REVOKED: ['Revoked', 'idle'],
  REPLACED: ['Replaced', 'idle'],
  allowed: ['Not denied', 'good'],
  denied: ['Denied', 'bad'],
  SUCCEEDED: ['Enabled', 'good'],
  ENABLED: ['Enabled', 'good'],
  ATTACHED: ['Attached', 'good'],
  MIRRORING: ['Mirrored', 'good'],
  ARMED: ['Armed', 'busy'],
  NOT_ARMED: ['Not armed', 'warn'],
  UNSUPPORTED: ['Not possible', 'warn'],
  LIMIT: ['No room', 'warn'],
};

export const statusWord = (status: string): string => STATUSES[status]?.[0] ?? sentence(status);
export const toneOf = (status: string): Tone => STATUSES[status]?.[1] ?? 'idle';

/** `APPLYING_BLUEPRINT`, `strongly-recommended` and `AccountVended` as words. */
export function sentence(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const KIND_WORDS: Readonly<Record<string, string>> = {
  account: 'New account',
  'account-change': 'Change of an account',
  'organizational-unit-change': 'Controls of a unit',
  'settings-change': 'Change of the settings',
  'control-exception': 'Exception',
};

export const kindWord = (kind: string): string => KIND_WORDS[kind] ?? sentence(kind);

/** `1 account`, `2 accounts`. */
export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;

const DAY_MS = 86_400_000;

/** How long, in one unit or two: `40 s`, `12 min`, `3 h 5 min`, `12 days`. @param ms milliseconds, not negative */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  if (minutes < 36 * 60) {
    const rest = minutes % 60;
    return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
  }
  return count(Math.round(ms / DAY_MS), 'day');
}

/** @param at RFC 3339. @param nowMs milliseconds */
export function ago(at: string, nowMs: number): string {
  const ms = nowMs - Date.parse(at);
  if (ms < 0) return `in ${duration(-ms)}`;
  return ms < 5_000 ? 'just now' : `${duration(ms)} ago`;
}

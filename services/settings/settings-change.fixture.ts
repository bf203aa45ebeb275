import { digestOf } from '../kernel/canonical-json.ts';
import { SettingsChangePlan } from './settings-change.schema.ts';

const undigested: Omit<SettingsChangePlan, 'digest'> = {
  kind: 'settings-change',
  requestId: 'req-018e0000-0000-7000-8000-000000000002',
  baseVersion: 0,
  before: `sha256:${'a'.repeat(64)}`,
  after: `sha256:${'b'.repeat(64)}`,
  sections: ['policies'],
  differences: ['Policy one-approver: stage approver needs 2 approvers instead of 1'],
  approvals: {
    policy: 'whole-organization',
    quorum: 1,
    approvers: ['role:approver'],
    expiresAfterSeconds: 86_400,
    automatic: null,
    stages: [{ name: 'approver', quorum: 1, approvers: [{ anyTeam: true }] }],
    escalateTo: [],
    timers: [{ seconds: 86_400, act: 'expire' }],
  },
  warnings: [],
};

/** A plan with some of it replaced, and the digest that belongs to it. */
export function settingsChangePlanWith(changes: Partial<SettingsChangePlan> = {}): SettingsChangePlan {
  const plan = { ...undigested, ...changes };
  return SettingsChangePlan.parse({ ...plan, digest: digestOf(plan) });
}

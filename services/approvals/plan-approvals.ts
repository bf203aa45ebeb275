import type { Selector, Stage } from '../settings/settings.schema.ts';
import type { PlannedApprovals } from './approvals.schema.ts';

/** Who that is, for people to read. */
export const selectorInWords = (selector: Selector, team: string): string =>
  'requestTeam' in selector
    ? `role:approver team:${team}`
    : 'team' in selector
      ? `role:approver team:${selector.team}`
      : 'people' in selector
        ? selector.people.join(', ')
        : 'role:approver';

/** What a policy comes to for a request of this team. */
export function plannedApprovals(
  policy: { name: string; stages: readonly Stage[] },
  team: string,
  expiresAfterSeconds: number,
): PlannedApprovals {
  return {
    policy: policy.name,
    quorum: policy.stages.reduce((sum, stage) => sum + stage.quorum, 0),
    approvers: [...new Set(policy.stages.flatMap((s) => s.approvers.map((a) => selectorInWords(a, team))))],
    expiresAfterSeconds,
    automatic: null,
    stages: policy.stages.map(({ name, quorum, approvers }) => ({ name, quorum, approvers: [...approvers] })),
    escalateTo: [],
    timers: [{ seconds: expiresAfterSeconds, act: 'expire' }],
  };
}

export const ONE_APPROVER = {
  name: 'one-approver',
  stages: [{ name: 'approver', quorum: 1, approvers: [{ requestTeam: true as const }] }],
};
export const ANY_APPROVER = {
  name: 'whole-organization',
  stages: [{ name: 'approver', quorum: 1, approvers: [{ anyTeam: true as const }] }],
};

import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { ApprovalPolicy, Selector, Settings } from '../settings/settings.schema.ts';
import { PlannedApprovals, type PolicyFacts } from './approvals.schema.ts';
import { policyFor } from './policy.ts';

const HOUR = 3_600;

/** Who that is, for people to read. */
export const selectorInWords = (selector: Selector, team: string): string => {
  if ('people' in selector) return selector.people.join(', ');
  if ('team' in selector) return `role:approver team:${selector.team}`;
  return 'requestTeam' in selector && team !== WHOLE_ORGANIZATION
    ? `role:approver team:${team}`
    : 'role:approver';
};

/**
 * What the policies in force come to for a request, frozen with its plan.
 * @param expiresAfterSeconds where the policy says nothing of it
 */
export function plannedApprovals(
  settings: Pick<Settings, 'policies'>,
  about: PolicyFacts,
  expiresAfterSeconds: number,
): PlannedApprovals {
  const policy = policyFor(settings, about);
  const timers = timersOf(policy, expiresAfterSeconds);
  return {
    policy: policy.name,
    quorum: policy.automatic ? 0 : policy.stages.reduce((sum, stage) => sum + stage.quorum, 0),
    approvers: [
      ...new Set(policy.stages.flatMap((s) => s.approvers.map((a) => selectorInWords(a, about.team)))),
    ],
    expiresAfterSeconds: timers.reduce((sum, { seconds }) => sum + seconds, 0),
    automatic: policy.automatic ?? null,
    about,
    stages: policy.stages.map(({ name, quorum, approvers }) => ({ name, quorum, approvers })),
    escalateTo: policy.escalation?.approvers ?? [],
    timers,
  };
}

/** Times since the ask become pauses between acts. Of two acts at one time, the one that does more is left. */
function timersOf(
  policy: Pick<ApprovalPolicy, 'remindAfterHours' | 'escalation' | 'expiresAfterDays'>,
  expiresAfterSeconds: number,
): PlannedApprovals['timers'] {
  const seconds = (hours: number) => Math.max(1, Math.round(hours * HOUR));
  const expires =
    policy.expiresAfterDays === undefined ? expiresAfterSeconds : seconds(policy.expiresAfterDays * 24);
  const acts = new Map<number, 'remind' | 'escalate' | 'expire'>();
  for (const hours of policy.remindAfterHours) acts.set(seconds(hours), 'remind');
  if (policy.escalation) acts.set(seconds(policy.escalation.afterHours), 'escalate');
  acts.set(expires, 'expire');
  const inOrder = [...acts].filter(([at]) => at <= expires).sort(([a], [b]) => a - b);
  return inOrder.map(([at, act], i) => ({ seconds: at - (inOrder[i - 1]?.[0] ?? 0), act }));
}

/** A request as it is stored. */
type Stored = { kind: string; team: string; planText: string };

/** What a plan says of the facts that policies look at, where it does not say so itself. */
type OlderPlan = {
  approvals: unknown;
  account?: { organizationalUnitId: string };
  target?: { account: { organizationalUnitId: string } };
  organizationalUnit?: { id: string };
};

/** The approvals that a stored plan asks for. Plans of earlier versions took one approver. @throws when it has none */
export function approvalsOf({ kind, team, planText }: Stored): PlannedApprovals & { about: PolicyFacts } {
  const plan = JSON.parse(planText) as OlderPlan;
  const planned = PlannedApprovals.parse(plan.approvals);
  const unit = plan.account ?? plan.target?.account;
  const about = planned.about ?? {
    kind,
    team,
    organizationalUnitIds: [unit?.organizationalUnitId ?? plan.organizationalUnit?.id ?? []].flat(),
    blueprint: null,
    guardrailExceptions: false,
    monthlyCost: null,
  };
  const stages = planned.stages.length > 0 ? planned.stages : policyFor({ policies: [] }, about).stages;
  return { ...planned, stages, about };
}

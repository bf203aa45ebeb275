import type { Principal } from '../access/principal.ts';
import { canonicalSubject, type Directory } from '../people/person.ts';
import type { ApprovalPolicy, Selector } from '../settings/settings.schema.ts';
import type { PlannedApprovals } from './approvals.schema.ts';
import { isAmong } from './eligible.ts';

/** Somebody who may decide, by their own standing or in the place of an absent approver. */
export type Claim = { standing: Pick<Principal, 'subject' | 'teams'>; onBehalfOf: string | null };

/** What claims are held against: what was planned, and what the settings of now would plan. */
export type Rules = {
  planned: Pick<PlannedApprovals, 'stages' | 'escalateTo'>;
  policy: Pick<ApprovalPolicy, 'stages' | 'escalation'>;
  team: string;
  directory: Directory;
  /** Those who are asked at last may decide too. */
  escalated: boolean;
};

export const ownClaim = (who: Principal): Claim => ({ standing: who, onBehalfOf: null });
export const claimOf = (absent: Principal): Claim => ({
  standing: absent,
  onBehalfOf: canonicalSubject(absent.subject),
});

/** What the plan says of this stage. */
export function plannedFor(
  { planned, team, directory, escalated }: Rules,
  claim: Claim,
  stage: number,
): boolean {
  const selectors: readonly Selector[] = [
    ...(planned.stages[stage]?.approvers ?? []),
    ...(escalated ? planned.escalateTo : []),
  ];
  return isAmong(selectors, team, claim.standing, directory);
}

/** What the settings of now say: without them a frozen plan would keep somebody in office who was taken out of it. */
export function stillFor(
  { policy, team, directory, escalated }: Rules,
  claim: Claim,
  stage: number,
): boolean {
  const selectors = [
    ...(policy.stages[stage]?.approvers ?? []),
    ...(escalated ? (policy.escalation?.approvers ?? []) : []),
  ];
  return isAmong(selectors, team, claim.standing, directory);
}

/** By the settings of now, at whatever stage: their stages need not be those of the plan. */
export const stillAmong = (rules: Rules, claim: Claim): boolean =>
  rules.policy.stages.some((_, stage) => stillFor(rules, claim, stage));

/** The first claim that holds at this stage; one's own standing goes before anybody's place. */
export const claimAt = (rules: Rules, claims: readonly Claim[], stage: number): Claim | undefined =>
  claims.find((claim) => plannedFor(rules, claim, stage) && stillAmong(rules, claim));

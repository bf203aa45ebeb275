import type { Principal } from '../access/principal.ts';
import { sharePerson } from '../people/person.ts';
import type { ApprovalPolicy, Settings } from '../settings/settings.schema.ts';
import type { PlannedApprovals } from './approvals.schema.ts';
import { type Claim, claimOf, ownClaim, plannedFor, type Rules, stillAmong, stillFor } from './claims.ts';
import type { Decision } from './decision.ts';
import { absentFor, barOf } from './eligible.ts';
import { fits, openStage, voices } from './stages.ts';

export type Confirmation =
  | { outcome: 'confirmed' }
  | { outcome: 'cancelled' }
  | { outcome: 'refused'; code: string; detail: string };

/** A decision as it was found, with what the directory says of the people now. */
export type FoundDecision = Decision & {
  signatureValid: boolean;
  /** Of who decided; undefined for somebody whom the directory does not know. */
  standing: Principal | undefined;
  /** Of the absent approver in whose place they did. */
  absent: Principal | undefined;
};

export type ToConfirm = {
  decisions: readonly FoundDecision[];
  verdict: 'approved' | 'denied' | undefined;
  cancelled: boolean;
  /** It has not ended: a vend still holds its e-mail address. */
  open: boolean;
  requestedBy: string;
  team: string;
  planDigest: string;
  askedDigest: string;
  /** Why the plan no longer fits what it was made from; undefined while it does. */
  outdated?: string | undefined;
  planned: Pick<PlannedApprovals, 'policy' | 'automatic' | 'stages' | 'escalateTo'>;
  /** What the settings of now ask for. */
  policy: ApprovalPolicy;
  settings: Pick<Settings, 'people' | 'serviceUsers' | 'delegations'>;
  escalatedAt: Date | null;
  /** USD a month of everything that policies have approved by themselves for the team, this included. */
  automaticCost: number;
};

type Refusal = { code: string; detail: string };
const refusal = (code: string, detail: string): Refusal => ({ code, detail });
const changed = (detail: string) => refusal('approvers-changed', detail);

/**
 * The last look before the point of no return: did other people than the requester, each of whom may still decide, sign
 * exactly this plan, as many as the plan and the settings of now ask for? Anything else refuses.
 */
export function confirmApproval(input: ToConfirm): Confirmation {
  if (input.cancelled) return { outcome: 'cancelled' };
  const refused = refusePapers(input) ?? refuseRequesters(input) ?? refuseApprovers(input);
  return refused ? { outcome: 'refused', ...refused } : { outcome: 'confirmed' };
}

/** Is what was recorded genuine, a yes, and for this plan? */
function refusePapers(input: ToConfirm): Refusal | undefined {
  const { decisions, planDigest, askedDigest } = input;
  if (decisions.length === 0) return refusal('no-approval', 'No approval is recorded for this request.');
  if (!decisions.every((d) => d.signatureValid))
    return refusal('approval-forged', 'A recorded approval does not carry our signature.');
  if (input.verdict === 'denied' || decisions.some((d) => d.decision !== 'approve'))
    return refusal('not-approved', 'The recorded decision is not an approval.');
  if (input.verdict === undefined)
    return refusal('approval-incomplete', 'Not everybody who has to approve has done so.');
  if (decisions.some((d) => d.planDigest !== planDigest || d.planDigest !== askedDigest))
    return refusal('plan-differs', 'The approval was given for another plan.');
  if (!input.open) return refusal('ended', 'The request has ended and holds nothing any longer.');
  if (input.outdated !== undefined) return refusal('plan-outdated', input.outdated);
  return undefined;
}

/** Whoever asked may have got another identity, or another owner, since. */
function refuseRequesters({ decisions, settings, requestedBy }: ToConfirm): Refusal | undefined {
  const own = decisions.some(({ decidedBy, onBehalfOf, via }) =>
    via === 'policy'
      ? false
      : [decidedBy, ...(onBehalfOf === null ? [] : [onBehalfOf])].some((name) =>
          sharePerson(settings, name, requestedBy),
        ),
  );
  return own ? refusal('self-approval', 'The person who asked may not approve.') : undefined;
}

function refuseApprovers(input: ToConfirm): Refusal | undefined {
  const { decisions, planned, policy, settings } = input;
  if (decisions.some((d) => d.via === 'policy')) return refuseAutomatic(input);
  const claims = new Map<FoundDecision, Claim>();
  for (const decision of decisions) {
    const claim = claimNow(input, decision);
    if ('code' in claim) return claim;
    claims.set(decision, claim);
  }
  if (openStage(planned.stages, decisions, settings) < planned.stages.length)
    return refusal('approval-incomplete', 'Fewer different people have approved than the plan asks for.');
  const counts = (voice: readonly FoundDecision[], stage: number) =>
    voice.some((d) => stillFor(rulesAt(input, d), claims.get(d) as Claim, stage));
  if (!fits(policy.stages, voices(decisions, settings), counts))
    return changed(
      `The approval policy ${policy.name} has come into force since and asks for more: ${asksFor(policy)}.`,
    );
  return undefined;
}

const asksFor = ({ stages }: ApprovalPolicy): string =>
  stages.map(({ name, quorum }) => `${quorum} at ${name}`).join(', ');

/** Who escalates is a matter of time: what was decided before it was due does not count by it. */
const rulesAt = (input: ToConfirm, { decidedAt }: Decision): Rules => ({
  planned: input.planned,
  policy: input.policy,
  team: input.team,
  directory: input.settings,
  escalated: input.escalatedAt !== null && input.escalatedAt.getTime() <= Date.parse(decidedAt),
});

/** By what they may decide now: the same claim, with the teams and roles of now. */
function claimNow(input: ToConfirm, decision: FoundDecision): Claim | Refusal {
  const { settings, requestedBy } = input;
  const { decidedBy, standing } = decision;
  const bar = standing && barOf(settings, standing, requestedBy);
  if (!standing || bar) return changed(`${decidedBy} may not decide any more.`);
  const claim = decision.onBehalfOf === null ? ownClaim(standing) : absentNow(input, decision);
  if (!claim) return changed(`${decidedBy} may not decide for ${decision.onBehalfOf} any more.`);
  const rules = rulesAt(input, decision);
  return plannedFor(rules, claim, decision.stage ?? 0) && stillAmong(rules, claim)
    ? claim
    : changed(`${decision.onBehalfOf ?? decidedBy} is not among those who may decide any more.`);
}

function absentNow({ settings, requestedBy }: ToConfirm, decision: FoundDecision): Claim | undefined {
  const { absent, onBehalfOf, decidedBy, decidedAt } = decision;
  if (!absent || onBehalfOf === null || barOf(settings, absent, requestedBy)) return undefined;
  const places = absentFor(settings.delegations, settings, decidedBy, Date.parse(decidedAt));
  return places.some((place) => sharePerson(settings, place, onBehalfOf)) ? claimOf(absent) : undefined;
}

/** Nobody was asked: then it has to be so still. */
function refuseAutomatic(input: ToConfirm): Refusal | undefined {
  const { decisions, planned, policy } = input;
  const [only, ...more] = decisions;
  if (more.length > 0 || !planned.automatic || only?.decidedBy !== policyActor(planned.policy))
    return refusal('approval-forged', 'A policy has approved what the plan leaves to people.');
  if (!policy.automatic)
    return changed(`The approval policy ${policy.name} has come into force since and asks people.`);
  if (input.automaticCost > policy.automatic.teamMonthlyCostAtMost)
    return changed(
      `What is approved automatically for the team costs ${input.automaticCost.toFixed(2)} USD a month; the policy allows ${policy.automatic.teamMonthlyCostAtMost} by now.`,
    );
  return undefined;
}

/** Who decides when a policy does. */
export const policyActor = (policy: string): string => `policy:${policy}`;

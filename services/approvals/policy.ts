import { DEFAULT_SETTINGS } from '../settings/defaults.ts';
import type { ApprovalPolicy, PolicyConditions, Settings } from '../settings/settings.schema.ts';
import type { PolicyFacts } from './approvals.schema.ts';

/**
 * The first policy whose conditions hold. Where none does, it is decided as in an installation whose settings nobody has
 * changed: one person other than the requester. So a gap in the policies never lets anything through by itself, and never
 * locks anybody out either, least of all those who would mend the gap.
 */
export function policyFor({ policies }: Pick<Settings, 'policies'>, facts: PolicyFacts): ApprovalPolicy {
  const found = [...policies, ...DEFAULT_SETTINGS.policies].find(({ when }) => holds(when, facts));
  if (!found) throw new Error('the default policies leave nothing undecided');
  return found;
}

/** Does any policy look for this team? All that none looks for are treated alike. */
export const isSingledOut = ({ policies }: Pick<Settings, 'policies'>, team: string): boolean =>
  [...policies, ...DEFAULT_SETTINGS.policies].some(({ when }) => when.teams?.includes(team));

function holds(when: PolicyConditions, facts: PolicyFacts): boolean {
  return (
    (when.kinds === undefined || (when.kinds as string[]).includes(facts.kind)) &&
    (when.teams === undefined || when.teams.includes(facts.team)) &&
    (when.organizationalUnitIds === undefined ||
      facts.organizationalUnitIds.some((id) => when.organizationalUnitIds?.includes(id))) &&
    (when.blueprints === undefined ||
      (facts.blueprint !== null && when.blueprints.includes(facts.blueprint))) &&
    (when.guardrailExceptions === undefined || when.guardrailExceptions === facts.guardrailExceptions) &&
    (when.monthlyCost === undefined || costs(when.monthlyCost, facts.monthlyCost))
  );
}

/** What has no known cost is neither cheap nor dear. */
function costs(
  { over, atMost }: NonNullable<PolicyConditions['monthlyCost']>,
  amount: number | null,
): boolean {
  if (amount === null) return false;
  return (over === undefined || amount > over) && (atMost === undefined || amount <= atMost);
}

/** The word that the list of organizational units has for a policy. */
export const approvalWord = ({ automatic, stages }: ApprovalPolicy): 'automatic' | 'one' | 'quorum' =>
  automatic ? 'automatic' : stages.reduce((sum, { quorum }) => sum + quorum, 0) === 1 ? 'one' : 'quorum';

import type { AccountDriftInput } from '../../workflows/account-drift/input.schema.ts';
import { DETECTIVE_COMPONENT } from '../../workflows/blueprints/components.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';

/** What an account is to be compared with: the plan that it follows. */
export function checkInput(
  checkId: string,
  accountId: string,
  plan: Pick<AccountPlan, 'account' | 'organization' | 'components' | 'guardrails'>,
): AccountDriftInput {
  const { preventive, detective, inherited, identifiers } = plan.guardrails;
  const carried = (region: string) =>
    detective.filter(({ regions }) => regions.includes(region)).map(({ control }) => control);
  return {
    checkId,
    accountId,
    unitId: plan.account.organizationalUnitId,
    unitArn: plan.organization.organizationalUnitArn,
    stacks: plan.components.flatMap(({ name, mode, stackName, templateDigest }) =>
      mode === 'deploy' && stackName !== undefined && templateDigest !== undefined
        ? [{ name, stackName, templateDigest }]
        : [],
    ),
    instances: plan.components.flatMap(({ name, mode, stackSetName, region }) =>
      mode === 'deploy' && stackSetName !== undefined
        ? [{ name, stackSetName, region, controls: name === DETECTIVE_COMPONENT ? carried(region) : [] }]
        : [],
    ),
    policies: preventive.map(({ policyName, controls, content }) => ({ policyName, controls, content })),
    rules: detective.map(({ ruleName, control }) => ({ ruleName, control })),
    controls: inherited,
    ...(identifiers ? { identifiers } : {}),
  };
}

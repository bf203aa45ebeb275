import { policySlots } from '../guardrails/slots.ts';
import { canonicalJson } from '../kernel/canonical-json.ts';
import type { PlanningContext, Refuse } from '../planning/context.ts';
import { checkLockout } from '../planning/lockout-check.ts';
import { ALWAYS_ATTACHED } from '../planning/pack-guardrails.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import type { Unit } from '../reconciliation/organization.ts';

type Plan = Omit<AccountPlan, 'digest'>;
type Known = Pick<PlanningContext, 'snapshot' | 'catalogue' | 'callsAfterGuardrails' | 'stackTemplates'>;

/** What the workflow could not carry out, or not without harm, although the plan of the account is sound. */
export function refuseChange(before: Plan, after: Plan, unit: Unit, known: Known, refuse: Refuse): void {
  refuseModes(before, after, refuse);
  refuseAccess(before, after, refuse);
  const together = policiesOf(before, after);
  refuseSlots(together, known, refuse);
  // Of the new ones alone planning has made sure.
  if (together.length === after.guardrails.preventive.length) return;
  const packed = { policies: together, owners: {}, arrangement: 'stable' as const };
  checkLockout({ packed }, unit, [...before.components, ...after.components], known, refuse);
}

/**
 * What Control Tower makes and what a stack of ours would make stand in one another's place (an account has one recorder
 * in a Region), and nothing says who takes the one away first, nor who records meanwhile.
 */
function refuseModes(before: Plan, after: Plan, refuse: Refuse): void {
  const modesOf = ({ components }: Plan) => new Map(components.map(({ name, mode }) => [name, mode]));
  const now = modesOf(after);
  for (const [name, was] of modesOf(before)) {
    const is = now.get(name);
    if (is !== undefined && is !== was)
      refuse(
        '/blueprint/name',
        `${name} is ${MODE_WORDS[was]} now and would be ${MODE_WORDS[is]}: one cannot take the other's place in a standing account without a gap`,
      );
  }
  if (before.components.some(isExecutionRole) && !after.components.some(isExecutionRole))
    refuse(
      '/blueprint/name',
      'has no execution-role, with which every other stack of the account is made and removed',
    );
}

const MODE_WORDS = { deploy: 'a stack of its own', verify: 'made by Control Tower' } as const;
const isExecutionRole = ({ name }: { name: string }) => name === 'execution-role';

function refuseAccess(before: Plan, after: Plan, refuse: Refuse): void {
  const [was, now] = [accessOf(before), accessOf(after)];
  const without = (all: typeof was, others: typeof was) =>
    [...all].flatMap(([key, words]) => (others.has(key) ? [] : [words]));
  const different = [
    ...without(now, was).map((words) => `${words} is new`),
    ...without(was, now).map((words) => `${words} would go`),
  ];
  if (different.length > 0)
    refuse(
      '/blueprint/parameters/identity-center',
      `who gets into the account would change, which is not available in this version: ${different.join('; ')}`,
    );
}

/** What is compared, and what it is called. */
const accessOf = ({ access, permissionSets }: Plan): Map<string, string> =>
  new Map([
    ...access.map(({ principal, permissionSet }): [string, string] => {
      const words = `${principal} with ${permissionSet}`;
      return [words, words];
    }),
    ...permissionSets.map(({ permissionSetArn: _, ...one }): [string, string] => [
      canonicalJson(one),
      `the content of the permission set ${one.name}`,
    ]),
  ]);

/** The old ones come off after the new ones are on, so that no guardrail is away in between. */
function policiesOf(before: Plan, after: Plan): Plan['guardrails']['preventive'] {
  const all = [...after.guardrails.preventive, ...before.guardrails.preventive];
  return [...new Map(all.map((one) => [one.policyName, one])).values()];
}

function refuseSlots(together: readonly unknown[], { snapshot }: Known, refuse: Refuse): void {
  const { quota, usedBy, maxPolicies } = policySlots(snapshot.quotas, ALWAYS_ATTACHED);
  if (together.length > maxPolicies)
    refuse(
      '/guardrails',
      `the new policies are attached before the old ones are detached, which takes ${together.length} slots for a while, but ${maxPolicies} are free for them (${quota} policies may be attached to an account, ${usedBy.length} slots are for ${usedBy.join(', ')}): change fewer guardrails at once`,
    );
}

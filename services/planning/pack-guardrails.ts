import { attachmentOf } from '../guardrails/catalogue.ts';
import type { ChosenControl } from '../guardrails/choose.ts';
import { QUARANTINE_POLICY_NAME } from '../guardrails/fence.ts';
import { type Packed, type PackRefusal, packPolicies } from '../guardrails/pack.ts';
import { reachesBelow } from '../guardrails/reach.ts';
import { type PolicySlots, policySlots } from '../guardrails/slots.ts';
import { chainOf, type Unit } from '../reconciliation/organization.ts';
import type { PlanningContext, Refuse } from './context.ts';
import { recallNothing } from './recall.ts';

export type PackedGuardrails = { packed: Packed; inherited: string[]; detective: ChosenControl[] };

/** What every account of ours carries, or may have to carry again: AWS's own policy, and the fence. */
export const ALWAYS_ATTACHED = ['FullAWSAccess', QUARANTINE_POLICY_NAME] as const;

/**
 * What the OU chain enforces is inherited; mandatory controls that it lacks come on the account with the requested ones.
 *
 * @param attached names of the policies that stay on the account beside the packed ones; more than the always attached
 *   ones for an account that is there already
 */
export function packGuardrails(
  own: readonly ChosenControl[],
  unit: Unit,
  context: PlanningContext,
  refuse: Refuse,
  attached: readonly string[] = ALWAYS_ATTACHED,
): PackedGuardrails | undefined {
  // The limits are those of the snapshot.
  const key = JSON.stringify([unit.id, own.map((g) => [g.control.id, g.parameters]), attached]);
  const { recall = recallNothing } = context;
  const found = recall(context.snapshot, 'packing', key, () => pack(own, unit, context, attached));
  if (typeof found !== 'string') return found;
  refuse('/guardrails', found);
  return undefined;
}

/** @returns why they do not fit, in words, when they do not */
function pack(
  own: readonly ChosenControl[],
  unit: Unit,
  { snapshot, catalogue }: PlanningContext,
  attached: readonly string[],
): PackedGuardrails | string {
  const chain = chainOf(snapshot, unit.id);
  // A rule of a unit above is not in the accounts down here; a policy is.
  const reaches = (id: string, above: number): boolean => {
    const control = catalogue.byId.get(id);
    return above === 0 || control === undefined || reachesBelow(control);
  };
  const onChain = new Set(
    chain.flatMap((u, above) =>
      u.controls.filter((c) => c.status === 'SUCCEEDED' && reaches(c.id, above)).map((c) => c.id),
    ),
  );
  const mandatory = catalogue.controls.filter(
    (c) => c.guidance === 'mandatory' && c.defaultScope === 'all-ous',
  );
  const missing = mandatory.filter((c) => !onChain.has(c.id)).map((control) => ({ control, parameters: {} }));
  const wanted = [...missing, ...own.filter((g) => !onChain.has(g.control.id))];
  const slots = policySlots(snapshot.quotas, attached);
  const packed = packPolicies(
    wanted.filter((g) => attachmentOf(g.control) === 'policy'),
    slots,
  );
  if ('refused' in packed) return doNotFit(packed, slots);
  // The OU's controls that the catalogue knows, by id: what the read-back will look for.
  const inherited = [...onChain].filter((id) => catalogue.byId.has(id)).sort();
  return { packed, inherited, detective: wanted.filter((g) => attachmentOf(g.control) === 'rule') };
}

/** Says who has the slots, and what has none. */
function doNotFit({ refused }: PackRefusal, { quota, usedBy, maxCharacters }: PolicySlots): string {
  const limits = `${quota} policies of ${maxCharacters} characters may be attached to an account`;
  const used = usedBy.length > 0 ? `, ${usedBy.length} slots are used by ${usedBy.join(', ')}` : '';
  return `${refused.reason} (${limits}${used}): ${refused.controls.join(', ')} ${refused.controls.length === 1 ? 'does' : 'do'} not fit`;
}

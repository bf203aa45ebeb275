import { attachmentOf } from '../guardrails/catalogue.ts';
import type { ChosenControl } from '../guardrails/choose.ts';
import { lockedOut } from '../guardrails/lockout.ts';
import { type Packed, packPolicies } from '../guardrails/pack.ts';
import { chainOf, type Unit } from '../reconciliation/organization.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import type { PlanningContext, Refuse } from './context.ts';

export type PackedGuardrails = { packed: Packed; inherited: string[]; detective: ChosenControl[] };

/** What the OU chain enforces is inherited; mandatory controls that it lacks come on the account with the requested ones. */
export function packGuardrails(
  own: readonly ChosenControl[],
  unit: Unit,
  context: PlanningContext,
  refuse: Refuse,
): PackedGuardrails | undefined {
  const { snapshot, catalogue } = context;
  const chain = chainOf(snapshot, unit.id);
  const onChain = new Set(
    chain.flatMap((u) => u.controls.filter((c) => c.status === 'SUCCEEDED').map((c) => c.id)),
  );
  const mandatory = catalogue.controls.filter(
    (c) => c.guidance === 'mandatory' && c.defaultScope === 'all-ous',
  );
  const missing = mandatory.filter((c) => !onChain.has(c.id)).map((control) => ({ control, parameters: {} }));
  const wanted = [...missing, ...own.filter((g) => !onChain.has(g.control.id))];
  const slots = policySlots(snapshot);
  const packed = packPolicies(
    wanted.filter((g) => attachmentOf(g.control) === 'policy'),
    slots,
  );
  if ('refused' in packed) {
    refuse('/guardrails', `${packed.refused.reason}: ${packed.refused.controls.join(', ')} do not fit`);
    return undefined;
  }
  for (const locked of lockedOut({
    packed,
    chain: [],
    calls: context.callsAfterGuardrails,
    account: {
      accountId: '000000000000',
      homeRegion: snapshot.homeRegion,
      organizationPaths: [organizationPath(snapshot, chain)],
    },
    controlsBySid: catalogue.bySid,
  })) {
    const controls = locked.by.flatMap((b) => b.controls).join(', ');
    refuse(
      '/guardrails',
      `${controls || 'a guardrail'} would deny ${locked.action} to the workflow itself, so the vend could not finish`,
    );
  }
  // The OU's controls that the catalogue knows, by id: what the read-back will look for.
  const inherited = [...onChain].filter((id) => catalogue.byId.has(id)).sort();
  return { packed, inherited, detective: wanted.filter((g) => attachmentOf(g.control) === 'rule') };
}

/** `o-…/r-…/ou-…/ou-…/` */
const organizationPath = (snapshot: OrganizationSnapshot, chain: readonly Unit[]): string =>
  `${[snapshot.organizationId, ...chain.map((u) => u.id).reverse()].join('/')}/`;

/** Live limits, less what an account carries anyway: FullAWSAccess and the quarantine policy. */
function policySlots(snapshot: OrganizationSnapshot): { maxPolicies: number; maxCharacters: number } {
  const quota = (pattern: RegExp, fallback: number) =>
    snapshot.quotas.find((q) => q.service === 'organizations' && pattern.test(q.name))?.value ?? fallback;
  return {
    maxPolicies: Math.max(0, quota(/service control polic.*(attached|per|target|account)/i, 5) - 2),
    maxCharacters: quota(/service control polic.*(size|characters|length)/i, 5_120),
  };
}

import type { PolicyLimits } from './pack.ts';

type Quota = { service: string; name: string; value: number };

export type PolicySlots = PolicyLimits & {
  /** How many policies AWS lets be attached to one target. */
  quota: number;
  /** What takes slots already, by name. */
  usedBy: string[];
};

/** What a target had before AWS raised the limits in 2026; for an organization whose quotas do not say. */
export const LEAST = { policies: 5, characters: 5_120 };

/** Organizations names its quotas, their codes have changed before. */
export const POLICIES_PER_TARGET = /service control polic.*(attached|per|target|account)/i;
export const CHARACTERS = /service control polic.*(size|characters|length)/i;

/**
 * The slots that our policies may take on an account: the live quota, less everything that is attached at the account
 * itself. What hangs on its units takes none of them: each target has its own.
 *
 * @param attached names of the policies that stay on the account beside ours, FullAWSAccess and the fence among them
 */
export function policySlots(quotas: readonly Quota[], attached: readonly string[]): PolicySlots {
  const live = (name: RegExp): number | undefined =>
    quotas.find((quota) => quota.service === 'organizations' && name.test(quota.name))?.value;
  const usedBy = [...new Set(attached)];
  const quota = live(POLICIES_PER_TARGET) ?? LEAST.policies;
  return {
    maxPolicies: Math.max(0, quota - usedBy.length),
    maxCharacters: live(CHARACTERS) ?? LEAST.characters,
    quota,
    usedBy,
  };
}

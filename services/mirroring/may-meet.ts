import type { MirrorProfile } from './profile.schema.ts';

type Sources = MirrorProfile['sources'];

/**
 * Whether there may be an interface that both are for. Only what rules it out says no: a tag that is to have two values, or
 * tiers that no subnet is both of.
 */
export function mayMeet(a: Sources, b: Sources): boolean {
  if (a.select === 'tags' && b.select === 'tags')
    return Object.entries(a.tags).every(([key, value]) => b.tags[key] === undefined || b.tags[key] === value);
  if (a.select === 'subnets' && b.select === 'subnets') return a.tiers.some((tier) => b.tiers.includes(tier));
  return true;
}

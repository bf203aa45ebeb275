import type { PlanningContext } from './context.ts';

/** An account that is there: planned again, it is in nobody's way, least of all its own. */
export type Standing = {
  /** The block of its VPC, which it keeps; null without one. */
  vpcCidr: string | null;
};

/** The context for planning an account again: its address, its name and its block are its own. */
export const asStanding = (context: PlanningContext, { vpcCidr }: Standing): PlanningContext => ({
  ...context,
  emailTakenBy: undefined,
  nameTakenBy: undefined,
  // No account is made.
  accountsUsed: 0,
  ...(vpcCidr === null
    ? {}
    : { takenBlocks: [], takenSpans: [], settings: { ...context.settings, cidrPools: [vpcCidr] } }),
});

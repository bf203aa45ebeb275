import { z } from 'zod';

/** What a collection says that it saw. Each policy that it looked at is in one of the lists at most. */
export const PoliciesCollected = z.strictObject({
  collectionId: z.string(),
  deleted: z.array(z.string()),
  unattached: z.array(z.string()),
  /** The first hundred that could not be looked at or deleted, with AWS's words. */
  trouble: z.array(z.strictObject({ policyName: z.string(), error: z.string(), cause: z.string() })),
  /** How many policies were not looked at in this run. */
  left: z.number().int().nonnegative(),
});
export type PoliciesCollected = z.infer<typeof PoliciesCollected>;

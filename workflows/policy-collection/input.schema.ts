import { z } from 'zod';

/** A policy that the packer made: `jetway-` and the beginning of its content's digest. */
const policyName = z.string().regex(/^jetway-[0-9a-f]{12}$/);

/** Input of a `policy-collection` execution. */
export const PolicyCollectionInput = z.strictObject({
  collectionId: z.string().min(1).max(80),
  /** Policies of requests that are under way: they may be needed in a moment. */
  keep: z.array(policyName),
  /** What the collection before saw unattached; nothing else is deleted. */
  candidates: z.array(policyName),
});
export type PolicyCollectionInput = z.infer<typeof PolicyCollectionInput>;

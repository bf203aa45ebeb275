import { z } from 'zod';

/** The hub of the landing zone, in the home Region: infra/aws/mirror-hub.template.json makes one. */
export const MirrorHub = z.strictObject({
  /** A mirror target that is shared with the organization. */
  targetId: z.string().regex(/^tmt-[0-9a-f]{8,17}$/, 'is not the id of a mirror target (tmt-…)'),
  /** The block of its VPC, which route tables have to lead to. Null: the target lies in the account's VPC. */
  cidr: z.cidrv4().nullable(),
});
export type MirrorHub = z.output<typeof MirrorHub>;

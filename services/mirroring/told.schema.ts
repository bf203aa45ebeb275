import { z } from 'zod';

export const COVERAGE_STATES = ['MIRRORING', 'ARMED', 'UNSUPPORTED', 'LIMIT'] as const;

/** What a run of `mirror-attach` says: MirrorSessionChanged. A look at many interfaces says it in parts. */
export const MirrorTold = z.object({
  status: z.enum(['ARMED', 'NOT_ARMED']),
  reason: z.string().optional(),
  profile: z.string(),
  targetId: z.string(),
  /** Where the interfaces are. */
  region: z.string().default('global'),
  /** Start of the run in milliseconds; the same in all of its parts. */
  look: z.number().int(),
  /** Of the whole account; else of one instance. */
  whole: z.boolean(),
  /** Of a look at the account: its place among the parts, and whether it is the last. One part was the whole of it before. */
  part: z.number().int().default(0),
  last: z.boolean().default(true),
  /** There was more to do than one run does. */
  more: z.boolean().default(false),
  /** When the filters were armed that the run worked with. */
  armed: z.number().int().default(0),
  instanceId: z.string(),
  items: z.array(
    z.object({
      networkInterfaceId: z.string(),
      /** Which of the account's profiles asks for it; without it there is one. */
      profile: z.string().optional(),
      instanceId: z.string(),
      instanceType: z.string(),
      /** Of its zone, or of the hub; missing in facts from before zones had targets. */
      targetId: z.string().optional(),
      state: z.enum([...COVERAGE_STATES, 'GONE']),
      reason: z.string().optional(),
      sessionId: z.string().optional(),
      sessionNumber: z.number().int().optional(),
      virtualNetworkId: z.number().int().optional(),
    }),
  ),
});
export type MirrorTold = z.infer<typeof MirrorTold>;

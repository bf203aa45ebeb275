import { z } from 'zod';
import { SESSIONS_PER_INTERFACE } from '../../services/mirroring/evaluate.schema.ts';
import {
  PlannedFilterRule,
  SessionNumber,
  VirtualNetworkId,
} from '../../services/mirroring/filter.schema.ts';
import { ZoneTargets } from '../../services/mirroring/hub.ts';

const accountId = z.string().regex(/^\d{12}$/);

const MirrorReconcileProfile = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  sessionNumber: SessionNumber,
  packetLength: z.int().min(1).max(8_500).optional(),
  virtualNetworkId: VirtualNetworkId.optional(),
  /** Interfaces with all of these tags; none: every one. */
  tags: z.record(z.string().min(1).max(90), z.string().max(256)).default({}),
  /** Interfaces in subnets of these tiers, as the blueprint's VPC names them; none: in every one. */
  tiers: z.array(z.enum(['public', 'private', 'isolated'])).default([]),
  networkServices: z.array(z.literal('amazon-dns')),
  rules: z.array(PlannedFilterRule).max(10),
});
export type MirrorReconcileProfile = z.infer<typeof MirrorReconcileProfile>;

/** What the interfaces of an account are to have: profiles as its plan froze them, and where the copies go. */
export const MirrorReconcileInput = z.strictObject({
  accountId,
  /** The one with the lowest number first. None: whatever is there of Jetway goes. */
  profiles: z.array(MirrorReconcileProfile).max(SESSIONS_PER_INTERFACE),
  /** There wherever there is a profile. */
  targetId: z
    .string()
    .regex(/^tmt-[0-9a-f]+$/)
    .optional(),
  /** Targets by the id of their zone; interfaces of other zones send to `targetId`. */
  zones: ZoneTargets.optional(),
  /** Where copies are sent from the VPC; left out where the target lies in the VPC itself: no route is looked for then. */
  hubCidr: z.cidrv4().optional(),
});
export type MirrorReconcileInput = z.infer<typeof MirrorReconcileInput>;

import { z } from '@hono/zod-openapi';
import {
  MirrorFilter,
  NLB_PACKET_LENGTH,
  PacketLength,
  SessionNumber,
  VirtualNetworkId,
} from './filter.schema.ts';

/** Which interfaces of an account: every one, those with all of the tags, or those in subnets of a tier. */
export const MirrorSources = z.discriminatedUnion('select', [
  z.strictObject({ select: z.literal('all') }),
  z.strictObject({
    select: z.literal('tags'),
    tags: z
      .record(z.string().min(1).max(128), z.string().max(256))
      .refine((tags) => Object.keys(tags).length > 0, 'names no tag'),
  }),
  z.strictObject({
    select: z.literal('subnets'),
    tiers: z.array(z.enum(['public', 'private', 'isolated'])).min(1),
  }),
]);

/** profiles/<name>.json: what is mirrored, of which interfaces, and before which other sessions. */
export const MirrorProfile = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'is not a name of small letters, digits and -'),
    title: z.string().min(1).max(100),
    description: z.string().min(1).max(1_000),
    /** The priority: of an interface's sessions the lowest number is asked first. */
    sessionNumber: SessionNumber,
    /** Absent: whole packets, up to what the target takes. */
    packetLength: PacketLength.max(
      NLB_PACKET_LENGTH,
      `is over ${NLB_PACKET_LENGTH}, the most for the Network Load Balancer of the hub`,
    ).optional(),
    /** Absent: AWS picks one for each session. */
    virtualNetworkId: VirtualNetworkId.optional(),
    sources: MirrorSources,
    /** Which part of an instance's traffic the filter is thought to accept; 0 to 1. For capacity only. */
    expectedShare: z.number().min(0).max(1),
    filter: MirrorFilter,
  })
  .refine(
    ({ filter }) =>
      (filter.networkServices?.length ?? 0) > 0 || filter.rules.some(({ action }) => action === 'accept'),
    { path: ['filter', 'rules'], error: 'accept nothing, and no network service is named' },
  );
export type MirrorProfile = z.output<typeof MirrorProfile>;

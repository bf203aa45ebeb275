import { z } from '@hono/zod-openapi';
import { Address, Port, VirtualNetworkId } from './filter.schema.ts';
import { MOST_TOLD } from './vxlan.ts';

/** What a copy says of its packet, as `decodeVxlan` reads it. What the packet carried is not told. */
const HeardPacket = z.strictObject({
  family: z.enum(['IPv4', 'IPv6']),
  protocol: z.int().min(0).max(255),
  sourceIp: Address,
  destinationIp: Address,
  sourcePort: Port.optional(),
  destinationPort: Port.optional(),
  /** Bytes of the packet as its header says it, and how many of them the copy has. */
  length: z.int().min(0).max(65_575),
  copied: z.int().min(0).max(65_575),
});

const HeardCopy = z.strictObject({
  /** The outer source address: the primary one of the interface that is mirrored. */
  from: Address,
  vni: VirtualNetworkId,
  packet: HeardPacket,
});
export type HeardCopy = z.output<typeof HeardCopy>;

/** What a sink at a hub has heard, the oldest first. */
export const HeardCopies = z.strictObject({ items: z.array(HeardCopy).min(1).max(MOST_TOLD) });

export const MirrorSample = z
  .object({
    heardAt: z.string(),
    toldBy: z.string(),
    from: z.string(),
    vni: z.number().int(),
    packet: HeardPacket,
    truncated: z.boolean(),
    /** Sessions of Jetway that have this VNI now, the first of them: AWS picks VNIs that are unique in their account only. */
    sessions: z.array(
      z.object({
        accountId: z.string(),
        accountName: z.string(),
        networkInterfaceId: z.string(),
        sessionId: z.string(),
        sessionNumber: z.number().int().nullable(),
        profile: z.string(),
      }),
    ),
    sessionsWithVni: z.number().int(),
  })
  .openapi('MirrorSample');
export type MirrorSample = z.output<typeof MirrorSample>;

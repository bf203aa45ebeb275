import { z } from '@hono/zod-openapi';
import { parseAddress } from './address.ts';
import {
  Address,
  Cidr,
  MirrorFilter,
  NLB_PACKET_LENGTH,
  PacketLength,
  Port,
  Protocol,
  SessionNumber,
} from './filter.schema.ts';

/** AWS: not adjustable. */
export const SESSIONS_PER_INTERFACE = 3;

/** Where copies go. An appliance's interface has an MTU of its own; the two others have AWS's limits. */
const MirrorTarget = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('network-interface'),
    mtu: z.int().min(576).max(9_001).optional(),
  }),
  z.strictObject({ type: z.literal('network-load-balancer') }),
  z.strictObject({ type: z.literal('gateway-load-balancer-endpoint') }),
]);

const EvaluatedSession = z
  .strictObject({
    sessionNumber: SessionNumber,
    packetLength: PacketLength.optional(),
    filter: MirrorFilter,
    target: MirrorTarget.optional(),
  })
  .refine(
    ({ target, packetLength = 1 }) =>
      target?.type !== 'network-load-balancer' || packetLength <= NLB_PACKET_LENGTH,
    { path: ['packetLength'], error: `is over ${NLB_PACKET_LENGTH}, the most for a Network Load Balancer` },
  );
export type EvaluatedSession = z.output<typeof EvaluatedSession>;

const MirroredPacket = z
  .strictObject({
    direction: z.enum(['ingress', 'egress']),
    protocol: Protocol,
    sourceIp: Address,
    destinationIp: Address,
    sourcePort: Port.optional(),
    destinationPort: Port.optional(),
    /** Bytes. Without it nothing can be said of truncation. */
    length: z.int().min(1).max(65_575).optional(),
  })
  .refine(
    ({ sourceIp, destinationIp }) => {
      const [source, destination] = [parseAddress(sourceIp), parseAddress(destinationIp)];
      return !source || !destination || source.family === destination.family;
    },
    { path: ['destinationIp'], error: 'is of another IP family than sourceIp' },
  );
export type MirroredPacket = z.output<typeof MirroredPacket>;

const Sessions = z
  .array(EvaluatedSession)
  .max(SESSIONS_PER_INTERFACE, `an interface has at most ${SESSIONS_PER_INTERFACE} sessions`)
  .superRefine((sessions, context) => {
    for (const [i, { sessionNumber }] of sessions.entries()) {
      if (sessions.findIndex((other) => other.sessionNumber === sessionNumber) === i) continue;
      const message = `is there twice: another session has the number ${sessionNumber}`;
      context.addIssue({ code: 'custom', path: [i, 'sessionNumber'], message });
    }
  });

export const MirrorWhatIf = z.strictObject({
  sessions: Sessions,
  packet: MirroredPacket,
  /** Blocks of the VPC: which address its resolver has. */
  vpcCidrs: z.array(Cidr).max(50).optional(),
});
export type MirrorWhatIf = z.output<typeof MirrorWhatIf>;

export const NetworkInterfaceId = z
  .string()
  .regex(/^eni-[0-9a-f]{8,17}$/, 'is not the id of a network interface (eni-…)');

/** The same for sessions that are told, or for the one that Jetway has made at a network interface. */
export const MirrorQuestion = z
  .strictObject({
    ...MirrorWhatIf.shape,
    sessions: Sessions.optional(),
    networkInterfaceId: NetworkInterfaceId.optional(),
  })
  .refine(
    ({ sessions, networkInterfaceId }) => (sessions === undefined) !== (networkInterfaceId === undefined),
    { path: ['sessions'], error: 'have to be given, or a networkInterfaceId; not both' },
  );

export const MirrorVerdict = z
  .object({
    mirrored: z.boolean(),
    sessionNumber: z.number().int().optional(),
    /** Absent where the network service amazon-dns takes the packet: no rule does. */
    ruleNumber: z.number().int().optional(),
    /** Bytes of the packet that are copied; absent when nothing is cut, and when the packet's length was not told. */
    truncatedTo: z.number().int().optional(),
  })
  .openapi('MirrorVerdict');
export type MirrorVerdict = z.infer<typeof MirrorVerdict>;

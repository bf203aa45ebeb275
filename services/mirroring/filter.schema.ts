import { z } from '@hono/zod-openapi';
import { parseAddress, parseBlock } from './address.ts';

/** Quotas of AWS: the page gives one figure for the filter and does not say that it holds per direction. */
const MAX_RULES = 10;
const TCP = 6;
const UDP = 17;
const NAMES = { icmp: 1, tcp: TCP, udp: UDP, icmpv6: 58 } as const;

export const hasPorts = (protocol: number | undefined): boolean => protocol === TCP || protocol === UDP;

/** An IANA number; the four names are for people. */
export const Protocol = z
  .union([z.int().min(0).max(255), z.enum(['icmp', 'tcp', 'udp', 'icmpv6'])], {
    error: 'is neither an IANA protocol number (0 to 255) nor icmp, tcp, udp or icmpv6',
  })
  .transform((protocol): number => (typeof protocol === 'number' ? protocol : NAMES[protocol]))
  .openapi({
    type: 'integer',
    minimum: 0,
    maximum: 255,
    description: 'IANA number, or icmp, tcp, udp, icmpv6',
  });

export const Port = z.int().min(0).max(65_535);

export const Address = z
  .string()
  .max(64)
  .refine((text) => parseAddress(text) !== undefined, 'is not an IPv4 or IPv6 address');

export const Cidr = z
  .string()
  .max(64)
  .refine((text) => parseBlock(text) !== undefined, 'is not a CIDR block (10.0.0.0/8, 2001:db8::/32)');

const PortRange = z.strictObject({ from: Port, to: Port });
const Ports = PortRange.refine(({ from, to }) => from <= to, { path: ['to'], error: 'is below `from`' });

export const FilterRule = z
  .strictObject({
    direction: z.enum(['ingress', 'egress']),
    /** Unique in its direction. AWS's model gives no range. */
    ruleNumber: z.int().min(1).max(2_147_483_647),
    action: z.enum(['accept', 'reject']),
    /** Absent: every protocol. */
    protocol: Protocol.optional(),
    sourceCidr: Cidr,
    destinationCidr: Cidr,
    /** Absent: all ports. */
    sourcePorts: Ports.optional(),
    destinationPorts: Ports.optional(),
    description: z.string().max(256).optional(),
  })
  .superRefine((rule, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const [source, destination] = [parseBlock(rule.sourceCidr), parseBlock(rule.destinationCidr)];
    if (source && destination && source.family !== destination.family) {
      refuse('destinationCidr', 'is of another IP family than sourceCidr: a rule is for one family');
    }
    if (hasPorts(rule.protocol)) return;
    for (const field of ['sourcePorts', 'destinationPorts'] as const) {
      if (rule[field]) refuse(field, 'needs the protocol TCP (6) or UDP (17): no other one has ports');
    }
  });
export type FilterRule = z.output<typeof FilterRule>;

/** A rule that was read: its protocol is a number. */
export const PlannedFilterRule = z.strictObject({
  direction: z.enum(['ingress', 'egress']),
  ruleNumber: z.number().int(),
  action: z.enum(['accept', 'reject']),
  protocol: z.number().int().optional(),
  sourceCidr: z.string(),
  destinationCidr: z.string(),
  sourcePorts: PortRange.optional(),
  destinationPorts: PortRange.optional(),
  description: z.string().optional(),
});

export const MirrorFilter = z
  .strictObject({
    networkServices: z
      .array(z.enum(['amazon-dns']))
      .refine((services) => new Set(services).size === services.length, 'names a service twice')
      .optional(),
    rules: z.array(FilterRule).max(MAX_RULES, `has more than ${MAX_RULES} rules, which is AWS's quota`),
  })
  .superRefine(({ rules }, context) => {
    const seen = new Set<string>();
    for (const [i, { direction, ruleNumber }] of rules.entries()) {
      const key = `${direction} ${ruleNumber}`;
      if (seen.has(key)) {
        const message = `is there twice: another ${direction} rule has the number ${ruleNumber}`;
        context.addIssue({ code: 'custom', path: ['rules', i, 'ruleNumber'], message });
      }
      seen.add(key);
    }
  });
export type MirrorFilter = z.output<typeof MirrorFilter>;

export const SessionNumber = z.int().min(1).max(32_766);
/** Bytes of the packet. What AWS takes at most depends on the target; no IP packet is longer than this. */
export const PacketLength = z.int().min(1).max(65_575);
/** RFC 7348: 24 bits. */
export const VirtualNetworkId = z.int().min(0).max(16_777_215);
/** botocore, CreateTrafficMirrorSession: the default with a Network Load Balancer, and the most that is accepted. */
export const NLB_PACKET_LENGTH = 8_500;

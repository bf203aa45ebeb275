import { contains, parseAddress, parseBlock } from './address.ts';
import type { EvaluatedSession, MirroredPacket, MirrorVerdict, MirrorWhatIf } from './evaluate.schema.ts';
import { type FilterRule, NLB_PACKET_LENGTH } from './filter.schema.ts';
import { isAmazonDns, isNeverMirrored } from './special-traffic.ts';

/** Bytes around the copy. AWS gives the two figures and does not say what they are made of. */
export const ENCAPSULATION = { IPv4: 54, IPv6: 74 } as const;
const GATEWAY_MTU = 8_500;

/**
 * Which session and rule would mirror this packet, and how many of its bytes. Sessions in the order of their numbers: the
 * first whose filter accepts the packet copies it, and no other does. Within a filter the rules of the packet's direction
 * in the order of their numbers: the first that matches decides, and without a match the session does not mirror. That a
 * reject leads on to the next session is assumed: AWS says "first session with a matching filter" and no more.
 *
 * @example evaluateMirroring({ sessions: [], packet }) // { mirrored: false }
 */
export function evaluateMirroring({ sessions, packet, vpcCidrs }: MirrorWhatIf): MirrorVerdict {
  if (isNeverMirrored(packet)) return { mirrored: false };
  for (const session of inOrder(sessions, ({ sessionNumber }) => sessionNumber)) {
    const { networkServices = [], rules } = session.filter;
    const ofService = networkServices.includes('amazon-dns') && isAmazonDns(packet, vpcCidrs);
    const rule = ofService ? undefined : firstMatch(rules, packet);
    if (!ofService && rule?.action !== 'accept') continue;
    return {
      mirrored: true,
      sessionNumber: session.sessionNumber,
      ...(rule ? { ruleNumber: rule.ruleNumber } : {}),
      ...truncation(session, packet),
    };
  }
  return { mirrored: false };
}

const inOrder = <T>(items: readonly T[], number: (item: T) => number): T[] =>
  [...items].sort((a, b) => number(a) - number(b));

const firstMatch = (rules: readonly FilterRule[], packet: MirroredPacket): FilterRule | undefined =>
  inOrder(rules, ({ ruleNumber }) => ruleNumber).find((rule) => matches(rule, packet));

/** A port that the packet has not, or that was not told, lies in no range. */
function matches(rule: FilterRule, packet: MirroredPacket): boolean {
  const within = (cidr: string, ip: string) => {
    const [block, address] = [parseBlock(cidr), parseAddress(ip)];
    return block !== undefined && address !== undefined && contains(block, address);
  };
  const among = (ports: FilterRule['sourcePorts'], port: number | undefined) =>
    ports === undefined || (port !== undefined && ports.from <= port && port <= ports.to);
  return (
    rule.direction === packet.direction &&
    (rule.protocol === undefined || rule.protocol === packet.protocol) &&
    within(rule.sourceCidr, packet.sourceIp) &&
    within(rule.destinationCidr, packet.destinationIp) &&
    among(rule.sourcePorts, packet.sourcePort) &&
    among(rule.destinationPorts, packet.destinationPort)
  );
}

function truncation(session: EvaluatedSession, packet: MirroredPacket): { truncatedTo?: number } {
  const most = Math.min(session.packetLength ?? Number.POSITIVE_INFINITY, mostFor(session, packet));
  return packet.length !== undefined && packet.length > most ? { truncatedTo: most } : {};
}

/** How many bytes of a packet the target takes; what surrounds the copy has to fit as well. */
function mostFor({ target }: EvaluatedSession, packet: MirroredPacket): number {
  const around = ENCAPSULATION[packet.sourceIp.includes(':') ? 'IPv6' : 'IPv4'];
  switch (target?.type) {
    case undefined:
      return Number.POSITIVE_INFINITY;
    case 'network-load-balancer':
      return NLB_PACKET_LENGTH;
    case 'gateway-load-balancer-endpoint':
      return GATEWAY_MTU - around;
    case 'network-interface':
      return (target.mtu ?? Number.POSITIVE_INFINITY) - around;
    default:
      return target satisfies never;
  }
}

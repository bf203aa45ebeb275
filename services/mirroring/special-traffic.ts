import { contains, isBasePlusTwo, parseAddress, parseBlock } from './address.ts';
import type { MirroredPacket } from './evaluate.schema.ts';
import { hasPorts } from './filter.schema.ts';

const UDP = 17;
/** Link-local addresses of services that every VPC has; IPv6 on Nitro instances. */
const DNS_RESOLVER = ['169.254.169.253', 'fd00:ec2::253'];
const INSTANCE_METADATA = ['169.254.169.254', 'fd00:ec2::254'];
const WINDOWS_ACTIVATION = ['169.254.169.250', '169.254.169.251', 'fd00:ec2::250'];
const DNS_PORT = 53;
const NTP_PORT = 123;
/** Of DHCP and of DHCPv6. */
const DHCP_PORTS = [67, 68, 546, 547];

const values = (addresses: readonly string[]) => new Set(addresses.map((a) => parseAddress(a)?.value));
const RESOLVER = values(DNS_RESOLVER);
const NEVER = values([...INSTANCE_METADATA, ...WINDOWS_ACTIVATION]);

/**
 * What AWS never copies, whatever the sessions say: instance metadata, Windows activation, DHCP, NTP. (ARP is no IP packet
 * and cannot be asked about.) AWS writes "NTP" without a server, so UDP port 123 of any server counts: assumed.
 */
export function isNeverMirrored(packet: MirroredPacket): boolean {
  const ends = [packet.sourceIp, packet.destinationIp].map((ip) => parseAddress(ip)?.value);
  if (ends.some((value) => NEVER.has(value))) return true;
  if (packet.protocol !== UDP) return false;
  const [from, to] = [packet.sourcePort, packet.destinationPort];
  const isDhcp = [from, to].every((port) => port !== undefined && DHCP_PORTS.includes(port));
  return isDhcp || from === NTP_PORT || to === NTP_PORT;
}

/**
 * Whether the packet is between an instance and the VPC's own resolver, which is what `amazon-dns` means.
 * @param vpcCidrs blocks of the VPC; without them a private IPv4 address that ends in .2 is taken for its resolver
 */
export function isAmazonDns(packet: MirroredPacket, vpcCidrs: readonly string[] | undefined): boolean {
  if (!hasPorts(packet.protocol)) return false;
  const [ip, port] =
    packet.direction === 'egress'
      ? [packet.destinationIp, packet.destinationPort]
      : [packet.sourceIp, packet.sourcePort];
  const address = parseAddress(ip);
  if (!address || port !== DNS_PORT) return false;
  if (RESOLVER.has(address.value)) return true;
  const inside = (cidrs: readonly string[]) => cidrs.map(parseBlock).filter((block) => block !== undefined);
  if (vpcCidrs) return inside(vpcCidrs).some((block) => isBasePlusTwo(block, address));
  return ip.endsWith('.2') && inside(PRIVATE).some((block) => contains(block, address));
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

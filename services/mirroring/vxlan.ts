import ipaddr from 'ipaddr.js';

/** What a copy says of the packet that it is of. Ports are absent where the protocol has none, and in later fragments. */
export type InnerPacket = {
  family: 'IPv4' | 'IPv6';
  protocol: number;
  sourceIp: string;
  destinationIp: string;
  sourcePort?: number;
  destinationPort?: number;
  /** Bytes of the packet as it was, and how many of them the copy has. */
  length: number;
  copied: number;
};
export type Decoded = { vni: number; packet: InnerPacket } | { error: string };

/** RFC 7348, section 5: 8 bytes, of which the first has the flag that says that there is a VNI. */
const VXLAN_HEADER = 8;
const VALID_VNI = 0x08;
const ETHERNET_HEADER = 14;
const VLAN_TAGS = [0x8100, 0x88a8];
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** Headers between IPv6 and what it carries: hop-by-hop, routing, destination options. */
const IPV6_EXTENSIONS = [0, 43, 60];
const IPV6_FRAGMENT = 44;
const WITH_PORTS = [6, 17, 132];
/** Copies that a sink tells the service of at once: of more only the newest are of interest. */
export const MOST_TOLD = 50;

/** Reads what came to UDP port 4789, without the UDP header. What is no copy of an IP packet is told why. */
export function decodeVxlan(datagram: Uint8Array): Decoded {
  const bytes = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  if (bytes.byteLength < VXLAN_HEADER + ETHERNET_HEADER) return { error: 'is shorter than its headers' };
  if ((bytes.getUint8(0) & VALID_VNI) === 0) return { error: 'has no valid VNI (flag I)' };
  const vni = bytes.getUint32(4) >>> 8;
  let at = VXLAN_HEADER + ETHERNET_HEADER;
  let etherType = bytes.getUint16(at - 2);
  while (VLAN_TAGS.includes(etherType)) {
    if (bytes.byteLength < at + 4) return { error: 'ends within a VLAN tag' };
    etherType = bytes.getUint16(at + 2);
    at += 4;
  }
  const inner = new DataView(datagram.buffer, datagram.byteOffset + at, datagram.byteLength - at);
  if (etherType !== IPV4 && etherType !== IPV6)
    return { error: `holds no IP packet (EtherType 0x${etherType.toString(16).padStart(4, '0')})` };
  const packet = etherType === IPV4 ? readIpv4(inner) : readIpv6(inner);
  return packet ? { vni, packet } : { error: 'ends within the IP header' };
}

function readIpv4(bytes: DataView): InnerPacket | undefined {
  if (bytes.byteLength < 20) return undefined;
  const header = (bytes.getUint8(0) & 0x0f) * 4;
  const protocol = bytes.getUint8(9);
  const isFirstFragment = (bytes.getUint16(6) & 0x1fff) === 0;
  return {
    ...{ family: 'IPv4', protocol },
    ...{ sourceIp: address(bytes, 12, 4), destinationIp: address(bytes, 16, 4) },
    ...(isFirstFragment ? portsAt(bytes, protocol, header) : {}),
    ...lengths(bytes, bytes.getUint16(2)),
  };
}

function readIpv6(bytes: DataView): InnerPacket | undefined {
  if (bytes.byteLength < 40) return undefined;
  let protocol = bytes.getUint8(6);
  let at = 40;
  let isFirstFragment = true;
  while ((IPV6_EXTENSIONS.includes(protocol) || protocol === IPV6_FRAGMENT) && bytes.byteLength >= at + 8) {
    const isFragment = protocol === IPV6_FRAGMENT;
    if (isFragment) isFirstFragment = bytes.getUint16(at + 2) >>> 3 === 0;
    const size = isFragment ? 8 : (bytes.getUint8(at + 1) + 1) * 8;
    protocol = bytes.getUint8(at);
    at += size;
  }
  return {
    ...{ family: 'IPv6', protocol },
    ...{ sourceIp: address(bytes, 8, 16), destinationIp: address(bytes, 24, 16) },
    ...(isFirstFragment ? portsAt(bytes, protocol, at) : {}),
    ...lengths(bytes, bytes.getUint16(4) + 40),
  };
}

/** A frame of the shortest length is padded, so there may be more bytes than the packet has. */
const lengths = (bytes: DataView, length: number) => ({ length, copied: Math.min(length, bytes.byteLength) });

const address = (bytes: DataView, at: number, size: number): string =>
  ipaddr.fromByteArray([...new Uint8Array(bytes.buffer, bytes.byteOffset + at, size)]).toString();

const portsAt = (bytes: DataView, protocol: number, at: number) =>
  WITH_PORTS.includes(protocol) && bytes.byteLength >= at + 4
    ? { sourcePort: bytes.getUint16(at), destinationPort: bytes.getUint16(at + 2) }
    : {};

const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  58: 'ICMPv6',
  132: 'SCTP',
};

/** As people say it: `TCP`, or `protocol 47`. */
export const protocolName = (protocol: number): string => PROTOCOLS[protocol] ?? `protocol ${protocol}`;

type Ends = Pick<InnerPacket, 'family' | 'sourceIp' | 'destinationIp'> & {
  sourcePort?: number | undefined;
  destinationPort?: number | undefined;
};

/** One end of a packet: `10.0.0.9:443`, `[2001:db8::1]:443`, or the address alone. */
export function endText(packet: Ends, end: 'source' | 'destination'): string {
  const [ip, port] = [packet[`${end}Ip`], packet[`${end}Port`]];
  if (port === undefined) return ip;
  return packet.family === 'IPv6' ? `[${ip}]:${port}` : `${ip}:${port}`;
}

import ipaddr from 'ipaddr.js';
import type { MirroredPacket } from './evaluate.schema.ts';

const u16 = (n: number) => [n >>> 8, n & 0xff];
const octets = (ip: string) => ipaddr.parse(ip).toByteArray();

/** The bytes of such a packet; its payload is zeros, and no checksum is right. */
export function packetBytes(packet: MirroredPacket): Uint8Array {
  const isIpv6 = packet.sourceIp.includes(':');
  const ports =
    packet.sourcePort === undefined || packet.destinationPort === undefined
      ? []
      : [...u16(packet.sourcePort), ...u16(packet.destinationPort)];
  const least = (isIpv6 ? 40 : 20) + ports.length;
  const length = Math.max(packet.length ?? 0, least);
  const ends = [...octets(packet.sourceIp), ...octets(packet.destinationIp)];
  const header = isIpv6
    ? [0x60, 0, 0, 0, ...u16(length - 40), packet.protocol, 64, ...ends]
    : [0x45, 0, ...u16(length), 0, 1, 0, 0, 64, packet.protocol, 0, 0, ...ends];
  const bytes = new Uint8Array(length);
  bytes.set([...header, ...ports]);
  return bytes;
}

/** RFC 7348 around an Ethernet frame around the first bytes of a packet. */
export function vxlanFrame(
  vni: number,
  packet: Uint8Array,
  copied = packet.length,
  vlan?: number,
): Uint8Array {
  const isIpv6 = (packet[0] ?? 0) >>> 4 === 6;
  const tag = vlan === undefined ? [] : [0x81, 0x00, ...u16(vlan)];
  const ethernet = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, ...tag, ...(isIpv6 ? [0x86, 0xdd] : [0x08, 0x00])];
  const header = [0x08, 0, 0, 0, vni >>> 16, (vni >>> 8) & 0xff, vni & 0xff, 0];
  return new Uint8Array([...header, ...ethernet, ...packet.slice(0, copied)]);
}

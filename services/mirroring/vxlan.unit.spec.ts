import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MirroredPacket } from './evaluate.schema.ts';
import { decodeVxlan } from './vxlan.ts';
import { packetBytes, vxlanFrame } from './vxlan-frame.fixture.ts';

const PACKET: MirroredPacket = {
  direction: 'egress',
  protocol: 6,
  sourceIp: '10.0.0.5',
  destinationIp: '192.0.2.1',
  sourcePort: 40_000,
  destinationPort: 443,
  length: 1_500,
};
const INNER = {
  family: 'IPv4',
  protocol: 6,
  sourceIp: '10.0.0.5',
  destinationIp: '192.0.2.1',
  sourcePort: 40_000,
  destinationPort: 443,
  length: 1_500,
  copied: 1_500,
};

describe('a copy in VXLAN', () => {
  it('tells its VNI and five-tuple', () => {
    expect(decodeVxlan(vxlanFrame(16_777_215, packetBytes(PACKET)))).toEqual({
      vni: 16_777_215,
      packet: INNER,
    });
    expect(decodeVxlan(vxlanFrame(0, packetBytes(PACKET)))).toMatchObject({ vni: 0 });
  });

  it('is read by hand-written bytes', () => {
    const hex =
      '0800000000007b00' + // flag I, VNI 123
      '020000000002020000000001' +
      '0800' +
      '4500001c000040004011000' +
      '00a0000050a000002' + // 10.0.0.5 to 10.0.0.2, UDP
      '9c40003500080000'; // ports 40000 and 53
    expect(decodeVxlan(Buffer.from(hex, 'hex'))).toEqual({
      vni: 123,
      packet: {
        ...{ family: 'IPv4', protocol: 17, sourceIp: '10.0.0.5', destinationIp: '10.0.0.2' },
        ...{ sourcePort: 40_000, destinationPort: 53, length: 28, copied: 28 },
      },
    });
  });

  it('says what of the packet it has', () => {
    const cut = decodeVxlan(vxlanFrame(7, packetBytes(PACKET), 128));
    expect(cut).toMatchObject({ packet: { length: 1_500, copied: 128, destinationPort: 443 } });
    const withoutPorts = decodeVxlan(vxlanFrame(7, packetBytes(PACKET), 22));
    expect(withoutPorts).toHaveProperty('packet.copied', 22);
    expect(withoutPorts).not.toHaveProperty('packet.sourcePort');
  });

  it('has no ports where the protocol has none, and a VLAN tag is passed over', () => {
    const ping = packetBytes({ ...PACKET, protocol: 1, sourcePort: undefined, destinationPort: undefined });
    const read = decodeVxlan(vxlanFrame(7, ping, ping.length, 12));
    expect(read).toMatchObject({ vni: 7, packet: { protocol: 1 } });
    expect(read).not.toHaveProperty('packet.sourcePort');
  });

  it('is read through the headers of IPv6', () => {
    const plain = packetBytes({
      ...PACKET,
      sourceIp: '2001:db8::5',
      destinationIp: '2001:db8::1',
      length: 100,
    });
    expect(decodeVxlan(vxlanFrame(9, plain))).toMatchObject({
      packet: { family: 'IPv6', sourceIp: '2001:db8::5', destinationPort: 443, length: 100 },
    });
    const extended = new Uint8Array([...plain.slice(0, 40), 6, 0, 0, 0, 0, 0, 0, 0, ...plain.slice(40)]);
    extended[6] = 60;
    expect(decodeVxlan(vxlanFrame(9, extended))).toMatchObject({
      packet: { protocol: 6, sourcePort: 40_000 },
    });
  });

  it('that is none is told why', () => {
    const good = vxlanFrame(7, packetBytes(PACKET));
    const changed = (at: number, ...values: number[]) => {
      const bytes = good.slice();
      bytes.set(values, at);
      return decodeVxlan(bytes);
    };
    expect(decodeVxlan(good.slice(0, 21))).toEqual({ error: 'is shorter than its headers' });
    expect(changed(0, 0)).toEqual({ error: 'has no valid VNI (flag I)' });
    expect(changed(20, 0x08, 0x06)).toEqual({ error: 'holds no IP packet (EtherType 0x0806)' });
    expect(decodeVxlan(good.slice(0, 41))).toEqual({ error: 'ends within the IP header' });
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(120), (noise, cut) => {
        const frame = new Uint8Array([...vxlanFrame(1, packetBytes(PACKET), 40).slice(0, cut), ...noise]);
        expect(() => decodeVxlan(frame)).not.toThrow();
      }),
    );
  });
});

import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MirroredPacket, MirrorWhatIf } from './evaluate.schema.ts';
import { evaluateMirroring } from './evaluate.ts';
import { readCases } from './evaluate-cases.fixture.ts';
import { EVALUATE_TABLE } from './evaluate-table.fixture.ts';
import type { Decoded } from './vxlan.ts';
import { packetBytes, vxlanFrame } from './vxlan-frame.fixture.ts';
import { openVxlanSink } from './vxlan-sink.node.ts';

/** Every packet that has the bytes of its headers and fits into a frame; the table has many, of all kinds. */
const CASES = readCases(EVALUATE_TABLE).filter(({ whatIf: { packet } }) => {
  const { length = 1_000 } = packet;
  return length >= 60 && length <= 9_001;
});

/** What an interface with these sessions sends to the hub for this packet: nothing, or one copy. */
function copyOf({ sessions, packet, vpcCidrs }: MirrorWhatIf, vniOf: (sessionNumber: number) => number) {
  const verdict = evaluateMirroring(MirrorWhatIf.parse({ sessions, packet, vpcCidrs }));
  if (verdict.sessionNumber === undefined) return undefined;
  return vxlanFrame(vniOf(verdict.sessionNumber), packetBytes(packet), verdict.truncatedTo);
}

const tuple = ({ protocol, sourceIp, destinationIp, sourcePort, destinationPort }: Partial<MirroredPacket>) =>
  [protocol, sourceIp, sourcePort ?? '', destinationIp, destinationPort ?? ''].join(' ');

describe('copies on the loopback', () => {
  const heard: Decoded[] = [];
  let sink: Awaited<ReturnType<typeof openVxlanSink>>;
  const sender = createSocket('udp4');
  beforeAll(async () => {
    sink = await openVxlanSink({ host: '127.0.0.1', port: 0 }, (decoded) => void heard.push(decoded));
  });
  afterAll(async () => {
    sender.close();
    await sink.close();
  });

  it('are those of the packets that the sessions mirror, once each, with VNI and five-tuple', async () => {
    // Of each case another VNI, so that a copy says which case it is of.
    const sent = CASES.flatMap(({ whatIf, verdict }, i) => {
      const frame = copyOf(whatIf, () => i);
      expect(frame !== undefined).toBe(verdict.mirrored);
      return frame ? [{ i, frame }] : [];
    });
    expect(sent.length).toBeGreaterThan(100);
    for (const [n, { frame }] of sent.entries()) {
      await new Promise((resolve) => sender.send(frame, sink.port, '127.0.0.1', resolve));
      // Loopback loses what the receiver has no room for.
      for (let turn = 0; turn < 2_000 && heard.length <= n; turn++) await new Promise(setImmediate);
    }
    await expect.poll(() => heard.length, { timeout: 5_000 }).toBe(sent.length);
    for (const { i } of sent) {
      const [copy, ...more] = heard.filter((one) => 'vni' in one && one.vni === i);
      const { whatIf, verdict } = CASES[i] as (typeof CASES)[number];
      expect(more).toEqual([]);
      if (!copy || 'error' in copy) throw new Error(`no copy of case ${i}`);
      const isCut = verdict.truncatedTo !== undefined;
      if ((verdict.truncatedTo ?? 44) >= 44)
        expect(tuple(copy.packet)).toBe(tuple(wholePorts(whatIf.packet)));
      expect(copy.packet.copied < copy.packet.length).toBe(isCut);
    }
  });
});

/** A packet of the table may tell one port only; on the wire it has both or none. ICMP and GRE have none anywhere. */
function wholePorts(packet: MirroredPacket): Partial<MirroredPacket> {
  const { sourcePort, destinationPort, ...rest } = packet;
  const both = sourcePort !== undefined && destinationPort !== undefined;
  const ip = (text: string) =>
    text.includes(':') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
  return {
    ...rest,
    sourceIp: ip(rest.sourceIp),
    destinationIp: ip(rest.destinationIp),
    ...(both ? { sourcePort, destinationPort } : {}),
  };
}

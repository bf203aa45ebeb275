import { parseArgs } from 'node:util';
import type { Decoded } from './vxlan.ts';
import { openVxlanSink, VXLAN_PORT } from './vxlan-sink.node.ts';

/** `npm run vxlan-sink -- [--port 4789] [--host 127.0.0.1]`: a line for each copy that arrives. */
const { values } = parseArgs({ options: { port: { type: 'string' }, host: { type: 'string' } } });
const host = values.host ?? '127.0.0.1';

function line(decoded: Decoded, from: string): string {
  if ('error' in decoded) return `${from} sent what ${decoded.error}`;
  const { vni, packet } = decoded;
  const end = (ip: string, port: number | undefined) =>
    port === undefined ? ip : packet.family === 'IPv6' ? `[${ip}]:${port}` : `${ip}:${port}`;
  const ends = `${end(packet.sourceIp, packet.sourcePort)} > ${end(packet.destinationIp, packet.destinationPort)}`;
  const bytes =
    packet.copied < packet.length ? `${packet.copied} of ${packet.length} bytes` : `${packet.length} bytes`;
  return `VNI ${vni}  protocol ${packet.protocol}  ${ends}  ${bytes}  from ${from}`;
}

const sink = await openVxlanSink({ host, port: Number(values.port ?? VXLAN_PORT) }, (decoded, from) =>
  process.stdout.write(`${line(decoded, from)}\n`),
);
process.stdout.write(`waiting for VXLAN on ${host}:${sink.port} (UDP)\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sink.close());

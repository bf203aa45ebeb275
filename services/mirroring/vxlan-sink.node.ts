import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Decoded, decodeVxlan } from './vxlan.ts';

/**
 * Hears copies as a hub would, and tells each. For demos, and to look whether anything arrives at all.
 * @param port 0: one that is free
 */
export async function openVxlanSink(
  { host, port }: { host: string; port: number },
  heard: (decoded: Decoded, from: string) => void,
): Promise<{ port: number; close(): Promise<void> }> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (bytes, { address }) => heard(decodeVxlan(bytes), address));
  socket.bind(port, host);
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}

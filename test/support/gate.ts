import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A door before a service: shut, nobody gets through, and whoever was inside is cut off; it opens at the same address. */
export async function openGate(target: string) {
  const inside = new Set<Socket>();
  let delayMs = 0;
  const pass = (client: Socket) => {
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    for (const [from, to, wait] of [
      [client, upstream, () => delayMs],
      [upstream, client, () => 0],
    ] as const) {
      inside.add(from);
      from.on('error', () => {});
      from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), wait()));
      from.on('close', () => {
        inside.delete(from);
        to.destroy();
      });
    }
  };
  const listenAt = async (port: number): Promise<Server> => {
    const server = createServer(pass).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  let server = await listenAt(0);
  const { port } = server.address() as AddressInfo;
  const shut = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of inside) socket.destroy();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    shut,
    open: async () => {
      server = await listenAt(port);
    },
    /** How long whatever is asked takes to get through. */
    slow: (ms: number) => {
      delayMs = ms;
    },
  };
}

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type OutboundOptions, openOutbound } from '../../services/webhooks/outbound.node.ts';
import { selfSigned } from './certificate.ts';

export type Received = { headers: IncomingHttpHeaders; path: string; body: string };

/** An https server on loopback that keeps what it is sent. `answer` says how; an empty 204 unless it is set. */
export async function startReceiver(host = 'hooks.example.test', validMs?: number) {
  const received: Received[] = [];
  const { key, cert } = selfSigned(host, validMs);
  const state: { answer: (request: IncomingMessage, response: ServerResponse) => void } = {
    answer: (_request, response) => {
      response.writeHead(204).end();
    },
  };
  const server = createServer({ key, cert }, (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, path: request.url ?? '', body });
      state.answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    cert,
    received,
    state,
    url: `https://${host}:${port}/in`,
    /** A way out that reaches this server and nothing else: its name, its certificate, its loopback address. */
    outbound: (more: Partial<OutboundOptions> = {}) =>
      openOutbound({
        allowedHosts: [`${host}:${port}`],
        mayConnect: (address) => address === '127.0.0.1',
        resolve: async () => ['127.0.0.1'],
        ca: cert,
        ...more,
      }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

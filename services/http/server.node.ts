import { serve } from '@hono/node-server';

/** Milliseconds and bytes that a client has. */
export type ServerLimits = { headersMs: number; requestMs: number; checkMs: number; headerBytes: number };

const LIMITS: ServerLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  checkMs: 5_000,
  headerBytes: 16 * 1_024,
};

/**
 * Answers on loopback, or wherever a load balancer reaches it. Whoever is slow with headers or body is let go with 408,
 * whoever sends too many headers with 431.
 * @param port 0: any that is free
 */
export function openServer(
  fetch: Parameters<typeof serve>[0]['fetch'],
  port: number,
  limits: ServerLimits = LIMITS,
  hostname: '127.0.0.1' | '0.0.0.0' = '127.0.0.1',
): Promise<{ url: string; close: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch,
        port,
        hostname,
        serverOptions: {
          maxHeaderSize: limits.headerBytes,
          headersTimeout: limits.headersMs,
          requestTimeout: limits.requestMs,
          // How late it may be noticed.
          connectionsCheckingInterval: limits.checkMs,
        },
      },
      (address) => resolve({ url: `http://127.0.0.1:${address.port}`, close }),
    );
    server.once('error', reject);
    const close = () =>
      new Promise<void>((done) => {
        server.close(() => done());
        // Live streams would keep it open for ever.
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
  });
}

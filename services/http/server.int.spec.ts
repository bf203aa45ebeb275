import { once } from 'node:events';
import { connect } from 'node:net';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, openApp } from '../../test/support/http.ts';
import { person, unique } from '../../test/support/service.ts';
import { openServer } from './server.node.ts';

const FAST = { headersMs: 400, requestMs: 800, checkMs: 100, headerBytes: 16 * 1_024 };

/** Everything that the server answers until it closes the connection. */
async function talk(url: string, parts: readonly (string | number)[], end = false): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => (answer += text));
  // A server that lets somebody go may do so in the middle of a write.
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  for (const part of parts) {
    if (typeof part === 'number') await new Promise((resolve) => setTimeout(resolve, part));
    else socket.write(part);
  }
  if (end) socket.end();
  await closed;
  return answer;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

describe.each(databases.slice(0, 1))('the server, spoken to over a raw socket', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let server: Awaited<ReturnType<typeof openServer>>;
  let token: string;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
    const outer = new Hono();
    outer.all('*', (c) => app.app.fetch(c.req.raw));
    server = await openServer(outer.fetch, 0, FAST);
    token = await app.tokenOf(person(unique('team'), ['requester']));
  });
  afterAll(async () => {
    await server?.close();
    await opened?.close();
  });

  const head = (...headers: string[]) =>
    [
      'POST /v1/account-requests HTTP/1.1',
      'host: 127.0.0.1:8080',
      `authorization: Bearer ${token}`,
      'content-type: application/json',
      'connection: close',
      ...headers,
      '',
      '',
    ].join('\r\n');

  it('answers a request that is whole', async () => {
    expect(statusOf(await talk(server.url, [`${head('content-length: 2')}{}`]))).toBe(422);
  });

  it('refuses a body over 64 KiB by its length, and in chunks without one', async () => {
    expect(
      statusOf(await talk(server.url, [head(`content-length: ${65 * 1_024}`), 'x'.repeat(65 * 1_024)])),
    ).toBe(413);
    const chunk = `2000\r\n${'y'.repeat(0x2000)}\r\n`;
    const chunked = [head('transfer-encoding: chunked'), ...Array(9).fill(chunk), '0\r\n\r\n'];
    expect(statusOf(await talk(server.url, chunked))).toBe(413);
  });

  it('lets go of who is slow with headers or body, and of who goes away in the middle', async () => {
    expect(
      statusOf(await talk(server.url, ['POST /v1/account-requests HTTP/1.1\r\nhost: x\r\n', 2_000])),
    ).toBe(408);
    expect([0, 408]).toContain(statusOf(await talk(server.url, [head('content-length: 10'), '{', 2_500])));
    const truncated = await talk(server.url, [head('content-length: 10'), '{'], true);
    expect([0, 400, 408]).toContain(statusOf(truncated));
    expect(statusOf(await talk(server.url, [`${head('content-length: 2')}{}`]))).toBe(422);
  });

  it('refuses headers over 16 KiB, two lengths, and a length beside chunks', async () => {
    expect(statusOf(await talk(server.url, [head(`x-long: ${'z'.repeat(17 * 1_024)}`)]))).toBe(431);
    expect(statusOf(await talk(server.url, [`${head('content-length: 2', 'content-length: 3')}{}`]))).toBe(
      400,
    );
    const smuggled = head('content-length: 2', 'transfer-encoding: chunked');
    expect(statusOf(await talk(server.url, [`${smuggled}{}`]))).toBe(400);
  });

  it('takes no second authorization for the first', async () => {
    const doubled = head('authorization: Bearer other', 'content-length: 2');
    expect([400, 401, 422]).toContain(statusOf(await talk(server.url, [`${doubled}{}`])));
  });
});

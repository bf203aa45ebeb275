import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../test/support/receiver.ts';
import { openOutbound } from './outbound.node.ts';

describe('the way out to foreign servers', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver.close());
  afterEach(() => {
    receiver.received.length = 0;
    receiver.state.answer = (_request, response) => {
      response.writeHead(204).end();
    };
  });
  const post = (more: Parameters<Receiver['outbound']>[0] = {}, url = receiver.url) =>
    receiver.outbound(more).post(url, { 'webhook-id': 'msg_1' }, '{"a":"ä"}');
  const unreached = () => expect(receiver.received).toEqual([]);

  it('posts the body as it is, and says what was answered', async () => {
    expect(await post()).toEqual({ kind: 'answered', status: 204 });
    expect(receiver.received).toMatchObject([
      {
        path: '/in',
        body: '{"a":"ä"}',
        headers: { 'webhook-id': 'msg_1', 'content-type': 'application/json', 'content-length': '10' },
      },
    ]);
  });

  it('reaches no private address, whatever names it', async () => {
    for (const address of [
      '127.0.0.1',
      '10.0.0.7',
      '169.254.169.254',
      '::1',
      '::ffff:127.0.0.1',
      'fd00::1',
    ]) {
      const outbound = openOutbound({
        allowedHosts: [`${receiver.host}:${receiver.port}`],
        resolve: async () => [address],
        ca: receiver.cert,
      });
      expect(await outbound.post(receiver.url, {}, '{}')).toEqual({
        kind: 'failed',
        reason: 'the host leads to an address that is not public',
      });
    }
    unreached();
  });

  it('refuses every address when one of them is bad', async () => {
    const bad = 'the host leads to an address that is not public';
    for (const resolve of [
      async () => ['127.0.0.1', '169.254.169.254'],
      async () => ['169.254.169.254', '127.0.0.1'],
    ]) {
      expect(await post({ resolve })).toEqual({ kind: 'failed', reason: bad });
    }
    unreached();
  });

  it('uses the very answer that it checked: a name that flips afterwards changes nothing', async () => {
    const answers = ['127.0.0.1', '169.254.169.254'];
    const asked: string[] = [];
    const resolve = async () => {
      const next = answers[Math.min(asked.length, 1)] ?? '';
      asked.push(next);
      return [next];
    };
    const outbound = receiver.outbound({ resolve });
    expect(await outbound.post(receiver.url, {}, '{}')).toEqual({ kind: 'answered', status: 204 });
    expect(asked).toEqual(['127.0.0.1']);
    // By now it means the metadata service: the next call asks again, and does not connect.
    expect(await outbound.post(receiver.url, {}, '{}')).toMatchObject({ kind: 'failed' });
    expect(receiver.received).toHaveLength(1);
  });

  it('looks at the peer too, before it says a word', async () => {
    let looks = 0;
    const mayConnect = () => ++looks === 1;
    expect(await post({ mayConnect })).toEqual({
      kind: 'failed',
      reason: 'the peer is not a public address',
    });
    expect(looks).toBe(2);
    unreached();
  });

  it('follows no redirect', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.state.answer = (_request, response) => {
        response.writeHead(status, { location: `${receiver.url}/else` }).end();
      };
      expect(await post()).toEqual({ kind: 'answered', status });
    }
    expect(receiver.received.map((r) => r.path)).toEqual(Array(5).fill('/in'));
  });

  it('waits no longer than it may: for an answer, for the rest of one, for a name', async () => {
    const late = { kind: 'failed', reason: 'no complete answer within 0.2 s' };
    receiver.state.answer = () => {};
    expect(await post({ timeoutMs: 200 })).toEqual(late);
    receiver.state.answer = (_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    };
    expect(await post({ timeoutMs: 200 })).toEqual(late);
    expect(await post({ timeoutMs: 200, resolve: () => new Promise(() => {}) })).toEqual(late);
  });

  it('reads no more than 64 KiB', async () => {
    receiver.state.answer = (_request, response) => {
      response.writeHead(200).end(Buffer.alloc(65 * 1024));
    };
    expect(await post()).toEqual({ kind: 'failed', reason: 'the answer is larger than 64 KiB' });
    receiver.state.answer = (_request, response) => {
      response.writeHead(200).end(Buffer.alloc(64 * 1024));
    };
    expect(await post()).toEqual({ kind: 'answered', status: 200 });
  });

  it('notices an answer that breaks off', async () => {
    receiver.state.answer = (request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x');
      setTimeout(() => request.socket.destroy(), 20);
    };
    expect(await post()).toMatchObject({ kind: 'failed' });
  });

  it('trusts no certificate that nobody vouches for, is for another name or has expired', async () => {
    const { ca: _ca, ...unknown } = {
      ca: receiver.cert,
      allowedHosts: [`${receiver.host}:${receiver.port}`],
    };
    const stranger = openOutbound({
      ...unknown,
      mayConnect: () => true,
      resolve: async () => ['127.0.0.1'],
    });
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect(await stranger.post(receiver.url, {}, '{}')).toEqual({
        kind: 'failed',
        reason: 'its certificate is not trusted',
      });
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
    const other = `https://other.example.test:${receiver.port}/in`;
    expect(await post({ allowedHosts: [`other.example.test:${receiver.port}`] }, other)).toEqual({
      kind: 'failed',
      reason: 'its certificate is for another name',
    });
    const old = await startReceiver('hooks.example.test', -3_600_000);
    expect(await old.outbound().post(old.url, {}, '{}')).toEqual({
      kind: 'failed',
      reason: 'its certificate has expired',
    });
    await old.close();
    unreached();
  });

  it('says in its own words what went wrong, and names no address', async () => {
    const gone = await startReceiver();
    await gone.close();
    const outcome = await gone.outbound().post(gone.url, {}, '{}');
    expect(outcome).toEqual({ kind: 'failed', reason: 'the connection was refused' });
    expect(await post({ resolve: () => Promise.reject(new Error('ENOTFOUND ns1.internal')) })).toEqual({
      kind: 'failed',
      reason: 'the host could not be resolved',
    });
    expect(await post({ resolve: async () => [] })).toEqual({
      kind: 'failed',
      reason: 'the host has no address',
    });
  });

  it('does not call what is not allowed', async () => {
    for (const url of [
      receiver.url.replace('https', 'http'),
      `https://127.0.0.1:${receiver.port}/in`,
      `https://2130706433:${receiver.port}/in`,
      `https://0177.0.0.1:${receiver.port}/in`,
      `https://[::1]:${receiver.port}/in`,
      `https://else.example.test:${receiver.port}/in`,
      'https://hooks.example.test/in',
      `https://ana:x@hooks.example.test:${receiver.port}/in`,
      'nonsense',
    ]) {
      expect(await post({ mayConnect: () => true }, url)).toMatchObject({
        kind: 'failed',
        reason: expect.stringMatching(/^not called: /),
      });
    }
    unreached();
  });
});

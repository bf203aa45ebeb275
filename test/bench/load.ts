import { connect, type Socket } from 'node:net';
import { quantile } from './figure.ts';

export type Load = {
  port: number;
  /** How many clients ask at once; each waits for its answer before it asks again. */
  clients: number;
  forMs: number;
  /** The next request, as it goes over the wire. */
  next: () => string;
  /** The status of a good answer. */
  status: number;
};

export type Driven = { perSecond: number; p50Ms: number; p99Ms: number };

/**
 * Drives a server over plain sockets: a client library would cost more than what is measured.
 * @throws Error with the answer when one is not good
 */
export async function drive(load: Load): Promise<Driven> {
  const times: number[] = [];
  const began = performance.now();
  const until = began + load.forMs;
  await Promise.all(Array.from({ length: load.clients }, () => client(load, until, times)));
  const seconds = (performance.now() - began) / 1_000;
  return {
    perSecond: times.length / seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
  };
}

async function client(load: Load, until: number, times: number[]): Promise<void> {
  const socket = await open(load.port);
  const answers = readAnswers(socket);
  try {
    while (performance.now() < until) {
      const began = performance.now();
      socket.write(load.next());
      const answer = await answers();
      times.push(performance.now() - began);
      if (!answer.startsWith(`HTTP/1.1 ${load.status} `)) throw new Error(answer.slice(0, 2_000));
    }
  } finally {
    socket.destroy();
  }
}

const open = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });

/** One whole answer after the other; bodies have a length or come in chunks. */
function readAnswers(socket: Socket): () => Promise<string> {
  let buffer = '';
  let waiting: { resolve: (answer: string) => void; reject: (error: Error) => void } | undefined;
  const look = () => {
    const end = endOf(buffer);
    if (end === undefined || !waiting) return;
    const answer = buffer.slice(0, end);
    buffer = buffer.slice(end);
    const { resolve } = waiting;
    waiting = undefined;
    resolve(answer);
  };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    buffer += chunk;
    look();
  });
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')));
  return () =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      look();
    });
}

function endOf(buffer: string): number | undefined {
  const head = buffer.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(buffer.slice(0, head + 2))?.[1];
  if (length !== undefined) {
    const end = head + 4 + Number(length);
    return buffer.length >= end ? end : undefined;
  }
  const last = buffer.indexOf('\r\n0\r\n\r\n', head);
  return last < 0 ? undefined : last + 7;
}

/** A request as text. */
export function wire(method: string, path: string, headers: Record<string, string>, body = ''): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const length = body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  return `${[`${method} ${path} HTTP/1.1`, 'host: 127.0.0.1', ...lines, ...length].join('\r\n')}\r\n\r\n${body}`;
}

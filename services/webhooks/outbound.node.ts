import { lookup as systemLookup } from 'node:dns/promises';
import { request } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicUnicast } from './address.ts';
import type { Outbound, Outcome } from './outbound.port.ts';
import { type AllowedHosts, targetProblem } from './target.ts';

export type OutboundOptions = {
  allowedHosts: AllowedHosts;
  /** Which addresses may be connected to. Only tests give another answer than "public ones". */
  mayConnect?: (address: string) => boolean;
  /** Every address of a name. */
  resolve?: (host: string) => Promise<readonly string[]>;
  /** Certificates that are trusted beside nothing else; left out: the usual ones. */
  ca?: string;
  timeoutMs?: number;
  maxAnswerBytes?: number;
};

class Refused extends Error {
  override readonly name = 'Refused';
}

/**
 * https to allowed hosts only. The name is resolved once, by the socket itself, and every address of that very answer has
 * to be allowed before the socket connects to one of them; the peer is looked at again before anything is sent. So there
 * is no moment between check and use in which a name could come to mean something else. No connection is kept or shared,
 * no redirect is followed, certificates are verified whatever the environment says.
 */
export function openOutbound(options: OutboundOptions): Outbound {
  return {
    async post(url, headers, body) {
      const problem = targetProblem(url, options.allowedHosts);
      if (problem !== undefined) return { kind: 'failed', reason: `not called: the address ${problem}` };
      try {
        return await send(new URL(url), headers, body, options);
      } catch (error) {
        return { kind: 'failed', reason: inOurWords(error) };
      }
    },
  };
}

function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  {
    mayConnect = isPublicUnicast,
    timeoutMs = 10_000,
    maxAnswerBytes = 64 * 1024,
    ...options
  }: OutboundOptions,
): Promise<Outcome> {
  const bytes = Buffer.from(body, 'utf8');
  return new Promise((resolve, reject) => {
    const call = request({
      method: 'POST',
      host: url.hostname,
      port: url.port === '' ? 443 : Number(url.port),
      path: `${url.pathname}${url.search}`,
      headers: {
        'user-agent': 'jetway',
        'content-type': 'application/json',
        ...headers,
        'content-length': bytes.length,
      },
      agent: false,
      servername: url.hostname,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      lookup: guardedLookup(options.resolve ?? allAddresses, mayConnect),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    });
    const giveUp = (reason: string) => call.destroy(new Refused(reason));
    const timer = setTimeout(() => giveUp(`no complete answer within ${timeoutMs / 1000} s`), timeoutMs);
    call.once('close', () => clearTimeout(timer));
    call.once('error', reject);
    call.once('socket', (socket) => {
      socket.once('connect', () => {
        if (!mayConnect(socket.remoteAddress ?? '')) giveUp('the peer is not a public address');
      });
      // Nothing is said to a peer before its address and its certificate were looked at.
      socket.once('secureConnect', () => call.end(bytes));
    });
    call.once('response', (answer) => {
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) giveUp(`the answer is larger than ${maxAnswerBytes / 1024} KiB`);
      });
      answer.once('error', reject);
      answer.once('end', () => resolve({ kind: 'answered', status: answer.statusCode ?? 0 }));
      answer.once('aborted', () => reject(new Refused('the connection broke within the answer')));
    });
  });
}

const allAddresses = async (host: string) =>
  (await systemLookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/** One bad address among the answers refuses them all: it is what an attacker can add, and what nobody needs. */
function guardedLookup(
  resolve: (host: string) => Promise<readonly string[]>,
  mayConnect: (address: string) => boolean,
): LookupFunction {
  return (host, { all }, done) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) return done(new Refused('the host has no address'), []);
        if (!addresses.every(mayConnect))
          return done(new Refused('the host leads to an address that is not public'), []);
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        return all ? done(null, found) : done(null, first, isIP(first));
      },
      () => done(new Refused('the host could not be resolved'), []),
    );
  };
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** Node's messages name addresses behind a name, which is more than the person who reads the log may know. */
function inOurWords(error: unknown): string {
  if (error instanceof Refused) return error.message;
  const { code = '', errors } = error as { code?: string; errors?: { code?: string }[] };
  const known = WORDS[code] ?? WORDS[errors?.[0]?.code ?? ''];
  if (known !== undefined) return known;
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(code)) return 'its certificate is not trusted';
  if (code.startsWith('HPE_')) return 'the answer is not HTTP';
  return 'the call failed';
}

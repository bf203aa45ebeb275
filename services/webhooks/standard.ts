import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** Standard Webhooks, both ways. A secret is `whsec_` and the base64 of 32 bytes. */

const WINDOW_SECONDS = 300;
const SECRET = /^whsec_([A-Za-z0-9+/]{43}=)$/;
/** No dot: it parts id, time and body in what is signed, and one within the id could be read in two ways. */
const ID = /^[!-\-/-~]{1,256}$/;
const SECONDS = /^[1-9]\d{8,10}$/;
const SIGNATURES = /^v\d[a-z]?,[A-Za-z0-9+/=]{1,200}(?: v\d[a-z]?,[A-Za-z0-9+/=]{1,200}){0,9}$/;

export type Key = { name: string; secret: string };

/** The headers of a delivery: one signature for each active key, so that a receiver may still hold either. */
export function signedHeaders(
  id: string,
  at: Date,
  body: string,
  keys: readonly Key[],
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': keys.map((key) => new Webhook(key.secret).sign(id, at, body)).join(' '),
  };
}

export type Incoming = { headers: Readonly<Record<string, string | undefined>>; raw: Uint8Array };

/**
 * Which of the keys signed exactly these bytes, within five minutes of our clock on both sides; undefined for none. The
 * library would do it too, but it reads "1700000000x" as a time, decodes bytes to text before it compares, and keeps a
 * clock of its own. Every key is tried, whichever fits.
 */
export function verifyStandard(incoming: Incoming, keys: readonly Key[], now: Date): Key | undefined {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': given } = incoming.headers;
  if (id === undefined || time === undefined || given === undefined) return undefined;
  if (!ID.test(id) || !SECONDS.test(time) || !SIGNATURES.test(given)) return undefined;
  if (!withinWindow(Number(time) * 1000, now)) return undefined;
  const signatures = given.split(' ').filter((s) => s.startsWith('v1,'));
  let found: Key | undefined;
  for (const key of keys) {
    const secret = SECRET.exec(key.secret)?.[1];
    if (secret === undefined) continue;
    const expected = `v1,${createHmac('sha256', Buffer.from(secret, 'base64'))
      .update(`${id}.${time}.`)
      .update(incoming.raw)
      .digest('base64')}`;
    for (const signature of signatures) if (sameText(signature, expected)) found ??= key;
  }
  return found;
}

/** Five minutes to either side: an early message is as suspicious as a late one. NaN is outside. */
export const withinWindow = (ms: number, now: Date): boolean =>
  Math.abs(Math.floor(now.getTime() / 1000) - Math.floor(ms / 1000)) <= WINDOW_SECONDS;

/** In constant time for texts of one length. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Strict UTF-8; undefined for anything that is none. A byte order mark stays, so that JSON refuses it. */
export function utf8(raw: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return undefined;
  }
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** How far the clock of the sender may be from ours, on both sides. */
const WINDOW_SECONDS = 300;

export type SlackVerdict =
  | {
      ok: true;
      /** Which of the secrets made the signature. */
      secret: number;
      /** Names this very call: the same body at the same time is the same call. */
      nonce: string;
    }
  | { ok: false; reason: 'timestamp' | 'stale' | 'signature' | 'mismatch' };

/**
 * Is the call signed by Slack (`v0`, HMAC-SHA-256 over `v0:timestamp:body`), within five minutes of now on both sides?
 * The signature is compared exactly: 64 lower-case hexadecimal digits, as Slack writes them.
 * @param secrets the current signing secret, and the one before while both are good
 * @param headers by lower-case name
 */
export function verifySlackSignature(input: {
  secrets: readonly string[];
  headers: Readonly<Record<string, string | undefined>>;
  rawBody: Uint8Array;
  nowMs: number;
}): SlackVerdict {
  const timestamp = input.headers['x-slack-request-timestamp'] ?? '';
  if (!/^[1-9]\d{0,11}$/.test(timestamp)) return { ok: false, reason: 'timestamp' };
  if (Math.abs(Math.floor(input.nowMs / 1_000) - Number(timestamp)) > WINDOW_SECONDS)
    return { ok: false, reason: 'stale' };
  const given = /^v0=([0-9a-f]{64})$/.exec(input.headers['x-slack-signature'] ?? '')?.[1];
  if (given === undefined) return { ok: false, reason: 'signature' };
  const presented = Buffer.from(given, 'ascii');
  const secret = input.secrets.findIndex((one) => {
    if (one === '') return false;
    const expected = Buffer.from(signatureOf(one, timestamp, input.rawBody), 'ascii');
    return expected.length === presented.length && timingSafeEqual(expected, presented);
  });
  if (secret < 0) return { ok: false, reason: 'mismatch' };
  return { ok: true, secret, nonce: nonceOf(timestamp, input.rawBody) };
}

const signatureOf = (secret: string, timestamp: string, rawBody: Uint8Array): string =>
  createHmac('sha256', secret).update(`v0:${timestamp}:`).update(rawBody).digest('hex');

const nonceOf = (timestamp: string, rawBody: Uint8Array): string =>
  createHash('sha256').update(timestamp).update(rawBody).digest('hex');

/** The headers of a signed call; for whoever plays Slack. */
export const signSlackCall = (secret: string, timestamp: string, rawBody: Uint8Array) => ({
  'x-slack-request-timestamp': timestamp,
  'x-slack-signature': `v0=${signatureOf(secret, timestamp, rawBody)}`,
});

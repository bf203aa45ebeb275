import { createHmac } from 'node:crypto';
import { isValidSlackRequest } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../infra/local/random.ts';
import { counted } from '../../test/support/counts.ts';
import { signSlackCall, verifySlackSignature } from './signature.ts';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const OLD = '1234567890abcdef1234567890abcdef';
const NOW = 1_900_000_000_000;
const now = (seconds: number) => String(NOW / 1_000 + seconds);

type Call = { timestamp: string; signature: string; body: Buffer };
const call = (body: string, timestamp = now(0), secret = SECRET): Call => {
  const rawBody = Buffer.from(body);
  const signed = signSlackCall(secret, timestamp, rawBody);
  return { timestamp, signature: signed['x-slack-signature'], body: rawBody };
};
const verdict = ({ timestamp, signature, body }: Call, secrets = [SECRET]) =>
  verifySlackSignature({
    secrets,
    headers: { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature },
    rawBody: body,
    nowMs: NOW,
  });

/** As bolt's HTTP receiver calls it: the timestamp as a number, the body as text. */
const bolt = ({ timestamp, signature, body }: Call): boolean =>
  isValidSlackRequest({
    signingSecret: SECRET,
    headers: { 'x-slack-request-timestamp': Number(timestamp), 'x-slack-signature': signature },
    body: body.toString('utf8'),
    nowMilliseconds: NOW,
  });

/** Where we refuse on purpose what bolt accepts. */
const stricter = ({ timestamp, signature, body }: Call): boolean =>
  // Bolt bounds old timestamps only; a clock of the future would let a call be kept for later.
  Number(timestamp) > NOW / 1_000 + 300 ||
  // Bolt reads the header as a number: blanks, signs, `1e9` and leading zeros are other spellings of the same one.
  !/^[1-9]\d{0,11}$/.test(timestamp) ||
  // Bolt looks at what stands between the first and the second `=` only.
  signature.split('=').length > 2 ||
  // Bolt compares text: bytes that are no UTF-8 become the same replacement character.
  !Buffer.from(body.toString('utf8')).equals(body);

describe('the signature of Slack', () => {
  it('is the one of Slack’s own example', () => {
    // docs.slack.dev/authentication/verifying-requests-from-slack
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const signature = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
    expect(
      verifySlackSignature({
        secrets: [SECRET],
        headers: { 'x-slack-request-timestamp': '1531420618', 'x-slack-signature': signature },
        rawBody: Buffer.from(body),
        nowMs: 1_531_420_618_000,
      }),
    ).toMatchObject({ ok: true, secret: 0 });
  });

  it.each([
    [-300, true],
    [-301, false],
    [300, true],
    [301, false],
    [0, true],
  ])('made %i seconds from our clock is good: %s', (seconds, good) => {
    const made = call('payload=x', now(seconds));
    expect(verdict(made).ok).toBe(good);
    // The planted bug of a window with one side: bolt has it.
    expect(bolt(made)).toBe(seconds >= -300);
  });

  it('is good with the old secret while both are, and says which it was', () => {
    const old = call('payload=x', now(0), OLD);
    expect(verdict(old, [SECRET, OLD])).toMatchObject({ ok: true, secret: 1 });
    expect(verdict(call('payload=x'), [SECRET, OLD])).toMatchObject({ ok: true, secret: 0 });
    expect(verdict(old)).toEqual({ ok: false, reason: 'mismatch' });
    // No secret signs nothing, not even with itself.
    expect(verdict(call('payload=x', now(0), ''), ['']).ok).toBe(false);
    expect(verdict(call('payload=x'), []).ok).toBe(false);
  });

  it('is compared exactly: 64 lower-case digits behind v0=', () => {
    const good = call('payload=x');
    for (const signature of [
      good.signature.toUpperCase(),
      `v0=${good.signature.slice(3).toUpperCase()}`,
      good.signature.slice(3),
      `v1=${good.signature.slice(3)}`,
      good.signature.slice(0, -1),
      `${good.signature}0`,
      ` ${good.signature}`,
      `${good.signature}, ${good.signature}`,
      'v0=',
      '',
    ])
      expect(verdict({ ...good, signature }).ok).toBe(false);
  });

  it('names the call: another time or another body is another call', () => {
    const nonces = [call('a'), call('b'), call('a', now(1)), call('a')].map((one) => {
      const said = verdict(one);
      return said.ok ? said.nonce : '';
    });
    expect(new Set(nonces).size).toBe(3);
    expect(nonces[3]).toBe(nonces[0]);
  });

  it('is refused after every flip of a single bit of a hundred good calls, as bolt refuses it', () => {
    let flips = 0;
    for (let i = 0; i < 100; i++) {
      const good = call(`payload=${i}%7B%22type%22%3A%22block_actions%22%7D`, now((i % 21) - 10));
      expect(verdict(good).ok && bolt(good)).toBe(true);
      for (const part of ['timestamp', 'signature', 'body'] as const) {
        const bytes = Buffer.from(good[part]);
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const changed = Buffer.from(bytes);
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          const forged = { ...good, [part]: part === 'body' ? changed : changed.toString('latin1') };
          expect(verdict(forged).ok).toBe(false);
          // What ends as the same number was not changed as far as bolt can see.
          if (!stricter(forged)) expect(bolt(forged)).toBe(false);
          flips += 1;
        }
      }
    }
    expect(flips).toBeGreaterThan(100 * 8 * 100);
  });

  it('cannot be made without the secret: none of a million calls is accepted, and bolt agrees', () => {
    const { below, hex } = seededRandom(4);
    const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
    const kept = Array.from({ length: 50 }, (_, i) => call(`payload=${i}`, now(-i)));
    const forgeries: readonly (() => Call)[] = [
      () => ({ ...pick(kept), signature: `v0=${hex(64)}` }),
      // A good signature on another body, another time, or what was made for another body.
      () => ({ ...pick(kept), body: Buffer.from(`payload=${below(1e9) + 1_000}`) }),
      () => ({ ...pick(kept), timestamp: now(-60 - below(200)) }),
      () => ({ ...pick(kept), timestamp: pick(['', 'NaN', '-1', '1e99', ' 1', '0', '9'.repeat(30)]) }),
      () => call(`payload=${hex(8)}`, now(-301 - below(1e6))),
      // Kept for later: signed, but for a time that has not come.
      () => call(`payload=${hex(8)}`, now(301 + below(1e6))),
      () =>
        call(
          `payload=${hex(8)}`,
          now(0),
          pick([OLD, '', SECRET.slice(1), `${SECRET} `, SECRET.toUpperCase()]),
        ),
      () => {
        const good = pick(kept);
        return {
          ...good,
          signature: pick([good.signature.slice(3), good.signature.toUpperCase(), `${good.signature}=`, '']),
        };
      },
      () => {
        // The separator moved: the same bytes are signed, but they are not the same call.
        const good = pick(kept);
        return {
          ...good,
          timestamp: good.timestamp.slice(0, -1),
          body: Buffer.concat([Buffer.from(good.timestamp.slice(-1)), good.body]),
        };
      },
      () => {
        const good = pick(kept);
        const body = createHmac('sha256', SECRET.slice(1)).update(good.body).digest('hex');
        return { ...good, signature: `v0=${body}` };
      },
    ];
    let accepted = 0;
    let disagreed = 0;
    const total = counted(1_000_000);
    for (let i = 0; i < total; i++) {
      const forged = forgeries[i % forgeries.length]!();
      const ours = verdict(forged).ok;
      if (ours) accepted += 1;
      if (!stricter(forged) && ours !== bolt(forged)) disagreed += 1;
    }
    expect({ accepted, disagreed }).toEqual({ accepted: 0, disagreed: 0 });
  }, 600_000);
});

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { counted } from '../../test/support/counts.ts';
import { type Incoming, type Key, signedHeaders, utf8, verifyStandard } from './standard.ts';

const NOW = new Date('2026-03-04T10:00:00.000Z');
const key = (name: string): Key => ({ name, secret: `whsec_${randomBytes(32).toString('base64')}` });
const [first, second, foreign] = [key('first'), key('second'), key('foreign')];
const bytes = (text: string) => new TextEncoder().encode(text);

function signed(body: string, { id = 'msg_1', at = NOW, by = [first] } = {}): Incoming & { raw: Uint8Array } {
  return { headers: signedHeaders(id, at, body, by), raw: bytes(body) };
}
const verify = (incoming: Incoming, keys: Key[] = [first, second], now = NOW) =>
  verifyStandard(incoming, keys, now)?.name;

describe('a signed webhook', () => {
  it('is accepted for each active key, and says which one it was', () => {
    expect(verify(signed('{}'))).toBe('first');
    expect(verify(signed('{}', { by: [second] }))).toBe('second');
    expect(verify(signed('{}', { by: [foreign, second] }))).toBe('second');
    expect(verify(signed('{}', { by: [foreign] }))).toBeUndefined();
    expect(verify(signed('{}'), [second])).toBeUndefined();
    expect(verify(signed('{}'), [])).toBeUndefined();
  });

  it('counts for five minutes on both sides of our clock', () => {
    for (const [seconds, name] of [
      [-300, 'first'],
      [300, 'first'],
      [-301, undefined],
      [301, undefined],
      [-86_400, undefined],
      [86_400, undefined],
    ] as const) {
      expect(verify(signed('{}', { at: new Date(NOW.getTime() + seconds * 1000) }))).toBe(name);
    }
  });

  it.each([
    ['webhook-timestamp', (t: string) => `${t}x`],
    ['webhook-timestamp', (t: string) => ` ${t}`],
    ['webhook-timestamp', (t: string) => `0${t}`],
    ['webhook-timestamp', (t: string) => `+${t}`],
    ['webhook-timestamp', (t: string) => `${t}.0`],
    ['webhook-timestamp', (t: string) => `${t}, ${t}`],
    ['webhook-signature', (s: string) => `${s},x`],
    ['webhook-signature', (s: string) => `${s} `],
    ['webhook-signature', (s: string) => `x ${s}`],
    ['webhook-signature', (s: string) => s.replace('v1', 'v2')],
    ['webhook-signature', (s: string) => `${s}=`],
    ['webhook-signature', (s: string) => s.replace(/=$/, '')],
    ['webhook-id', (i: string) => `${i} `],
    ['webhook-id', () => ''],
  ])('with a header %s that is written otherwise is refused', (name, change) => {
    const good = signed('{}');
    const headers = { ...good.headers, [name]: change(good.headers[name] ?? '') };
    expect(verify({ ...good, headers })).toBeUndefined();
  });

  it('is its bytes, not the text that they might be read as', () => {
    const good = signed('{"comment":"\ufffd"}');
    expect(verify(good)).toBe('first');
    const at = Buffer.from(good.raw).indexOf(0xef);
    const raw = Uint8Array.from([...good.raw.slice(0, at), 0xff, ...good.raw.slice(at + 3)]);
    // Decoded leniently, the two are the same text.
    expect(new TextDecoder().decode(raw)).toBe(new TextDecoder().decode(good.raw));
    expect(verify({ ...good, raw })).toBeUndefined();
    expect(verify({ ...good, raw: Uint8Array.from([0xef, 0xbb, 0xbf, ...good.raw]) })).toBeUndefined();
    expect(utf8(raw)).toBeUndefined();
  });

  it('cannot be cut at another dot', () => {
    const id = `msg.${Math.floor(NOW.getTime() / 1000)}`;
    const whole = signed('1700000000.{}', { id });
    expect(verify(whole)).toBeUndefined();
    const moved = { ...whole.headers, 'webhook-id': 'msg' };
    const raw = bytes(`${whole.headers['webhook-timestamp']}.1700000000.{}`);
    // Nobody can tell these two from what was signed; what is left for the body is never an object.
    expect(verify({ headers: moved, raw })).toBe('first');
    expect(() => JSON.parse(utf8(raw) ?? '')).toThrow(SyntaxError);
  });

  it('is accepted by the library too, and what the library makes is accepted here', () => {
    const now = new Date();
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/),
        fc.integer({ min: -400, max: 400 }),
        fc.boolean(),
        (body, id, seconds, honest) => {
          const at = new Date(now.getTime() + seconds * 1000);
          const incoming = signed(body, { id, at, by: [honest ? first : foreign] });
          const ours = verify(incoming, [first], now) !== undefined;
          let theirs = true;
          try {
            new Webhook(first.secret).verify(body, incoming.headers as Record<string, string>, {
              jsonParse: false,
            });
          } catch {
            theirs = false;
          }
          // Its own clock moves on while this runs, so the very edge may differ.
          if (Math.abs(Math.abs(seconds) - 300) > 20) expect(ours).toBe(theirs);
        },
      ),
    );
  });
});

/** In place; again, it is as before. */
function turn(data: Uint8Array, bit: number): void {
  data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (1 << (bit & 7));
}

describe('a forged webhook', () => {
  const body = JSON.stringify({ requestId: 'req-1', decision: 'approve', person: 'ana', n: 'ä\ufffd' });
  const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
  const flip = (data: Uint8Array, bit: number) =>
    data.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

  it('differs in one bit and is refused, for every bit of 100 of them', () => {
    let tried = 0;
    for (let n = 0; n < 100; n++) {
      const good = signed(`${body}${n}`, { id: `msg_${n}`, at: new Date(NOW.getTime() + (n - 50) * 5_000) });
      expect(verify(good)).toBe('first');
      for (let bit = 0; bit < good.raw.length * 8; bit++) {
        tried++;
        turn(good.raw, bit);
        if (verify(good) !== undefined) expect.fail(`body, bit ${bit}`);
        turn(good.raw, bit);
      }
      for (const name of HEADERS) {
        const text = Buffer.from(good.headers[name] ?? '', 'latin1');
        for (let bit = 0; bit < text.length * 8; bit++) {
          tried++;
          const headers = { ...good.headers, [name]: Buffer.from(flip(text, bit)).toString('latin1') };
          if (verify({ ...good, headers }) !== undefined) expect.fail(`${name}, bit ${bit}`);
        }
      }
    }
    expect(tried).toBeGreaterThan(100_000);
  });

  it(`is never accepted, ${counted(1_000_000)} times`, () => {
    const random = seeded(20_260_304);
    const below = (n: number) => Math.floor(random() * n);
    const letters = (n: number) =>
      Array.from({ length: n }, () => String.fromCharCode(33 + below(94))).join('');
    const sixMinutes = (sign: number) => new Date(NOW.getTime() + sign * (301_000 + below(10_000_000)));
    const forgeries: ((good: Incoming & { raw: Uint8Array }) => Incoming)[] = [
      (g) => ({ ...g, raw: flip(g.raw, below(g.raw.length * 8)) }),
      (g) => ({ ...g, raw: g.raw.slice(0, below(g.raw.length)) }),
      (g) => ({ ...g, raw: Uint8Array.from([...g.raw, below(256)]) }),
      (g) => ({ ...g, raw: bytes(letters(20)) }),
      ...HEADERS.flatMap((name) => [
        (g: Incoming) => ({ ...g, headers: { ...g.headers, [name]: letters(1 + below(60)) } }),
        (g: Incoming) => ({ ...g, headers: { ...g.headers, [name]: undefined } }),
        (g: Incoming) => ({ ...g, headers: { ...g.headers, [name]: `${g.headers[name]}${letters(1)}` } }),
      ]),
      (g) => ({
        ...g,
        headers: { ...g.headers, 'webhook-signature': `v1,${randomBytes(32).toString('base64')}` },
      }),
      (g) => ({
        ...g,
        headers: { ...g.headers, 'webhook-signature': `v1a,${g.headers['webhook-signature']?.slice(3)}` },
      }),
      () => signed(body, { by: [foreign] }),
      () => signed(body, { at: sixMinutes(1) }),
      () => signed(body, { at: sixMinutes(-1) }),
      (g) => ({
        ...g,
        headers: {
          ...g.headers,
          'webhook-timestamp': String(Math.floor(NOW.getTime() / 1000) + 1 + below(300)),
        },
      }),
    ];
    const valid = Array.from({ length: 50 }, (_, n) => signed(`${body}${n}`, { id: `msg_${n}` }));
    let accepted = 0;
    const total = counted(1_000_000);
    for (let n = 0; n < total; n++) {
      const forged = forgeries[n % forgeries.length]!(valid[below(valid.length)]!);
      if (verify(forged) !== undefined) accepted++;
    }
    expect(accepted).toBe(0);
    expect(valid.every((good) => verify(good) === 'first')).toBe(true);
  });
});

/** The same numbers in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

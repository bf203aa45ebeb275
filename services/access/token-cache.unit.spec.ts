import { describe, expect, it } from 'vitest';
import { issueLocalToken, localTokens } from './token.ts';
import { rememberTokens } from './token-cache.ts';

const KEY = new Uint8Array(32).fill(7);
const AT = Date.parse('2026-03-04T10:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('a token that was good a moment ago', () => {
  const opened = () => {
    const seen: string[] = [];
    const tokens = localTokens(KEY);
    const verifier = rememberTokens({
      verify: (token, now) => {
        seen.push(token);
        return tokens.verify(token, now);
      },
    });
    return { seen, at: (token: string, ms: number) => verifier.verify(token, new Date(ms)) };
  };
  const ana = { subject: 'ana@example.com', teams: ['a'], roles: ['requester' as const] };

  it('is not checked again for a minute, and is another person’s never', async () => {
    const { seen, at } = opened();
    const [hers, bens] = [
      await issueLocalToken(KEY, ana, AT),
      await issueLocalToken(KEY, { ...ana, subject: 'ben@example.com' }, AT),
    ];
    for (const ms of [AT, AT + 1, AT + MINUTE - 1]) expect((await at(hers, ms)).who).toEqual(ana);
    expect((await at(bens, AT + 2)).who.subject).toBe('ben@example.com');
    expect(seen).toEqual([hers, bens]);
    await at(hers, AT + MINUTE);
    expect(seen).toEqual([hers, bens, hers]);
  });

  it('is checked once for calls that come at once, if it is good', async () => {
    const { seen, at } = opened();
    const good = await issueLocalToken(KEY, ana, AT);
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => at(good, AT + i)));
    expect(all.map(({ who }) => who)).toEqual(all.map(() => ana));
    expect(seen).toEqual([good]);
    const forged = await issueLocalToken(new Uint8Array(32).fill(8), ana, AT);
    const refused = await Promise.allSettled(Array.from({ length: 10 }, () => at(forged, AT)));
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
    expect(seen).toHaveLength(11);
  });

  it('is refused after its end, and before its time when the clock is set back', async () => {
    const { seen, at } = opened();
    const token = await issueLocalToken(KEY, ana, AT);
    await at(token, AT + 12 * HOUR - 1_000);
    await expect(at(token, AT + 12 * HOUR)).rejects.toMatchObject({ code: 'bad-token' });
    await at(token, AT + 5);
    await at(token, AT);
    expect(seen).toHaveLength(4);
  });

  it('was not good: it is looked at each time', async () => {
    const { seen, at } = opened();
    const forged = await issueLocalToken(new Uint8Array(32).fill(8), ana, AT);
    for (let i = 0; i < 3; i++) await expect(at(forged, AT)).rejects.toMatchObject({ code: 'bad-token' });
    expect(seen).toHaveLength(3);
  });
});

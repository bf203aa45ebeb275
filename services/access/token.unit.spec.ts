import { createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { Principal } from './principal.ts';
import { issueLocalToken, verifyLocalToken } from './token.ts';

const key = new Uint8Array(32).fill(7);
const NOW = Date.parse('2026-03-04T10:00:00.000Z');
const HOUR = 3_600_000;
const ana: Principal = { subject: 'ana@example.com', teams: ['payments'], roles: ['requester'] };
const verify = (token: string, nowMs = NOW, withKey = key) => verifyLocalToken(withKey, token, nowMs);
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = {
  sub: 'ana@example.com',
  teams: ['payments'],
  roles: ['requester'],
  iss: 'jetway-local',
  aud: 'jetway',
};
const inAnHour = Math.floor((NOW + HOUR) / 1000);

const signed = (payload: object, header: object = { alg: 'HS256', typ: 'JWT' }, secret: Uint8Array = key) => {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};

describe('a token', () => {
  it('brings back whom it was issued to, for twelve hours', async () => {
    const token = await issueLocalToken(key, ana, NOW);
    expect(await verify(token)).toEqual(ana);
    expect(await verify(token, NOW + 11 * HOUR)).toEqual(ana);
    await expect(verify(token, NOW + 12 * HOUR + 1_000)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('in the form of the other tests here is good', async () => {
    expect(await verify(signed({ ...claims, exp: inAnHour }))).toEqual(ana);
  });

  it.each<[string, string | (() => Promise<string>)]>([
    ['nothing', ''],
    ['no token', 'hello'],
    ['no signature', `${encode({ alg: 'none' })}.${encode({ ...claims, exp: inAnHour })}.`],
    ['the algorithm none with a signature', signed({ ...claims, exp: inAnHour }, { alg: 'none' })],
    ['the algorithm None', signed({ ...claims, exp: inAnHour }, { alg: 'None' })],
    ['another algorithm', signed({ ...claims, exp: inAnHour }, { alg: 'RS256' })],
    [
      'a stronger algorithm',
      () =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS512' })
          .setExpirationTime(inAnHour)
          .sign(new Uint8Array(64).fill(7)),
    ],
    ['another key', signed({ ...claims, exp: inAnHour }, { alg: 'HS256' }, new Uint8Array(32).fill(8))],
    ['another audience', signed({ ...claims, aud: 'else', exp: inAnHour })],
    ['no audience', signed({ ...claims, aud: undefined, exp: inAnHour })],
    ['another issuer', signed({ ...claims, iss: 'else', exp: inAnHour })],
    ['no end', signed(claims)],
    ['an end in the past', signed({ ...claims, exp: Math.floor(NOW / 1000) - 1 })],
    ['a begin in the future', signed({ ...claims, exp: inAnHour, nbf: inAnHour })],
    ['no subject', signed({ ...claims, sub: undefined, exp: inAnHour })],
    ['an empty subject', signed({ ...claims, sub: '', exp: inAnHour })],
    ['a role that there is not', signed({ ...claims, roles: ['root'], exp: inAnHour })],
    ['roles that are no list', signed({ ...claims, roles: 'admin', exp: inAnHour })],
    [
      'a critical header that nobody knows',
      signed({ ...claims, exp: inAnHour }, { alg: 'HS256', crit: ['x'], x: 1 }),
    ],
  ])('with %s is refused', async (_what, token) => {
    const text = typeof token === 'string' ? token : await token();
    await expect(verify(text)).rejects.toMatchObject({ kind: 'unauthenticated', code: 'bad-token' });
  });

  it('with one changed character is refused', async () => {
    const token = await issueLocalToken(key, ana, NOW);
    const [header, , signature] = token.split('.');
    await expect(
      verify(`${header}.${encode({ ...claims, roles: ['operator'], exp: inAnHour })}.${signature}`),
    ).rejects.toThrow();
  });
});

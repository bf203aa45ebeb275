import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { Problem } from '../kernel/errors.ts';
import { type Principal, ROLES } from './principal.ts';
import type { TokenVerifier } from './token-verifier.port.ts';

const ISSUER = 'jetway-local';
const AUDIENCE = 'jetway';

const Claims = z.object({
  sub: z.string().min(1).max(256),
  teams: z.array(z.string()),
  roles: z.array(z.enum(ROLES)),
});

/** A token of the local mode, valid for twelve hours. @param key HMAC key of this installation */
export function issueLocalToken(key: Uint8Array, who: Principal, nowMs: number): Promise<string> {
  return new SignJWT({ teams: [...who.teams], roles: [...who.roles] })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(who.subject)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(Math.floor(nowMs / 1000))
    .setExpirationTime(Math.floor(nowMs / 1000) + 12 * 3600)
    .sign(key);
}

/** @throws Problem `unauthenticated` for any token that is not exactly ours: other algorithm, issuer, audience, expired */
export async function verifyLocalToken(key: Uint8Array, token: string, nowMs: number): Promise<Principal> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(nowMs),
    });
    const { sub, teams, roles } = Claims.parse(payload);
    return { subject: sub, teams, roles };
  } catch (cause) {
    throw new Problem('unauthenticated', 'bad-token', 'The bearer token is not valid here: get a new one.', {
      cause,
    });
  }
}

export const localTokens = (key: Uint8Array): TokenVerifier => ({
  verify: async (token, now) => ({ who: await verifyLocalToken(key, token, now.getTime()) }),
});

import {
  createRemoteJWKSet,
  customFetch,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { z } from 'zod';
import { Problem } from '../kernel/errors.ts';
import { readClaims } from './oidc-claims.ts';
import { isSafe, type OidcConfig } from './oidc-config.ts';
import type { TokenVerifier, Vouched } from './token-verifier.port.ts';

/** Milliseconds. */
export type KeyCache = { maxAge: number; cooldown: number; timeout: number };
const KEY_CACHE: KeyCache = { maxAge: 600_000, cooldown: 10_000, timeout: 5_000 };

const MAX_TOKEN = 8 * 1_024;
const MAX_DOCUMENT = 256 * 1_024;
const CLOCK_TOLERANCE = 10;
/** Of a token that says who may do what: a logout token or a proof of possession is none. */
const TYPES = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

class ProviderAway extends Error {
  override readonly name = 'ProviderAway';
}

/** Tokens of the identity provider, whose keys are fetched when they are needed and kept for ten minutes. */
export function oidcTokens(
  config: OidcConfig,
  cache: KeyCache = KEY_CACHE,
): TokenVerifier & {
  /** An ID token, which is for the dashboard and nobody else. */
  verifyIdToken(token: string, now: Date): Promise<Vouched>;
} {
  const keys = openKeys(config.issuer, cache);
  const verify = async (token: string, now: Date, audience: string): Promise<Vouched> => {
    try {
      return readClaims(await payloadOf(token, now, audience), config.claims);
    } catch (cause) {
      throw isAway(cause)
        ? new Problem(
            'unavailable',
            'identity-provider',
            'The identity provider does not give its keys, so no token can be checked. Try again in a moment.',
            { cause, retryAfterSeconds: 10 },
          )
        : new Problem('unauthenticated', 'bad-token', 'The bearer token is not valid here: get a new one.', {
            cause,
          });
    }
  };
  async function payloadOf(token: string, now: Date, audience: string): Promise<JWTPayload> {
    if (token.length > MAX_TOKEN) throw new Error('the token is longer than 8 KiB');
    const { typ } = decodeProtectedHeader(token);
    if (!TYPES.includes(typ?.toLowerCase())) throw new Error('the token is of another type');
    const { payload } = await jwtVerify(token, await keys(), {
      algorithms: [...config.algorithms],
      issuer: config.issuer,
      audience,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: CLOCK_TOLERANCE,
      currentDate: now,
    });
    // A token from the future would be the newest for ever.
    if ((payload.iat ?? 0) > now.getTime() / 1_000 + CLOCK_TOLERANCE) throw new Error('issued in the future');
    return payload;
  }
  return {
    verify: (token, now) => verify(token, now, config.audience),
    keysForMs: cache.maxAge,
    verifyIdToken: (token, now) => verify(token, now, config.clientId),
  };
}

/** Whatever is not a fault of the token: no answer, another answer than keys. It denies as well. */
function isAway(error: unknown): boolean {
  if (error instanceof ProviderAway) return true;
  return (
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')
  );
}

/** Finds the provider's keys by its discovery document: at first use, and again after a failure at most every `cooldown`. */
function openKeys(issuer: string, cache: KeyCache) {
  let found: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  const discover = async () => {
    const place = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const document = Discovery.safeParse(await (await fetchDocument(place.href, {}, cache.timeout)).json());
    if (!document.success || document.data.issuer !== issuer)
      throw new ProviderAway('the discovery document is not that of the issuer');
    const url = new URL(document.data.jwks_uri);
    if (!isSafe(url)) throw new ProviderAway('the keys are not at an https address');
    return createRemoteJWKSet(url, {
      cacheMaxAge: cache.maxAge,
      cooldownDuration: cache.cooldown,
      timeoutDuration: cache.timeout,
      [customFetch]: (address, options) => fetchDocument(address, options, cache.timeout),
    });
  };
  return () => {
    if (!found) {
      if (performance.now() - failedAt < cache.cooldown) throw new ProviderAway('it failed a moment ago');
      found = discover().catch((error: unknown) => {
        found = undefined;
        failedAt = performance.now();
        throw error;
      });
    }
    return found;
  };
}

/** One answer of at most 256 KiB, from where it was asked for. @throws ProviderAway */
async function fetchDocument(address: string, options: RequestInit, timeoutMs: number): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(address, { ...options, redirect: 'error', signal });
    if (response.status !== 200 || !response.body) throw new Error(`answered ${response.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > MAX_DOCUMENT) throw new Error('is larger than 256 KiB');
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    JSON.parse(text);
    return new Response(text, { status: 200, headers: { 'content-type': 'application/json' } });
  } catch (cause) {
    throw new ProviderAway(`${address} gives no document`, { cause });
  }
}

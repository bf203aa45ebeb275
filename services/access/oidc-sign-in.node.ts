import * as client from 'openid-client';
import { z } from 'zod';
import { Problem } from '../kernel/errors.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import type { oidcTokens } from './oidc.node.ts';
import { isSafe, type OidcConfig } from './oidc-config.ts';
import { pathWithin } from './path-within.ts';
import type { Vouched } from './token-verifier.port.ts';

/** Ten minutes for typing a password and finding the second factor. */
export const SIGN_IN_MS = 600_000;

/** What has to come back with the answer of the provider; sealed in a cookie of the browser that began. */
const Begun = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  at: z.number(),
});

/** Authorization code with PKCE, state and nonce. */
export function oidcSignIn(
  config: OidcConfig,
  publicUrl: string,
  secrets: Secrets,
  tokens: Pick<ReturnType<typeof oidcTokens>, 'verifyIdToken'>,
) {
  const callback = new URL('/auth/callback', publicUrl).href;
  let found: Promise<client.Configuration> | undefined;
  const provider = () => {
    found ??= discover(config).catch((cause: unknown) => {
      found = undefined;
      throw new Problem(
        'unavailable',
        'identity-provider',
        'The identity provider does not answer. Try again.',
        {
          cause,
          retryAfterSeconds: 10,
        },
      );
    });
    return found;
  };
  return {
    /** @returns where to send the browser, and what it has to keep until it comes back */
    async begin(next: string | undefined, now: Date): Promise<{ url: string; sealed: string }> {
      const begun = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
        next: pathWithin(next),
        at: now.getTime(),
      };
      const url = client.buildAuthorizationUrl(await provider(), {
        redirect_uri: callback,
        scope: config.scopes,
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, sealed: secrets.seal(JSON.stringify(begun)) };
    },

    /** @throws Problem unauthenticated when anything about it is not what this browser began */
    async finish(search: string, sealed: string, now: Date): Promise<{ vouched: Vouched; next: string }> {
      const begun = open(secrets, sealed, now);
      const configuration = await provider();
      try {
        const answer = await client.authorizationCodeGrant(configuration, new URL(`${callback}${search}`), {
          expectedState: begun.state,
          expectedNonce: begun.nonce,
          pkceCodeVerifier: begun.verifier,
          idTokenExpected: true,
        });
        // Its signature too, by the rules for every other token.
        const vouched = await tokens.verifyIdToken(answer.id_token ?? '', now);
        return { vouched, next: begun.next };
      } catch (cause) {
        if (cause instanceof Problem && cause.kind === 'unavailable') throw cause;
        throw notSignedIn(cause);
      }
    },
  };
}
export type OidcSignIn = ReturnType<typeof oidcSignIn>;

function open(secrets: Secrets, sealed: string, now: Date): z.infer<typeof Begun> {
  try {
    const begun = Begun.parse(JSON.parse(secrets.open(sealed)));
    if (Math.abs(now.getTime() - begun.at) > SIGN_IN_MS) throw new Error('too late');
    return begun;
  } catch (cause) {
    throw notSignedIn(cause);
  }
}

const notSignedIn = (cause: unknown) =>
  new Problem('unauthenticated', 'sign-in', 'The sign-in did not come to its end. Begin again.', { cause });

function discover(config: OidcConfig): Promise<client.Configuration> {
  const issuer = new URL(config.issuer);
  const authentication = config.clientSecret ? client.ClientSecretBasic(config.clientSecret) : client.None();
  // http is for a provider on this machine only; the settings have been checked for that.
  const execute = issuer.protocol === 'http:' && isSafe(issuer) ? [client.allowInsecureRequests] : [];
  return client.discovery(issuer, config.clientId, undefined, authentication, { execute, timeout: 5 });
}

import * as oauth from 'openid-client';
import { isSafe } from '../access/oidc-config.ts';
import { type Credential, keepCredential } from './credentials.node.ts';
import { Failed, NotSignedIn } from './explain.ts';

type Kept = Extract<Credential, { kind: 'oidc' }>;

/** A token that ends within this time may have ended when it arrives. */
const MARGIN_MS = 30_000;

/** The provider by its discovery document, as a public client. @throws Failed */
export async function discoverProvider(issuer: string, clientId: string): Promise<oauth.Configuration> {
  const place = new URL(issuer);
  if (!isSafe(place)) throw new Failed(`${issuer} is no https address: nobody signs in there.`);
  const execute = place.protocol === 'http:' ? [oauth.allowInsecureRequests] : [];
  try {
    return await oauth.discovery(place, clientId, undefined, oauth.None(), { execute, timeout: 10 });
  } catch (cause) {
    throw new Failed(
      `The identity provider at ${issuer} does not answer as one: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

/** What is kept of an answer of the provider. */
export const credentialOf = (
  issuer: string,
  clientId: string,
  answer: oauth.TokenEndpointResponse,
  before: { refreshToken?: string | undefined; nowMs: number },
): Kept => {
  // A provider that gives no new one lets the old one be used again (RFC 6749, section 6).
  const refreshToken = answer.refresh_token ?? before.refreshToken;
  return {
    kind: 'oidc',
    issuer,
    clientId,
    accessToken: answer.access_token,
    ...(answer.expires_in === undefined ? {} : { expiresAtMs: before.nowMs + answer.expires_in * 1_000 }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
  };
};

/** The token that was kept, or a new one for it where it has ended. @throws NotSignedIn */
export async function freshToken(kept: Kept, file: string, url: string): Promise<string> {
  const nowMs = Date.now();
  if (kept.expiresAtMs === undefined || kept.expiresAtMs - MARGIN_MS > nowMs) return kept.accessToken;
  const ended = `Your sign-in at ${url} has ended.\nWhat to do: jetway login`;
  if (kept.refreshToken === undefined) throw new NotSignedIn(ended);
  const provider = await discoverProvider(kept.issuer, kept.clientId);
  try {
    const answer = await oauth.refreshTokenGrant(provider, kept.refreshToken);
    const next = credentialOf(kept.issuer, kept.clientId, answer, { refreshToken: kept.refreshToken, nowMs });
    keepCredential(file, url, next);
    return next.accessToken;
  } catch (cause) {
    throw new NotSignedIn(ended, { cause });
  }
}

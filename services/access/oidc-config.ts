import type { ClaimNames } from './oidc-claims.ts';

/** Signed with a private key: a shared secret would let whoever checks tokens make them. */
export const ASYMMETRIC_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

export type OidcConfig = {
  issuer: string;
  /** Whom bearer tokens are for. */
  audience: string;
  algorithms: readonly (typeof ASYMMETRIC_ALGORITHMS)[number][];
  claims: ClaimNames;
  /** The dashboard's registration with the provider. */
  clientId: string;
  /** null: a public client, which PKCE alone protects. */
  clientSecret: string | null;
  scopes: string;
  /** The command line's registration: a public client that may use the device flow (RFC 8628). Absent: none is told. */
  cli?: { clientId: string; scopes: string };
};

/** https, or a provider on this machine. */
export const isSafe = (url: URL): boolean =>
  url.protocol === 'https:' ||
  (url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname));

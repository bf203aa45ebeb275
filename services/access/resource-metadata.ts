import { VERSION } from '../kernel/version.ts';
import type { OidcConfig } from './oidc-config.ts';

/**
 * How a program finds out where to sign in (RFC 9728), with what our command line needs besides: which version answers, how
 * one signs in here, and the client that it is at the identity provider. Public: nothing of it is a secret.
 * @param resource where people find this service
 * @param oidc null in local mode
 */
export const resourceMetadata = (resource: string, oidc: OidcConfig | null) => ({
  resource,
  ...(oidc ? { authorization_servers: [oidc.issuer] } : {}),
  bearer_methods_supported: ['header'],
  resource_documentation: new URL('/docs', resource).href,
  jetway_version: VERSION,
  jetway_sign_in: oidc ? 'oidc' : 'local',
  ...(oidc?.cli
    ? { jetway_cli: { client_id: oidc.cli.clientId, scope: oidc.cli.scopes, audience: oidc.audience } }
    : {}),
});

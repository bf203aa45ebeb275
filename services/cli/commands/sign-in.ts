import * as oauth from 'openid-client';
import { SignInDocument } from '../answers.schema.ts';
import { type Client, openClient, Refused } from '../client.ts';
import { addressOf, openAnonymous } from '../connect.ts';
import { type Credential, keepCredential, readCredential } from '../credentials.node.ts';
import { EXIT } from '../exit.ts';
import { Failed, Usage } from '../explain.ts';
import type { CommonOptions, Context } from '../run.ts';
import { styled } from '../text.ts';
import { credentialOf, discoverProvider } from '../tokens.node.ts';

const DOCUMENT = '/.well-known/oauth-protected-resource';

type Options = CommonOptions & { issuer?: string; clientId?: string; scope?: string; audience?: string };

/** Signs in and keeps the sign-in in a file that is nobody else's. */
export async function login(context: Context, options: Options): Promise<number> {
  const anybody = openAnonymous(options, context.config);
  const document = await howToSignIn(anybody);
  return document.jetway_sign_in === 'local'
    ? localLogin(context, options, anybody)
    : deviceLogin(context, options, document);
}

/** @throws Failed where the service does not say */
async function howToSignIn(anybody: Client): Promise<SignInDocument> {
  try {
    return await anybody.read(SignInDocument, DOCUMENT);
  } catch (error) {
    if (error instanceof Refused && error.status === 404)
      throw new Failed(
        `${anybody.baseUrl} does not say how its command line signs in: it is older than this program, or no Jetway.\nWhat to do: set JETWAY_TOKEN.`,
        { cause: error },
      );
    throw error;
  }
}

/** In the local mode anybody on the machine may be anybody; what is kept is who. */
async function localLogin({ screen, config }: Context, options: Options, anybody: Client): Promise<number> {
  if (options.as === undefined)
    throw new Usage(
      'This service is a local one: say who you are, as in --as ana@example.com --as-team payments --as-role requester',
    );
  const identity = { subject: options.as, teams: options.asTeam ?? [], roles: options.asRole ?? [] };
  await anybody.signIn(identity);
  keepCredential(config.credentialsFile, anybody.baseUrl, { kind: 'local', ...identity });
  screen.data({ event: 'signed-in', url: anybody.baseUrl, ...identity });
  screen.say(`You are ${identity.subject} at ${anybody.baseUrl}`);
  return EXIT.ok;
}

/** RFC 8628: the code is typed in a browser, on this machine or on another one. */
async function deviceLogin(context: Context, options: Options, document: SignInDocument): Promise<number> {
  const { screen, config } = context;
  const issuer = options.issuer ?? document.authorization_servers?.[0];
  const clientId = options.clientId ?? document.jetway_cli?.client_id;
  if (issuer === undefined || clientId === undefined)
    throw new Usage(
      'The service names no client for its command line (JETWAY_OIDC_CLI_CLIENT_ID). Give --client-id, or set JETWAY_TOKEN.',
    );
  const provider = await discoverProvider(issuer, clientId);
  if (provider.serverMetadata().device_authorization_endpoint === undefined)
    throw new Failed(`${issuer} does not offer the device flow. Set JETWAY_TOKEN instead.`);
  const scope = options.scope ?? document.jetway_cli?.scope ?? 'openid';
  const audience = options.audience ?? document.jetway_cli?.audience;
  const begun = await begin(provider, { scope, ...(audience === undefined ? {} : { audience }) });
  const nowMs = Date.now();
  const answer = await poll(context, provider, begun);
  if (answer === undefined) return EXIT.interrupted;
  const credential = credentialOf(issuer, clientId, answer, { nowMs });
  await prove(addressOf(options, config), credential);
  keepCredential(config.credentialsFile, addressOf(options, config), credential);
  screen.data({ event: 'signed-in', url: addressOf(options, config), issuer });
  screen.say(`Signed in at ${addressOf(options, config)}; kept in ${config.credentialsFile}`);
  return EXIT.ok;
}

async function begin(
  provider: oauth.Configuration,
  parameters: Record<string, string>,
): Promise<oauth.DeviceAuthorizationResponse> {
  try {
    return await oauth.initiateDeviceAuthorization(provider, parameters);
  } catch (cause) {
    throw new Failed(`The identity provider does not begin a sign-in: ${wordsOf(cause)}`, { cause });
  }
}

function tellWhere({ screen }: Context, begun: oauth.DeviceAuthorizationResponse): void {
  const { verification_uri: place, verification_uri_complete: whole, user_code: code, expires_in } = begun;
  for (const url of [place, whole ?? place])
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new Failed('The identity provider names no web page to sign in at.');
  screen.data({
    event: 'sign-in',
    verificationUri: place,
    verificationUriComplete: whole,
    userCode: code,
    expiresIn: expires_in,
  });
  screen.say([`Open ${place} and type the code `, styled('bold', code)]);
  if (whole !== undefined) screen.say(`or open ${whole}`);
  screen.say(`Waiting for at most ${Math.ceil(expires_in / 60)} min; Ctrl-C ends it.`);
}

/** @returns undefined when somebody pressed Ctrl-C @throws Failed, Refused */
async function poll(
  context: Context,
  provider: oauth.Configuration,
  begun: oauth.DeviceAuthorizationResponse,
) {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  // Before anybody is told of it.
  process.once('SIGINT', onSignal);
  try {
    tellWhere(context, begun);
    return await oauth.pollDeviceAuthorizationGrant(provider, begun, undefined, { signal: stop.signal });
  } catch (cause) {
    if (stop.signal.aborted) return undefined;
    if (cause instanceof Failed) throw cause;
    const code = (cause as { error?: unknown }).error;
    if (code === 'access_denied')
      throw new Refused(403, {
        title: 'Not signed in',
        detail: 'The sign-in was denied at the identity provider.',
        code,
      });
    throw new Failed(`The sign-in did not come to its end: ${wordsOf(cause)}`, { cause });
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
}

/** A token for somebody else would be told apart only later, by every command. @throws Failed */
async function prove(url: string, { accessToken }: Extract<Credential, { kind: 'oidc' }>): Promise<void> {
  try {
    await openClient(url, accessToken).get('/v1/blueprints');
  } catch (error) {
    if (error instanceof Refused && error.status === 401)
      throw new Failed(
        'The identity provider signed you in, but this service does not accept its token: audience, scopes or algorithm differ.\nWhat to do: give --audience or --scope, or ask who runs the service.',
        { cause: error },
      );
    throw error;
  }
}

const wordsOf = (error: unknown): string => {
  const { error: code, error_description: words, message } = error as Record<string, unknown>;
  return [code, words].filter((one) => typeof one === 'string').join(': ') || String(message);
};

export async function logout({ screen, config }: Context, options: CommonOptions): Promise<number> {
  const url = addressOf(options, config);
  const kept = readCredential(config.credentialsFile, url);
  const revoked = kept?.kind === 'oidc' && (await revoke(kept));
  keepCredential(config.credentialsFile, url, undefined);
  screen.data({ event: 'signed-out', url, was: kept !== undefined, revoked });
  screen.say(kept === undefined ? `You were not signed in at ${url}` : `Signed out at ${url}`);
  return EXIT.ok;
}

/** As far as the provider can; what is forgotten here is gone in any case. */
async function revoke({
  issuer,
  clientId,
  refreshToken,
  accessToken,
}: Extract<Credential, { kind: 'oidc' }>) {
  try {
    const provider = await discoverProvider(issuer, clientId);
    if (provider.serverMetadata().revocation_endpoint === undefined) return false;
    await oauth.tokenRevocation(provider, refreshToken ?? accessToken);
    return true;
  } catch {
    return false;
  }
}

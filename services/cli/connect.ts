import { type Client, openClient, Refused } from './client.ts';
import type { CliConfig } from './config.ts';
import { readCredential } from './credentials.node.ts';
import { NotSignedIn, Usage } from './explain.ts';
import { freshToken } from './tokens.node.ts';

/** Who somebody is in the local mode. */
export type Identity = { subject: string; teams: string[]; roles: string[] };

export type ConnectionOptions = {
  url?: string;
  token?: string;
  as?: string;
  asTeam?: string[];
  asRole?: string[];
  patience?: number;
};

const LOCAL_URL = 'http://127.0.0.1:8080';
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** Sees everything and decides nothing. */
export const ONLOOKER: Identity = { subject: 'ops@example.com', teams: [], roles: ['operator', 'auditor'] };

/** @throws Usage for an address that no token may be sent to */
export function addressOf(options: ConnectionOptions, config: CliConfig): string {
  const given = options.url ?? config.url ?? LOCAL_URL;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw new Usage(`${given} is not an address: give --url or JETWAY_URL as in https://jetway.example.com`);
  const url = new URL(given);
  if (url.protocol === 'http:' && !LOOPBACK.includes(url.hostname))
    throw new Usage(
      `${url.origin} is not on this machine: a token goes over https only. Use https://${url.host}`,
    );
  return url.origin;
}

/** Milliseconds that an answer may take to begin. */
const patienceOf = (options: ConnectionOptions): number => (options.patience ?? 30) * 1_000;

export const openAnonymous = (options: ConnectionOptions, config: CliConfig): Client =>
  openClient(addressOf(options, config), '', patienceOf(options));

/** Somebody is signed in by a token of their own, so who they are is not ours to say. */
export const hasOwnToken = (options: ConnectionOptions, config: CliConfig): boolean =>
  (options.token ?? config.token) !== undefined ||
  readCredential(config.credentialsFile, addressOf(options, config))?.kind === 'oidc';

/**
 * Signed in: by the token that was given, by the sign-in that was kept, or else as `who` where the service is a local one.
 * @throws NotSignedIn where none of them will do
 */
export async function connect(options: ConnectionOptions, config: CliConfig, who: Identity): Promise<Client> {
  const url = addressOf(options, config);
  const patience = patienceOf(options);
  const token = options.token ?? config.token;
  if (token !== undefined) return openClient(url, token, patience);
  const kept = readCredential(config.credentialsFile, url);
  if (kept?.kind === 'oidc')
    return openClient(url, await freshToken(kept, config.credentialsFile, url), patience);
  const identity = kept === undefined || options.as !== undefined ? who : kept;
  try {
    return await openClient(url, '', patience).signIn({
      subject: options.as ?? identity.subject,
      teams: options.asTeam ?? identity.teams,
      roles: options.asRole ?? identity.roles,
    });
  } catch (error) {
    if (error instanceof Refused && error.problem.code === 'no-route')
      throw new NotSignedIn(
        `You are not signed in at ${url}.\nWhat to do: jetway login, or set JETWAY_TOKEN.`,
        { cause: error },
      );
    throw error;
  }
}

import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** Somebody of the local mode, where a name is enough. */
const LocalIdentity = z.strictObject({
  kind: z.literal('local'),
  subject: z.string(),
  teams: z.array(z.string()),
  roles: z.array(z.string()),
});

const OidcTokens = z.strictObject({
  kind: z.literal('oidc'),
  issuer: z.string(),
  clientId: z.string(),
  accessToken: z.string(),
  /** Milliseconds; absent where the provider did not say. */
  expiresAtMs: z.number().optional(),
  refreshToken: z.string().optional(),
});

const Credential = z.discriminatedUnion('kind', [LocalIdentity, OidcTokens]);
export type Credential = z.infer<typeof Credential>;

const Stored = z.strictObject({ version: z.literal(1), services: z.record(z.string(), Credential) });

/** The file with sign-ins cannot be trusted or read; the message says what to do. */
export class BadCredentials extends Error {
  override readonly name = 'BadCredentials';
}

/** A sign-in belongs to one address: no other service is ever sent its token. */
export const readCredential = (file: string, url: string): Credential | undefined =>
  read(file).services[new URL(url).origin];

/** @param credential undefined forgets the one that is there */
export function keepCredential(file: string, url: string, credential: Credential | undefined): void {
  const { services } = read(file);
  const { [new URL(url).origin]: _, ...others } = services;
  const kept = credential ? { ...others, [new URL(url).origin]: credential } : others;
  if (Object.keys(kept).length === 0) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Another command may read meanwhile; and a file that is there keeps its mode when it is written.
  const next = `${file}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify({ version: 1, services: kept }, null, 2)}\n`, { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, file);
}

/** @throws BadCredentials when others may read the file, or it is not ours */
function read(file: string): z.infer<typeof Stored> {
  let text: string;
  try {
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
      throw new BadCredentials(`Others may read ${file}. Make it yours alone: chmod 600 ${file}`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { version: 1, services: {} };
    throw error;
  }
  try {
    return Stored.parse(JSON.parse(text));
  } catch (cause) {
    throw new BadCredentials(`${file} is not a file of sign-ins. Remove it and sign in again: jetway login`, {
      cause,
    });
  }
}

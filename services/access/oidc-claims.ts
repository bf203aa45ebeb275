import { z } from 'zod';
import { ROLES, type Role } from './principal.ts';
import type { Vouched } from './token-verifier.port.ts';

/** How the identity provider calls what we want to know. A name may lead into an object: `realm_access.roles`. */
export type ClaimNames = { subject: string; teams: string; roles: string };

/** Whoever could name a team freely could name the whole organization. */
const TEAM = /^[a-z0-9][a-z0-9-]{0,62}$/;
const MAX_TEAMS = 200;
const MAX_ENTRIES = 2_000;

const Subject = z.string().trim().min(1).max(256);

/**
 * What verified claims say of somebody. Groups that are no team's name and roles that are none of ours are left out: a
 * provider sends many that mean nothing here.
 * @throws Error when there is no subject, or an e-mail address that nobody has verified would be one
 */
export function readClaims(claims: Readonly<Record<string, unknown>>, names: ClaimNames): Vouched {
  const subject = Subject.parse(claimOf(claims, names.subject));
  const verified = claims.email_verified === true;
  if (names.subject === 'email' && !verified)
    throw new Error('the e-mail address is the subject and is not verified');
  const issuedAt = z.number().positive().max(8e9).parse(claims.iat);
  return {
    who: {
      subject,
      teams: [...new Set(listOf(claimOf(claims, names.teams)).filter((team) => TEAM.test(team)))].slice(
        0,
        MAX_TEAMS,
      ),
      roles: ROLES.filter((role: Role) => listOf(claimOf(claims, names.roles)).includes(role)),
      ...(isProgram(claims) ? { program: true } : {}),
      vouchedAt: new Date(issuedAt * 1_000),
    },
    ...(verified && typeof claims.email === 'string' ? { email: claims.email.slice(0, 320) } : {}),
    ...(typeof claims.name === 'string' ? { name: claims.name.slice(0, 200) } : {}),
  };
}

/** A claim by its whole name first: names that are addresses have dots too. */
function claimOf(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** A list, or words with spaces or commas between. */
function listOf(value: unknown): string[] {
  if (typeof value === 'string')
    return value
      .slice(0, 20_000)
      .split(/[\s,]+/)
      .filter(Boolean);
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_ENTRIES).filter((entry): entry is string => typeof entry === 'string');
}

/** A token of client credentials, as different providers write it: nobody signed in. */
function isProgram(claims: Readonly<Record<string, unknown>>): boolean {
  const { sub } = claims;
  const clients = [claims.client_id, claims.azp, claims.cid, claims.appid];
  return (
    clients.some((client) => client !== undefined && (client === sub || `${client}@clients` === sub)) ||
    claims.idtyp === 'app' ||
    claims.gty === 'client-credentials'
  );
}

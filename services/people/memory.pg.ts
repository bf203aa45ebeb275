import type { Orm } from '../../db/client.ts';
import type { Vouched } from '../access/token-verifier.port.ts';
import { rememberPerson } from './people.pg.ts';
import { canonicalSubject } from './person.ts';

const KNOWN = 10_000;
const NEWER_BY_MS = 60_000;

/**
 * Keeps what verified tokens say of people. What this process has written is not written again: a token is sent with
 * every call and says the same each time. Local tokens are not kept, because with them anybody may be anybody.
 */
export function openMemory(orm: Orm): (vouched: Vouched) => Promise<void> {
  const known = new Map<string, { says: string; at: number }>();
  return async ({ who, email, name }) => {
    if (!who.vouchedAt || who.program) return;
    const [subject, at] = [canonicalSubject(who.subject), who.vouchedAt.getTime()];
    const says = JSON.stringify([who.teams, who.roles, email, name]);
    const last = known.get(subject);
    if (last && (at < last.at || (says === last.says && at < last.at + NEWER_BY_MS))) return;
    await rememberPerson(orm, { ...who, email, name }, who.vouchedAt);
    known.delete(subject);
    known.set(subject, { says, at });
    for (const oldest of known.keys()) {
      if (known.size <= KNOWN) break;
      known.delete(oldest);
    }
  };
}

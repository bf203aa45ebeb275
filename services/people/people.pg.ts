import { inArray, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { people } from '../../db/schema/index.ts';
import { type Principal, ROLES, type Role } from '../access/principal.ts';
import { Problem } from '../kernel/errors.ts';
import type { Identity, Person, Settings } from '../settings/settings.schema.ts';
import { identityKey } from './identity.ts';
import { canonicalSubject } from './person.ts';

export type Standing = Principal & { vouchedAt: Date };

/** What the newest token of the subject said; undefined for somebody who never signed in. */
export const standingOf = async (orm: Orm, subject: string): Promise<Standing | undefined> =>
  (await standingsOf(orm, [subject]))[0];

/** Of all of them that have ever signed in, in the order of their names. */
export async function standingsOf(orm: Orm, subjects: readonly string[]): Promise<Standing[]> {
  if (subjects.length === 0) return [];
  const rows = await orm
    .select()
    .from(people)
    .where(inArray(people.subject, subjects.map(canonicalSubject)))
    .orderBy(people.subject);
  return rows.map((row) => ({
    subject: row.subject,
    teams: row.teams,
    roles: row.roles.filter((role): role is Role => (ROLES as readonly string[]).includes(role)),
    vouchedAt: row.vouchedAt,
  }));
}

/** How long what a token said is believed of somebody who decides in chat, in days. */
const STANDING_DAYS = 30;
const DAY_MS = 86_400_000;
/** Tokens are issued by clocks of other machines. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Keeps what a token says of its subject, unless a newer one has spoken. Nothing is written when it says what is known and
 * is newer by less than a minute.
 * @param vouchedAt when it was issued; where the identity provider said so, that counts
 */
export async function rememberPerson(
  orm: Orm,
  who: Principal & { email?: string | undefined; name?: string | undefined },
  vouchedAt: Date,
): Promise<void> {
  const at = who.vouchedAt ?? vouchedAt;
  const values = {
    teams: [...who.teams],
    roles: [...who.roles],
    vouchedAt: at,
    ...(who.email === undefined ? {} : { email: who.email }),
    ...(who.name === undefined ? {} : { name: who.name }),
  };
  const time = sql`${at.toISOString()}::timestamptz`;
  await orm
    .insert(people)
    .values({ subject: canonicalSubject(who.subject), ...values })
    .onConflictDoUpdate({
      target: people.subject,
      set: values,
      setWhere: sql`${people.vouchedAt} <= ${time} and (
        ${people.vouchedAt} < ${time} - interval '1 minute'
        or ${people.teams} is distinct from excluded.teams or ${people.roles} is distinct from excluded.roles
        or ${people.email} is distinct from coalesce(excluded.email, ${people.email})
        or ${people.name} is distinct from coalesce(excluded.name, ${people.name}))`,
    });
}

/**
 * Whom another system's user stands for, with the teams and roles that the identity provider gave last.
 * @throws Problem forbidden: unknown-person (mapped to nobody, or never signed in here), suspended, or
 * stale-standing (nobody has vouched for the person lately)
 */
export async function principalOfIdentity(
  orm: Orm,
  settings: Settings,
  identity: Identity,
  now: Date,
  standingDays = STANDING_DAYS,
): Promise<Principal> {
  const person = ownerOf(settings, identity);
  if (!person)
    throw new Problem(
      'forbidden',
      'unknown-person',
      'This chat user is not mapped to a person who may approve.',
    );
  if (person.suspended)
    throw new Problem('forbidden', 'suspended', 'This person is suspended and may neither ask nor decide.');
  const standing = await standingOf(orm, person.subject);
  if (!standing)
    throw new Problem(
      'forbidden',
      'unknown-person',
      'This chat user is mapped to a person who has never signed in here: sign in to the dashboard once.',
    );
  const age = now.getTime() - standing.vouchedAt.getTime();
  if (!(age <= standingDays * DAY_MS && age >= -CLOCK_SKEW_MS))
    throw new Problem(
      'forbidden',
      'stale-standing',
      `The teams and roles of this person were last confirmed at ${standing.vouchedAt.toISOString()}, which is too long ago: sign in to the dashboard once, then decide again.`,
    );
  return { subject: standing.subject, teams: standing.teams, roles: standing.roles };
}

/** The one person that claims the identity. A token is no identity that a chat could tell. */
function ownerOf({ people: known }: Settings, identity: Identity): Person | undefined {
  if (identity.provider === 'token') return undefined;
  const wanted = identityKey(identity);
  const claimants = known.filter((person) =>
    person.identities.some((i) => i.provider === identity.provider && identityKey(i) === wanted),
  );
  return claimants.length === 1 ? claimants[0] : undefined;
}

import { eq, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { people } from '../../db/schema/index.ts';
import { type Principal, ROLES, type Role } from '../access/principal.ts';
import { Problem } from '../kernel/errors.ts';
import type { Identity, Settings } from '../settings/settings.schema.ts';
import { canonicalSubject } from './person.ts';

export type Standing = Principal & { vouchedAt: Date };

/** What the newest token of the subject said; undefined for somebody who never signed in. */
export async function standingOf(orm: Orm, subject: string): Promise<Standing | undefined> {
  const [row] = await orm
    .select()
    .from(people)
    .where(eq(people.subject, canonicalSubject(subject)));
  return (
    row && {
      subject: row.subject,
      teams: row.teams,
      roles: row.roles.filter((role): role is Role => (ROLES as readonly string[]).includes(role)),
      vouchedAt: row.vouchedAt,
    }
  );
}

/** Keeps what a token says of its subject, unless a newer one has spoken. @param vouchedAt when it was issued */
export async function rememberPerson(
  orm: Orm,
  { subject, teams, roles }: Principal,
  vouchedAt: Date,
): Promise<void> {
  const values = { teams: [...teams], roles: [...roles], vouchedAt };
  await orm
    .insert(people)
    .values({ subject: canonicalSubject(subject), ...values })
    .onConflictDoUpdate({
      target: people.subject,
      set: values,
      setWhere: sql`${people.vouchedAt} <= ${vouchedAt.toISOString()}::timestamptz`,
    });
}

/**
 * Whom another system's user stands for, with the teams and roles that the identity provider gave last.
 * @throws Problem forbidden unknown-person: not mapped, suspended, or never signed in here
 */
export async function principalOfIdentity(
  orm: Orm,
  settings: Settings,
  identity: Identity,
  _now: Date,
): Promise<Principal> {
  const key = JSON.stringify(identity, Object.keys(identity).sort());
  const person = settings.people.find((p) =>
    p.identities.some((i) => JSON.stringify(i, Object.keys(i).sort()) === key),
  );
  const standing = person && !person.suspended ? await standingOf(orm, person.subject) : undefined;
  if (!standing)
    throw new Problem(
      'forbidden',
      'unknown-person',
      'This chat user is not mapped to a person who may approve.',
    );
  return { subject: standing.subject, teams: standing.teams, roles: standing.roles };
}

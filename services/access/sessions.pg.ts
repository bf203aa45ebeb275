import { createHash, randomBytes } from 'node:crypto';
import { eq, lt, or } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { sessions } from '../../db/schema/index.ts';
import { type Principal, ROLES, type Role } from './principal.ts';

const HOUR = 3_600_000;
export const SESSION_MS = 12 * HOUR;
const IDLE_MS = HOUR;
const SEEN_EVERY_MS = 60_000;

export type Session = { id: string; who: Principal };

const idOf = (cookie: string) => createHash('sha256').update(cookie).digest('hex');

/**
 * Begins a session under a new random value, whatever the browser had before: a value that somebody else knows never
 * becomes one that is signed in. @returns the value of the cookie
 */
export async function beginSession(orm: Orm, who: Principal, now: Date): Promise<string> {
  const cookie = randomBytes(32).toString('base64url');
  await orm.insert(sessions).values({
    id: idOf(cookie),
    subject: who.subject,
    teams: [...who.teams],
    roles: [...who.roles],
    vouchedAt: who.vouchedAt ?? null,
    createdAt: now,
    seenAt: now,
  });
  return cookie;
}

/** Twelve hours from signing in at most, and an hour since it was last used. */
export async function findSession(
  orm: Orm,
  cookie: string | undefined,
  now: Date,
): Promise<Session | undefined> {
  if (!cookie || !/^[\w-]{43}$/.test(cookie)) return undefined;
  const id = idOf(cookie);
  const [row] = await orm.select().from(sessions).where(eq(sessions.id, id));
  if (!row) return undefined;
  const [age, idle] = [now.getTime() - row.createdAt.getTime(), now.getTime() - row.seenAt.getTime()];
  if (age >= SESSION_MS || idle >= IDLE_MS) {
    await orm.delete(sessions).where(eq(sessions.id, id));
    return undefined;
  }
  if (idle >= SEEN_EVERY_MS) await orm.update(sessions).set({ seenAt: now }).where(eq(sessions.id, id));
  const roles = row.roles.filter((role): role is Role => (ROLES as readonly string[]).includes(role));
  const { subject, teams, vouchedAt } = row;
  return { id, who: { subject, teams, roles, ...(vouchedAt ? { vouchedAt } : {}) } };
}

export async function endSession(orm: Orm, cookie: string | undefined): Promise<void> {
  if (cookie) await orm.delete(sessions).where(eq(sessions.id, idOf(cookie)));
}

/** Forgets what has ended. */
export async function sweepSessions(orm: Orm, now: Date): Promise<void> {
  await orm
    .delete(sessions)
    .where(
      or(
        lt(sessions.createdAt, new Date(now.getTime() - SESSION_MS)),
        lt(sessions.seenAt, new Date(now.getTime() - IDLE_MS)),
      ),
    );
}

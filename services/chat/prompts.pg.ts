import { and, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import { type Orm, transact } from '../../db/client.ts';
import { approvalPrompts, chatDigests } from '../../db/schema/index.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import { FOLDING_MS, OPEN_MESSAGES } from './digest-message.ts';
import type { Chosen } from './place.ts';
import type { Place } from './room.port.ts';

export type StoredPrompt = typeof approvalPrompts.$inferSelect;
export type StoredDigest = typeof chatDigests.$inferSelect;

/** Nobody edits a message for longer; then another may. */
const LEASE_MS = 30_000;

export const promptsOf = (orm: Orm, requestId: string): Promise<StoredPrompt[]> =>
  orm.select().from(approvalPrompts).where(eq(approvalPrompts.requestId, requestId));

export async function promptOf(orm: Orm, id: string): Promise<StoredPrompt | undefined> {
  const [row] = await orm.select().from(approvalPrompts).where(eq(approvalPrompts.id, id));
  return row;
}

export const placeOfRow = (row: { channel: string; workspace: string }): Place => ({
  channel: row.channel,
  ...(row.workspace === '' ? {} : { team: row.workspace }),
});

export const isAt = (row: { room: string; channel: string; workspace: string }, at: Chosen): boolean =>
  row.room === at.provider && row.channel === at.place.channel && row.workspace === (at.place.team ?? '');

/** A place of a room that the settings name, or the local one. */
type Somewhere = { provider: string; place: Place };

type NewPrompt = {
  request: { id: string; planDigest: string; team: string; requestedBy: string };
  at: Chosen;
  newId: () => string;
  now: Date;
};

/**
 * Remembers that the request is put to approvers there, before anything is posted. Where its team or its person has many
 * open messages already, it becomes a line of a digest.
 */
export function addPrompt(orm: Orm, { request, at, newId, now }: NewPrompt): Promise<StoredPrompt> {
  return transact(orm, async (tx) => {
    const about = await tooMany(tx, request, at, now);
    const digestId = about === undefined ? null : await digestFor(tx, at, about, newId, now);
    const values = {
      id: newId(),
      requestId: request.id,
      planDigest: request.planDigest,
      team: request.team,
      requestedBy: request.requestedBy,
      room: at.provider,
      channel: at.place.channel,
      workspace: at.place.team ?? '',
      state: digestId === null ? 'open' : 'folded',
      digestId,
      createdAt: now,
    };
    await tx.insert(approvalPrompts).values(values).onConflictDoNothing();
    const row = (await promptsOf(tx, request.id)).find((one) => isAt(one, at));
    if (!row) throw new Error('the prompt was not kept');
    return row;
  });
}

/** Who has more open messages there than approvers read; undefined while nobody has. */
async function tooMany(
  tx: Orm,
  { team, requestedBy }: NewPrompt['request'],
  at: Chosen,
  now: Date,
): Promise<string | undefined> {
  const recent = await tx
    .select({ team: approvalPrompts.team, requestedBy: approvalPrompts.requestedBy })
    .from(approvalPrompts)
    .where(
      and(
        eq(approvalPrompts.room, at.provider),
        eq(approvalPrompts.channel, at.place.channel),
        eq(approvalPrompts.state, 'open'),
        gt(approvalPrompts.createdAt, new Date(now.getTime() - FOLDING_MS)),
        or(eq(approvalPrompts.team, team), eq(approvalPrompts.requestedBy, requestedBy)),
      ),
    );
  if (team !== WHOLE_ORGANIZATION && recent.filter((one) => one.team === team).length >= OPEN_MESSAGES)
    return `the team ${team}`;
  return recent.filter((one) => one.requestedBy === requestedBy).length >= OPEN_MESSAGES
    ? requestedBy
    : undefined;
}

async function digestFor(
  tx: Orm,
  at: Chosen,
  about: string,
  newId: () => string,
  now: Date,
): Promise<string> {
  const open = await openDigest(tx, 'requests', at, about, now);
  return open?.id ?? (await addDigest(tx, { kind: 'requests', at, about, newId, now })).id;
}

/** The digest of the running hour. */
export async function openDigest(
  tx: Orm,
  kind: 'requests' | 'reminders' | 'alerts',
  at: Somewhere,
  about: string,
  now: Date,
): Promise<StoredDigest | undefined> {
  const [row] = await tx
    .select()
    .from(chatDigests)
    .where(
      and(
        eq(chatDigests.kind, kind),
        eq(chatDigests.room, at.provider),
        eq(chatDigests.channel, at.place.channel),
        eq(chatDigests.workspace, at.place.team ?? ''),
        eq(chatDigests.about, about),
        gt(chatDigests.createdAt, new Date(now.getTime() - FOLDING_MS)),
      ),
    )
    .orderBy(sql`${chatDigests.createdAt} desc`)
    .limit(1);
  return row;
}

export async function addDigest(
  tx: Orm,
  {
    kind,
    at,
    about,
    newId,
    now,
  }: Omit<NewPrompt, 'request' | 'at'> & { at: Somewhere; kind: string; about: string },
): Promise<StoredDigest> {
  const [row] = await tx
    .insert(chatDigests)
    .values({
      id: newId(),
      kind,
      room: at.provider,
      channel: at.place.channel,
      workspace: at.place.team ?? '',
      about,
      createdAt: now,
    })
    .returning();
  if (!row) throw new Error('the digest was not kept');
  return row;
}

/**
 * Keeps a reminder's line. @returns the message that gathers the hour's reminders of the place; undefined for the first
 * of the hour, which stands alone
 */
export function gather(
  orm: Orm,
  { at, requestId, text, newId, now }: Omit<NewPrompt, 'request'> & { requestId: string; text: string },
): Promise<{ id: string; lines: string[] } | undefined> {
  return transact(orm, async (tx) => {
    const open = await openDigest(tx, 'reminders', at, '', now);
    const digest = open ?? (await addDigest(tx, { kind: 'reminders', at, about: '', newId, now }));
    const lines = open ? { ...(open.lines as Record<string, string>), [requestId]: text } : {};
    await tx.update(chatDigests).set({ lines }).where(eq(chatDigests.id, digest.id));
    return open ? { id: digest.id, lines: Object.values(lines) } : undefined;
  });
}

/** A message of ours in a room: a prompt's or a digest's. */
export type Held = {
  table: typeof approvalPrompts | typeof chatDigests;
  id: string;
};

/** @returns the row as it is now, held for us alone; undefined while another relay posts or edits it */
export async function lease(
  orm: Orm,
  { table, id }: Held,
  now: Date,
): Promise<{ reference: string | null; shown: string | null } | undefined> {
  const [row] = await orm
    .update(table)
    .set({ leasedUntil: new Date(now.getTime() + LEASE_MS) })
    .where(and(eq(table.id, id), or(isNull(table.leasedUntil), lt(table.leasedUntil, now))))
    .returning({ reference: table.reference, shown: table.shown });
  return row;
}

export async function release(
  orm: Orm,
  { table, id }: Held,
  shown: { reference: string | null; shown: string } | undefined,
): Promise<void> {
  await orm
    .update(table)
    .set({ leasedUntil: null, ...shown })
    .where(eq(table.id, id));
}

export async function setState(orm: Orm, id: string, state: string): Promise<void> {
  await orm.update(approvalPrompts).set({ state }).where(eq(approvalPrompts.id, id));
}

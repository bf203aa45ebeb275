import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Orm } from '../../db/client.ts';
import { rowsOf } from '../../db/client.ts';
import { alertLines, approvalPrompts, chatClicks, chatDigests } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { sweepRooms } from './housekeeping.pg.ts';

const NOW = new Date('2026-11-27T12:00:00.000Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);

describe.each(databases)('what rooms were told long ago on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
  }, 120_000);
  afterAll(() => opened.close());

  const click = (id: string, days: number, outcome: string | null) =>
    orm.insert(chatClicks).values({
      id,
      provider: 'slack',
      promptId: 'p',
      planDigest: 'd',
      decision: 'approve',
      actor: {},
      receivedAt: daysAgo(days),
      outcome,
    });
  const prompt = (id: string, days: number, state: string, digestId: string | null = null) =>
    orm.insert(approvalPrompts).values({
      id,
      requestId: id,
      planDigest: 'd',
      team: 't',
      requestedBy: 'ana',
      room: 'slack',
      channel: 'c',
      state,
      digestId,
      createdAt: daysAgo(days),
    });
  const digest = (id: string, days: number) =>
    orm
      .insert(chatDigests)
      .values({ id, kind: 'requests', room: 'slack', channel: 'c', about: 't', createdAt: daysAgo(days) });
  const alert = (rule: string, days: number, digestId: string | null) =>
    orm.insert(alertLines).values({
      accountId: '444455556666',
      rule,
      turned: 1,
      resources: ['v'],
      firstAt: daysAgo(days),
      digestId,
    });
  const left = async (column: string, table: string) =>
    (
      await rowsOf<{ id: string }>(
        orm,
        sql`select ${sql.raw(column)} as id from ${sql.raw(table)} order by 1`,
      )
    ).map(({ id }) => id);

  it('is forgotten; what is open or young stays', async () => {
    await click('old', 31, 'approve');
    await click('young', 29, 'approve');
    await click('waiting', 300, null);
    await digest('gone', 91);
    await digest('lists-an-open-one', 91);
    await digest('told-lately', 91);
    await digest('young', 1);
    await prompt('settled-old', 91, 'settled', 'gone');
    await prompt('settled-young', 89, 'settled');
    await prompt('superseded-old', 91, 'superseded');
    await prompt('open-old', 300, 'open');
    await prompt('folded-old', 300, 'folded', 'lists-an-open-one');
    await alert('told-old', 91, 'gone');
    await alert('told-young', 1, 'told-lately');
    await alert('untold-old', 300, null);
    await sweepRooms(orm, NOW);
    await sweepRooms(orm, NOW);
    expect(await left('id', 'chat_clicks')).toEqual(['waiting', 'young']);
    expect(await left('id', 'approval_prompts')).toEqual(['folded-old', 'open-old', 'settled-young']);
    expect(await left('rule', 'alert_lines')).toEqual(['told-young', 'untold-old']);
    expect(await left('id', 'chat_digests')).toEqual(['lists-an-open-one', 'told-lately', 'young']);
  });
});

import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Orm } from '../../db/client.ts';
import { rowsOfFunction } from '../../db/prepared.ts';
import { asReader, type ReaderScope, readerSettings } from '../../db/reader.ts';
import { accountPosture, accounts } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { openService, type Service } from '../../test/support/service.ts';
import { vendedAccount } from '../../test/support/vended.ts';

const OWN: ReaderScope = { teams: ['red'], kinds: [] };
const OTHER: ReaderScope = { teams: ['blue'], kinds: [] };
const NOBODY: ReaderScope = { teams: [], kinds: [] };
const EVERYBODY: ReaderScope = { teams: 'all', kinds: [] };
const LATER = Date.parse('2040-01-01T00:00:00Z');

/** What a question tells, without the words for nothing. */
const toldBy = (answer: unknown): unknown[] =>
  Array.isArray(answer) ? answer.flatMap(toldBy) : answer === null ? [] : [answer];

describe.each(databases)(
  'questions read as the service, of what the reader may see, on $name',
  ({ open }) => {
    let opened: OpenedDatabase;
    let service: Service;
    let accountId: string;
    let unit: string;
    beforeAll(async () => {
      opened = await open();
      service = openService(opened.database);
      await service.setSnapshot();
      ({ accountId } = await vendedAccount(service, { team: 'red' }));
      const [row] = await service.orm.select().from(accounts).where(sql`account_id = ${accountId}`);
      unit = row?.organizationalUnitId ?? '';
      await service.orm.update(accountPosture).set({ open: 2 }).where(sql`account_id = ${accountId}`);
    }, 240_000);
    afterAll(() => opened.close());

    /** @param teams the condition that stands beside row-level security; null: it is forgotten */
    type Question = (orm: Orm, scope: ReaderScope | null, teams: string[] | null) => Promise<unknown[]>;
    const ask = async (orm: Orm, question: string, args: unknown[]): Promise<unknown[]> =>
      (await rowsOfFunction<{ answer: unknown }>(orm, question, args)).flatMap(({ answer }) =>
        toldBy(answer),
      );
    const told = (scope: ReaderScope | null) => scope && readerSettings(scope);
    const questions: [string, Question][] = [
      [
        'ask_account_at',
        (orm, scope, teams) => ask(orm, 'ask_account_at', [told(scope), teams, accountId, LATER, null]),
      ],
      [
        'ask_timeline',
        (orm, scope, teams) =>
          ask(orm, 'ask_timeline', [told(scope), teams, accountId, [0, 0, 0, 0, 0], 100]),
      ],
      [
        'ask_open_of_unit',
        (orm, scope, teams) =>
          ask(orm, 'ask_open_of_unit', [
            ...[told(scope), teams, unit, null, null, Number.MAX_SAFE_INTEGER, '', 10],
            LATER,
          ]),
      ],
      [
        'ask_counts_then',
        (orm, scope, teams) => ask(orm, 'ask_counts_then', [told(scope), ['*', 'team:red'], teams, LATER]),
      ],
    ];

    it.each(questions)('%s tells the account’s team and who sees everything', async (_, question) => {
      expect((await question(service.orm, OWN, ['red'])).length).toBeGreaterThan(0);
      expect(await question(service.orm, OWN, null)).toEqual(await question(service.orm, OWN, ['red']));
      expect((await question(service.orm, EVERYBODY, null)).length).toBeGreaterThan(0);
    });

    it.each(questions)('%s tells others nothing, with the condition forgotten too', async (_, question) => {
      for (const scope of [OTHER, NOBODY])
        for (const teams of [null, ['blue'], ['red'], []])
          expect(await question(service.orm, scope, teams), JSON.stringify({ scope, teams })).toEqual([]);
    });

    it.each(questions.slice(0, 3))(
      '%s tells others nothing, with row-level security told too much',
      async (_, question) => {
        expect(await question(service.orm, EVERYBODY, ['blue'])).toEqual([]);
        expect(await question(service.orm, EVERYBODY, [])).toEqual([]);
      },
    );

    it.each(questions)('%s has no rights of its own: a reader gets no more by it', async (_, question) => {
      for (const scope of [OTHER, NOBODY])
        expect(await asReader(service.orm, scope, (reader) => question(reader, scope, null))).toEqual([]);
      expect(await asReader(service.orm, OWN, (reader) => question(reader, OWN, ['red']))).toEqual(
        await question(service.orm, OWN, ['red']),
      );
    });

    it('what reads as the service gives a reader of another team nothing', async () => {
      await asReader(service.orm, OTHER, async (reader) => {
        const args = [null, unit, null, null, Number.MAX_SAFE_INTEGER, '', 10, LATER];
        expect(await ask(reader, 'open_of_unit', args)).toEqual([]);
      });
    });
  },
);

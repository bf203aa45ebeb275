import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askNamed, rowsOf } from '../../db/client.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { openService, person, type Service, unique, type Vend } from '../../test/support/service.ts';
import type { Principal } from '../access/principal.ts';
import { getRequest, getRequestBrief } from './requests.pg.ts';

describe.each(databases)('requests that several people read at once on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  const vends: Vend[] = [];
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
    for (let i = 0; i < 3; i++) vends.push(await service.submit({ team: unique('team') }));
  });
  afterAll(() => opened.close());

  it('are to each what they are alone, and no longer than the read is anybody somebody else', async () => {
    const { orm } = service;
    const readers: [Principal, sees: number[]][] = [
      ...vends.map(({ team }, i): [Principal, number[]] => [person(team, ['requester']), [i]]),
      [person('elsewhere', ['requester', 'approver', 'admin']), []],
      [{ subject: 'nobody@example.com', teams: [], roles: [] }, []],
      [person('elsewhere', ['auditor']), [0, 1, 2]],
      [{ subject: 'ida@example.com', teams: vends.map((v) => v.team), roles: ['requester'] }, [0, 1, 2]],
      // A team by the name that stands for none.
      [{ subject: 'eve@example.com', teams: ['*'], roles: ['requester'] }, []],
    ];
    const asked = readers.flatMap(([who, sees]) =>
      [0, 1, 2].flatMap((i) =>
        [getRequest, getRequestBrief].map((read) => ({ who, sees: sees.includes(i), i, read })),
      ),
    );
    const answers = await Promise.allSettled(
      asked.map(({ who, i, read }) => read(orm, who, vends[i]!.requestId)),
    );
    expect(answers.map((answer) => answer.status === 'fulfilled')).toEqual(asked.map(({ sees }) => sees));
    for (const [n, answer] of answers.entries()) {
      const { i, who, read } = asked[n]!;
      if (answer.status === 'rejected') {
        expect(answer.reason).toMatchObject({ kind: 'not-found' });
        continue;
      }
      const within = await orm.transaction((tx) => getRequest(tx as never, who, vends[i]!.requestId));
      const planText = read === getRequest ? within.request.planText : '';
      expect(answer.value).toEqual({ ...within, request: { ...within.request, planText } });
    }
    const [who] = await rowsOf<{ role: string; teams: string | null }>(
      orm,
      sql`select current_user as role, nullif(current_setting('jetway.teams', true), '') as teams`,
    );
    expect(who).toEqual({ role: 'jetway_app', teams: null });
  });

  it('are not found by the database itself for who may not see them', async () => {
    const ids = vends.map((v) => v.requestId);
    const scope = (n: number, everything: string, teams: string[]) => ({
      ...{ n, everything, ids, kinds: '[]', whole: true },
      teams: JSON.stringify(teams),
    });
    const asked = [
      scope(0, 'no', []),
      scope(1, 'no', [vends[1]!.team]),
      scope(2, 'yes', []),
      scope(3, 'no', ['*']),
    ];
    const rows = await askNamed<{ n: number; id: string }>(
      service.orm,
      { name: 'spec_read_requests', text: 'select n, id from read_requests($1::jsonb) order by n, id' },
      [JSON.stringify(asked)],
    );
    expect(rows).toEqual([{ n: 1, id: ids[1] }, ...[...ids].sort().map((id) => ({ n: 2, id }))]);
  });
});

import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf, transact } from '../../db/client.ts';
import { accountRequests, cidrHolds, emailHolds, nameHolds, outbox } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { openService, person, type Service, statusOf, unique, waiting } from '../../test/support/service.ts';
import type { Principal } from '../access/principal.ts';
import { digestOf } from '../kernel/canonical-json.ts';
import { Problem } from '../kernel/errors.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';
import { parseBlock } from '../planning/cidr.ts';
import { releaseHolds, takeHolds } from './holds.pg.ts';
import { accountIntake } from './intake.ts';
import { requestWith } from './request.fixture.ts';
import type { AccountRequest } from './request.schema.ts';
import { getRequest, listRequests, readCursor, writeCursor } from './requests.pg.ts';
import { submit } from './submit.pg.ts';

describe.each(databases)('account requests on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  const bodyOf = (team: string, account: Partial<AccountRequest['account']> = {}) =>
    requestWith({
      team,
      access: [],
      account: { name: unique('acc'), email: `${unique('m')}@example.com`, ...account },
    });
  const send = (
    body: AccountRequest,
    key: string = randomUUID(),
    who: Principal = person(body.team, ['requester']),
  ) => submit(service.deps, who, accountIntake(service.deps.plan, body), key);
  const settle = async (sent: Promise<unknown>[]) => {
    const results = await Promise.allSettled(sent);
    return {
      accepted: results.flatMap((r) => (r.status === 'fulfilled' ? [r.value as { requestId: string }] : [])),
      refused: results.flatMap((r) => (r.status === 'rejected' ? [r.reason as Problem] : [])),
    };
  };

  describe('a request', () => {
    it('is kept with its plan, byte for byte, and asks for its workflow', async () => {
      const { requestId } = await send(bodyOf(unique('team')));
      const [row] = await service.orm.select().from(accountRequests).where(eq(accountRequests.id, requestId));
      expect(digestOf(JSON.parse(row?.planText ?? ''))).toBe(row?.planDigest);
      expect(await waiting(service.orm)).toEqual([`start-execution:${requestId}:0`]);
      expect((await factsOfRequests(service.orm, [requestId])).map((f) => f.type)).toEqual([
        'AccountRequested',
        'AccountPlanned',
      ]);
      expect(await statusOf(service.orm, requestId)).toBe('PLANNED');
    });

    it('holds its e-mail, its name and its addresses', async () => {
      const { requestId } = await send(bodyOf(unique('team')));
      for (const table of [emailHolds, nameHolds, cidrHolds]) {
        expect(await service.orm.select().from(table).where(eq(table.requestId, requestId))).toHaveLength(1);
      }
    });

    it('that is refused leaves nothing', async () => {
      const body = bodyOf(unique('team'), { organizationalUnitId: 'ou-ab12-security1' });
      await expect(send(body)).rejects.toMatchObject({
        kind: 'invalid',
        extra: { errors: [{ pointer: '/account/organizationalUnitId' }] },
      });
      for (const table of [emailHolds, nameHolds, cidrHolds, outbox]) {
        expect(await service.orm.select().from(table)).toEqual([]);
      }
    });
  });

  describe('the idempotency key', () => {
    it('brings the same request again', async () => {
      const body = bodyOf(unique('team'));
      const key = randomUUID();
      const first = await send(body, key);
      expect(await send(structuredClone(body), key)).toEqual({ requestId: first.requestId, replayed: true });
      expect(await waiting(service.orm)).toHaveLength(1);
    });

    it('is refused for another body', async () => {
      const body = bodyOf(unique('team'));
      const key = randomUUID();
      await send(body, key);
      await expect(send({ ...body, justification: 'another' }, key)).rejects.toMatchObject({
        kind: 'invalid',
        code: 'idempotency-key-reused',
      });
    });

    it('belongs to one person', async () => {
      const team = unique('team');
      const key = randomUUID();
      const one = await send(bodyOf(team), key);
      const other = await send(bodyOf(team), key, person(team, ['requester'], 'cem@example.com'));
      expect(other).toMatchObject({ replayed: false });
      expect(other.requestId).not.toBe(one.requestId);
    });

    it('makes one request of eight that come at once', async () => {
      const body = bodyOf(unique('team'));
      const key = randomUUID();
      const { accepted, refused } = await settle(Array.from({ length: 8 }, () => send(body, key)));
      expect(refused).toEqual([]);
      expect(new Set(accepted.map((a) => a.requestId)).size).toBe(1);
      expect(await waiting(service.orm)).toHaveLength(1);
    });

    it('is good again after a refusal', async () => {
      const body = bodyOf(unique('team'));
      const key = randomUUID();
      const wrong = { ...body, account: { ...body.account, organizationalUnitId: 'ou-ab12-security1' } };
      await expect(send(wrong, key)).rejects.toThrow(Problem);
      expect(await send(body, key)).toMatchObject({ replayed: false });
    });
  });

  describe('what only one may have', () => {
    const pointerOf = (problem: Problem | undefined) => problem?.extra.errors?.map((e) => e.pointer);

    it('an e-mail, whatever its case, even when two ask at once', async () => {
      const team = unique('team');
      const email = `${unique('aws')}@example.com`;
      const { accepted, refused } = await settle([
        send(bodyOf(team, { email })),
        send(bodyOf(team, { email: email.toUpperCase() })),
      ]);
      expect(accepted).toHaveLength(1);
      expect(refused.map((r) => r.kind)).toEqual(['invalid']);
      expect(pointerOf(refused[0])).toEqual(['/account/email']);
    });

    it('an e-mail of an account that exists: whose it is, its own team is told', async () => {
      const team = unique('team');
      await opened.database.orm.execute(
        sql`insert into accounts (account_id, name, email, email_canonical, team, status, origin, created_at, updated_at)
            values ('999988887777', 'old', 'Old@example.com', 'old@example.com', ${team}, 'ACTIVE', 'VENDED', now(), now())`,
      );
      const refusal = async (asking: string) => {
        const { refused } = await settle([send(bodyOf(asking, { email: 'OLD@example.com' }))]);
        expect(pointerOf(refused[0])).toEqual(['/account/email']);
        return refused[0]?.extra.errors?.[0]?.message;
      };
      expect(await refusal(team)).toContain('999988887777');
      const foreign = await refusal(unique('team'));
      expect(foreign).toContain('another account');
      expect(foreign).not.toContain('999988887777');
    });

    it('a name in one unit, but not in two', async () => {
      const team = unique('team');
      const name = unique('Acc');
      const { accepted, refused } = await settle([
        send(bodyOf(team, { name })),
        send(bodyOf(team, { name: name.toLowerCase() })),
        send(bodyOf(team, { name, organizationalUnitId: 'ou-ab12-sandboxes' })),
      ]);
      expect(accepted).toHaveLength(2);
      expect(pointerOf(refused[0])).toEqual(['/account/name']);
    });

    it('addresses: eight at once get eight blocks that do not overlap', async () => {
      const { accepted, refused } = await settle(
        Array.from({ length: 8 }, () => send(bodyOf(unique('team')))),
      );
      expect(refused).toEqual([]);
      const rows = await rowsOf<{ block: string }>(
        service.orm,
        sql`select block::text as block from cidr_holds`,
      );
      const firsts = rows.map((r) => parseBlock(r.block).first).sort((a, b) => a - b);
      expect(firsts).toHaveLength(accepted.length);
      firsts.reduce((previous, first) => {
        expect(first - previous).toBeGreaterThanOrEqual(1_024);
        return first;
      }, Number.NEGATIVE_INFINITY);
    });

    it('addresses: the database refuses an overlap whatever the planner says', async () => {
      const identity = {
        email: `${unique('m')}@example.com`,
        accountName: unique('a'),
        organizationalUnitId: 'ou-ab12-sandboxes',
      };
      await transact(service.orm, (tx) =>
        takeHolds(tx, 'req-a', { identity, vpcCidr: '10.9.0.0/20' }, service.clock.now()),
      );
      const inside = transact(service.orm, (tx) =>
        takeHolds(
          tx,
          'req-b',
          {
            identity: { email: 'b@example.com', accountName: 'b', organizationalUnitId: 'x' },
            vpcCidr: '10.9.8.0/24',
          },
          service.clock.now(),
        ),
      );
      await expect(inside).rejects.toThrow(expect.objectContaining({ name: 'CidrTaken' }));
      await transact(service.orm, (tx) => releaseHolds(tx, ['req-a']));
      expect(await service.orm.select().from(cidrHolds)).toEqual([]);
    });

    it('a place among the fifty that wait, also at once', async () => {
      const team = unique('team');
      await service.orm.execute(sql`
        insert into request_views select 'req-' || n, ${team}, 'AWAITING_APPROVAL', false, null, 'a' || n, 'ou', '{}', now(), now()
        from generate_series(1, 47) as n`);
      const { accepted, refused } = await settle(Array.from({ length: 8 }, () => send(bodyOf(team))));
      expect(accepted).toHaveLength(3);
      expect(new Set(refused.map((r) => `${r.kind} ${r.code}`))).toEqual(new Set(['too-many pending-cap']));
      expect(refused[0]?.extra.retryAfterSeconds).toBeGreaterThan(0);
      await expect(send(bodyOf(unique('team')))).resolves.toMatchObject({ replayed: false });
    });
  });

  describe('reading', () => {
    it('shows the team and those who see all; absent and foreign are the same', async () => {
      const team = unique('team');
      const { requestId } = await send(bodyOf(team));
      for (const who of [person(team, []), person('other', ['operator']), person('other', ['auditor'])]) {
        expect((await getRequest(service.orm, who, requestId)).request.id).toBe(requestId);
      }
      const stranger = person('other', ['requester', 'approver', 'admin']);
      const [foreign, absent] = await Promise.all(
        [requestId, `req-${randomUUID()}`].map((id) =>
          getRequest(service.orm, stranger, id).catch((e: unknown) => e),
        ),
      );
      expect(foreign).toBeInstanceOf(Problem);
      expect({ ...(foreign as Problem) }).toEqual({ ...(absent as Problem) });
      expect(foreign).toMatchObject({ kind: 'not-found', message: (absent as Problem).message });
    });

    it('pages through all of a team, newest first, each once', async () => {
      const team = unique('team');
      const sent: string[] = [];
      for (let i = 0; i < 7; i++) sent.push((await send(bodyOf(team))).requestId);
      await send(bodyOf(unique('team')));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listRequests(service.orm, person(team, ['requester']), { limit: 3, cursor });
        expect(page.rows.length).toBeLessThanOrEqual(3);
        seen.push(...page.rows.map((r) => r.request.id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual([...sent].reverse());
    });

    it('filters by status and team, and never beyond what one may see', async () => {
      const [mine, theirs] = [unique('team'), unique('team')];
      const a = await service.submit({ team: mine });
      const b = await service.submit({ team: mine });
      await service.submit({ team: theirs });
      await service.decide(b, 'deny');
      const ids = async (who: Principal, query: object) =>
        (await listRequests(service.orm, who, { limit: 50, ...query })).rows.map((r) => r.request.id);
      expect(await ids(person(mine, []), { status: 'DENIED' })).toEqual([b.requestId]);
      expect(await ids(person(mine, []), { status: 'PLANNED' })).toEqual([a.requestId]);
      expect(await ids(person(mine, []), { team: theirs })).toEqual([]);
      expect(await ids(person('x', ['auditor']), { team: theirs })).toHaveLength(1);
      expect(await ids({ subject: 'x', teams: [], roles: ['requester'] }, {})).toEqual([]);
    });

    it.each([
      'x',
      '',
      '!!',
      Buffer.from('{}').toString('base64url'),
      Buffer.from('[5,"x"]').toString('base64url'),
      Buffer.from('["1","x"]').toString('base64url'),
      Buffer.from('["2026-03-04T10:00:00.000Z",["x"]]').toString('base64url'),
      writeCursor('2026-03-04T10:00:00.000Z', "x'; drop table facts --"),
      writeCursor('2026-03-04T10:00:00.000Z', 'a\u0000'),
    ])('refuses the cursor %j', (cursor) => {
      expect(() => readCursor(cursor)).toThrow(expect.objectContaining({ kind: 'invalid', code: 'cursor' }));
    });
  });
});

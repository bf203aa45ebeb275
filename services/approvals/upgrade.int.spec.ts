import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, rowsOf, transact } from '../../db/client.ts';
import { openEmbedded } from '../../db/embedded.ts';
import { openPostgres } from '../../db/postgres.ts';
import { databases } from '../../test/support/databases.ts';
import { migrationsUpTo, NEWEST_MIGRATIONS } from '../../test/support/migrations.ts';
import { type PostgresCluster, startPostgres } from '../../test/support/postgres-cluster.ts';
import { openService, person, type Service } from '../../test/support/service.ts';
import { rememberPerson } from '../people/people.pg.ts';
import { decide } from './approvals.pg.ts';
import { confirm } from './confirm.pg.ts';
import { type Decision, decisionText } from './decision.ts';

/** The last one before requests were decided in stages. */
const LAST = 9;

type Row = Record<string, unknown>;
type Asked = { id: string; team: string; planDigest: string };

describe.each(['PGlite', 'Postgres'] as const)('a database of before, on %s', (engine) => {
  const work = mkdtempSync(join(tmpdir(), 'jetway-upgrade-'));
  let cluster: PostgresCluster | undefined;
  let database: Database;
  let service: Service;
  const asked: Asked[] = [];
  const at = '2026-03-01T10:00:00.000Z';

  const opener = async () => {
    if (engine === 'PGlite') return (migrations: string) => openEmbedded(join(work, 'data'), migrations);
    cluster = await startPostgres();
    const url = await cluster.createDatabase('before');
    return (migrations: string) => openPostgres(url, migrations);
  };

  /** Requests as today's version makes them, with the approvals of plans as they were. */
  async function requestsOfBefore(): Promise<{ request: Row; view: Row }[]> {
    const { database: today, close } = await databases.find(({ name }) => name === engine)!.open();
    try {
      const { submit, setSnapshot, orm } = openService(today);
      await setSnapshot();
      for (let i = 0; i < 5; i++) await submit();
      const rows = await rowsOf<{ request: Row; view: Row }>(
        orm,
        sql`select to_jsonb(r) as request, to_jsonb(v) as view
          from account_requests r join request_views v on v.request_id = r.id order by r.id`,
      );
      return rows.map(({ request, view }) => {
        const plan = JSON.parse(String(request.plan_text));
        plan.approvals = {
          policy: 'default',
          quorum: 1,
          approvers: ['role:approver'],
          expiresAfterSeconds: 604_800,
        };
        return { request: { ...request, plan_text: JSON.stringify(plan) }, view };
      });
    } finally {
      await close();
    }
  }

  /** What the version of before wrote; its decisions knew neither stage nor person. */
  async function write(old: Database, rows: readonly { request: Row; view: Row }[]): Promise<void> {
    const { signer } = openService(old);
    for (const [i, { request, view }] of rows.entries()) {
      const id = String(request.id);
      await old.orm.execute(sql`insert into account_requests
        select * from jsonb_populate_record(null::account_requests, ${JSON.stringify(request)}::jsonb)`);
      await old.orm.execute(sql`insert into request_views
        select * from jsonb_populate_record(null::request_views, ${JSON.stringify(view)}::jsonb)`);
      await old.orm.execute(sql`insert into email_holds values (${`${id}@example.com`}, ${id})`);
      asked.push({ id, team: String(request.team), planDigest: String(request.plan_digest) });
      if (i > 2) continue;
      const decision: Decision = {
        requestId: id,
        decision: i === 2 ? 'deny' : 'approve',
        decidedBy: i === 0 ? ' Ben@example.com' : 'cem@example.com',
        decidedAt: at,
        via: 'chat',
        planDigest: String(request.plan_digest),
        comment: null,
        stage: null,
        onBehalfOf: null,
      };
      const { keyId, signature } = await signer.sign(decisionText(decision));
      await old.orm.execute(sql`insert into decisions
          (request_id, decision, decided_by, decided_at, via, plan_digest, comment, key_id, signature)
        values (${id}, ${decision.decision}, ${decision.decidedBy}, ${at}::timestamptz, 'chat', ${decision.planDigest}, null,
          ${keyId}, ${signature})`);
    }
    await old.orm.execute(sql`insert into cancellations values (${asked[4]?.id}, 'ana', ${at}::timestamptz)`);
  }

  beforeAll(async () => {
    const rows = await requestsOfBefore();
    const open = await opener();
    const before = await open(migrationsUpTo(LAST, join(work, 'migrations')));
    await write(before, rows);
    await before.close();
    database = await open(NEWEST_MIGRATIONS);
    service = openService(database);
  }, 240_000);
  afterAll(async () => {
    await database?.close();
    await cluster?.stop();
    rmSync(work, { recursive: true, force: true });
  });

  const confirmNow = ({ id, planDigest }: Asked) =>
    transact(service.orm, (tx) => confirm(tx, service.deps, id, planDigest));
  const nth = (i: number) => asked[i] as Asked;

  it('loses nothing: every decision has its person and its verdict', async () => {
    const rows = await rowsOf(
      service.orm,
      sql`select d.request_id as id, d.person, d.stage, v.outcome, v.decided_by as by from decisions d
        join verdicts v on v.request_id = d.request_id order by d.request_id`,
    );
    expect(rows).toEqual([
      { id: nth(0).id, person: 'ben@example.com', stage: null, outcome: 'approved', by: ' Ben@example.com' },
      { id: nth(1).id, person: 'cem@example.com', stage: null, outcome: 'approved', by: 'cem@example.com' },
      { id: nth(2).id, person: 'cem@example.com', stage: null, outcome: 'denied', by: 'cem@example.com' },
    ]);
    const [{ n } = { n: 0 }] = await rowsOf<{ n: number }>(
      service.orm,
      sql`select count(*)::int as n from account_requests r join request_views v on v.request_id = r.id`,
    );
    expect(n).toBe(5);
  });

  it('puts what waits for approval to its approvers, and nothing else', async () => {
    expect(
      await rowsOf(service.orm, sql`select request_id as id, asked, requested_by as by from asked_approvers`),
    ).toEqual([{ id: nth(3).id, asked: `team:${nth(3).team}`, by: 'ana@example.com' }]);
  });

  it('an approval of somebody whom nobody has vouched for since is refused in words', async () => {
    expect(await confirmNow(nth(0))).toMatchObject({
      outcome: 'refused',
      code: 'approvers-changed',
      detail: expect.stringContaining('may not decide any more'),
    });
  });

  it('one of somebody who still may is confirmed: the signature of before is good', async () => {
    const cem = person(nth(1).team, ['approver'], 'cem@example.com');
    await rememberPerson(service.orm, cem, service.clock.now());
    expect(await confirmNow(nth(1))).toEqual({ outcome: 'confirmed' });
  });

  it('a denial stays one', async () => {
    expect(await confirmNow(nth(2))).toMatchObject({ outcome: 'refused' });
  });

  it('what was undecided is decided as before, by one approver of the team', async () => {
    const { id: requestId, planDigest, team } = nth(3);
    const ben = person(team, ['approver'], 'ben@example.com');
    const command = { requestId, planDigest, decision: 'approve', via: 'api' } as const;
    expect(await decide(service.deps, ben, command)).toMatchObject({ outcome: 'approved', stage: 0 });
    expect(await confirmNow(nth(3))).toEqual({ outcome: 'confirmed' });
    expect(await rowsOf(service.orm, sql`select * from asked_approvers`)).toEqual([]);
  });
});

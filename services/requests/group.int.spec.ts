import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { accountRequests, accounts, cidrHolds, emailHolds, nameHolds } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { openService, person, type Service, unique } from '../../test/support/service.ts';
import { Problem } from '../kernel/errors.ts';
import { verifyLedger } from '../ledger/verify.pg.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import type { Settings } from '../settings/settings.schema.ts';
import { type Draft, keep } from './group.pg.ts';
import { accountIntake } from './intake.ts';
import { requestWith } from './request.fixture.ts';
import type { AccountRequest } from './request.schema.ts';
import { submit } from './submit.pg.ts';

type Sent = { body: AccountRequest; key: string };

describe.each(databases)('requests that share a transaction on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  const bodyOf = (team: string, account: Partial<AccountRequest['account']> = {}, changes: object = {}) =>
    requestWith({
      team,
      access: [],
      account: { name: unique('acc'), email: `${unique('m')}@example.com`, ...account },
      ...changes,
    });
  const send = ({ body, key }: Sent) =>
    submit(service.deps, person(body.team, ['requester']), accountIntake(service.deps.plan, body), key);
  /** The answer in one word: which request of those that were sent, or why not. */
  const answerTo = (sent: Sent): Promise<string> =>
    send(sent).then(
      ({ requestId, replayed }) => `${replayed ? 'again' : 'taken'} ${requestId}`,
      (error) => (error instanceof Problem ? `${error.kind} ${error.code}` : Promise.reject(error)),
    );
  const rows = async (table: typeof emailHolds | typeof nameHolds | typeof cidrHolds) =>
    (await service.orm.select().from(table)).map((row) => row.requestId).sort();

  /** Requests of which some want the same: two teams, forty of one of them, and things that only one may have. */
  function mixture(): Sent[] {
    const [full, roomy] = [unique('full'), unique('roomy')];
    const shared = bodyOf(roomy);
    const key = randomUUID();
    const email = `${unique('same')}@example.com`;
    const name = unique('same');
    return [
      ...Array.from({ length: 53 }, () => ({ body: bodyOf(full), key: randomUUID() })),
      ...Array.from({ length: 4 }, () => ({ body: structuredClone(shared), key })),
      { body: { ...shared, justification: 'another body under the same key' }, key },
      ...['', 'A'].map((_, i) => ({
        body: bodyOf(roomy, { email: i === 0 ? email : email.toUpperCase() }),
        key: randomUUID(),
      })),
      ...[name, name.toUpperCase()].map((one) => ({ body: bodyOf(roomy, { name: one }), key: randomUUID() })),
      { body: bodyOf(roomy, { organizationalUnitId: 'ou-ab12-security1' }), key: randomUUID() },
      { body: bodyOf(roomy, {}, { guardrails: ['AWS-GR_NOTHING'] }), key: randomUUID() },
    ];
  }
  const counted = (answers: readonly string[]) => {
    const kinds = answers.map((answer) => (/^(taken|again) /.test(answer) ? answer.split(' ')[0] : answer));
    return Object.fromEntries(
      [...new Set(kinds)].sort().map((kind) => [kind, kinds.filter((k) => k === kind).length]),
    );
  };

  it('are answered as if they had come one by one', async () => {
    const oneByOne: string[] = [];
    for (const sent of mixture()) oneByOne.push(await answerTo(sent));
    await service.reset();
    const together = mixture();
    const dryRuns = Array.from({ length: 10 }, (_, i) =>
      service.deps.plan(`dry-run-${i}`, bodyOf(unique('dry'))),
    );
    const atOnce = await Promise.all(together.map(answerTo));
    await Promise.all(dryRuns);
    expect(counted(atOnce)).toEqual(counted(oneByOne));
    expect(counted(atOnce)).toMatchObject({ again: 3, 'invalid idempotency-key-reused': 1 });
    // The same key has the same answer, for all but the one with another body.
    expect(new Set(atOnce.slice(53, 57).map((answer) => answer.split(' ')[1])).size).toBe(1);
    const taken = atOnce.flatMap((answer) => (answer.startsWith('taken ') ? [answer.slice(6)] : [])).sort();
    for (const table of [emailHolds, nameHolds, cidrHolds]) expect(await rows(table)).toEqual(taken);
    const told = await rowsOf<{ id: string; facts: string; orders: string; status: string }>(
      service.orm,
      sql`select r.id, v.status, (select count(*)::text from facts f where f.request_id = r.id) as facts,
          (select count(*)::text from outbox o where o.key = 'start-execution:' || r.id || ':0') as orders
        from account_requests r join request_views v on v.request_id = r.id order by r.id`,
    );
    expect(told).toEqual(taken.map((id) => ({ id, facts: '2', orders: '1', status: 'PLANNED' })));
    expect(await verifyLedger(service.orm)).toMatchObject({ ok: true });
  });

  it('are planned once each: no two of them choose the same block', async () => {
    let plans = 0;
    const frozen: typeof service.deps.plan.frozen = (...asked) => {
      plans++;
      return service.deps.plan.frozen(...asked);
    };
    const sent = Array.from({ length: 20 }, () => bodyOf(unique('team')));
    await Promise.all(
      sent.map((body) =>
        submit(service.deps, person(body.team, ['requester']), accountIntake({ frozen }, body), randomUUID()),
      ),
    );
    expect(await rows(cidrHolds)).toHaveLength(20);
    expect(plans).toBe(20);
  });

  it('do not fail because of a neighbour that the database refuses', async () => {
    const good = Array.from({ length: 5 }, () => ({ body: bodyOf(unique('team')), key: randomUUID() }));
    const poisoned = {
      body: bodyOf(unique('team'), {}, { justification: 'ends \u0000 here' }),
      key: 'poison',
    };
    const answers = await Promise.allSettled([...good.slice(0, 2), poisoned, ...good.slice(2)].map(send));
    // With what a neighbour was refused for, should one be.
    expect(answers.map((one) => (one.status === 'rejected' ? String(one.reason) : one.status))).toEqual([
      'fulfilled',
      'fulfilled',
      expect.stringMatching(/./),
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await rows(emailHolds)).toHaveLength(5);
  });

  async function draftOf(team = 'team'): Promise<Draft> {
    const body = bodyOf(unique(team));
    const id = service.deps.ids.requestId();
    const prepared = await accountIntake(service.deps.plan, body).prepare(id);
    const request = {
      id,
      kind: 'account' as const,
      team: body.team,
      requestedBy: 'ana@example.com',
      idempotencyKey: randomUUID(),
      bodyDigest: '',
      body,
      planDigest: prepared.digest,
      planText: prepared.planText,
      createdAt: service.clock.now(),
    };
    return { request, prepared };
  }
  const withBlock = ({ request, prepared }: Draft, vpcCidr: string): Draft => ({
    request,
    prepared: { ...prepared, holds: { ...prepared.holds, vpcCidr } },
  });

  it('and lose a part of what they want keep none of it', async () => {
    // The first wins, whatever its team is called.
    const drafts = [
      withBlock(await draftOf('zeta'), '10.9.0.0/20'),
      withBlock(await draftOf('alpha'), '10.9.8.0/24'),
    ];
    const kept = await Promise.all(drafts.map((draft) => keep(service.orm, draft)));
    expect(kept[1]).toBe('raced');
    const [first] = drafts.map(({ request }) => request.id);
    for (const table of [emailHolds, nameHolds, cidrHolds]) expect(await rows(table)).toEqual([first]);
    const ids = (await service.orm.select({ id: accountRequests.id }).from(accountRequests)).map((r) => r.id);
    expect(ids).toContain(first);
    expect(ids).not.toContain(drafts[1]?.request.id);
  });

  it('and are not planned on what there is now are left out, and nothing of their neighbours is', async () => {
    const drafts: Draft[] = [];
    for (let i = 0; i < 5; i++) drafts.push(withBlock(await draftOf(), `10.9.${i}.0/24`));
    const outdated = [0, 1, 3];
    const sent = drafts.map(({ request, prepared }, i) =>
      outdated.includes(i) && prepared.ground
        ? { request, prepared: { ...prepared, ground: { ...prepared.ground, snapshot: 'of before' } } }
        : { request, prepared },
    );
    // One goes first, by itself; the others wait for it and go together.
    const [alone, ...together] = await Promise.all(
      [...sent.slice(0, 1), ...sent.slice(1)].map((d) => keep(service.orm, d)),
    );
    expect([alone, ...together].map((kept) => kept === 'raced')).toEqual([true, true, false, true, false]);
    const told = await rowsOf<{ id: string; facts: string; right: boolean }>(
      service.orm,
      sql`select r.id, (select count(*)::text from facts f where f.request_id = r.id and f.actor = r.requested_by) as facts,
          'sha256:' || encode(sha256(convert_to(r.plan_text, 'UTF8')), 'hex') = r.plan_digest as right
        from account_requests r
        where r.id in (${sql.join(
          drafts.map(({ request }) => sql`${request.id}`),
          sql`, `,
        )}) order by r.id`,
    );
    const whole = [drafts[2], drafts[4]].map((draft) => draft?.request.id ?? '').sort();
    expect(told).toEqual(whole.map((id) => ({ id, facts: '2', right: true })));
    const outside = await rowsOf(
      service.orm,
      sql`select from facts f left join account_requests r on r.id = f.request_id where f.request_id is not null and r.id is null`,
    );
    expect(outside).toEqual([]);
    expect(await verifyLedger(service.orm)).toMatchObject({ ok: true });
  });

  it('have the very text that was digested, also where only its own values were sent', async () => {
    const bodies = Array.from({ length: 12 }, (_, i) =>
      bodyOf(unique('team'), { name: `%${i}$s "${unique('acc')}` }, { tags: { a: 'x:y', b: `${i}` } }),
    );
    for (const few of [bodies.slice(0, 1), bodies.slice(1, 2), bodies.slice(2)])
      await Promise.all(few.map((body) => send({ body, key: randomUUID() })));
    const kept = await rowsOf<{ right: boolean; name: string }>(
      service.orm,
      sql`select 'sha256:' || encode(sha256(convert_to(r.plan_text, 'UTF8')), 'hex') = r.plan_digest as right,
          r.plan_text::jsonb #>> '{account,name}' as name
        from account_requests r join email_holds h on h.request_id = r.id`,
    );
    expect(kept.map(({ right }) => right)).toEqual(bodies.map(() => true));
    expect(kept.map(({ name }) => name).sort()).toEqual(bodies.map(({ account }) => account.name).sort());
  });

  describe('planned on what was known a moment ago', () => {
    const planOf = async (body: AccountRequest) => {
      const { requestId } = await send({ body, key: randomUUID() });
      const [row] = await service.orm.select().from(accountRequests).where(eq(accountRequests.id, requestId));
      return JSON.parse(row?.planText ?? '') as AccountPlan;
    };
    const someTeam = () => bodyOf(unique('team'));

    it('are planned anew on another snapshot and other settings', async () => {
      const before = await planOf(someTeam());
      await service.setSnapshot();
      const after = await planOf(someTeam());
      expect(after.snapshot.id).not.toBe(before.snapshot.id);
      expect(after.eta).toEqual(before.eta);
      const platformEmail = 'aws+locked@example.com';
      const networkPools = [{ name: 'moved', cidr: '172.16.0.0/12' }];
      await service.setSettings({ landingZone: { networkPools, unitsWithoutAccounts: [], platformEmail } });
      const moved = await planOf(someTeam());
      expect(moved.network?.vpcCidr).toMatch(/^172\.16\./);
      expect(moved.product.parameters).toContainEqual({ key: 'SSOUserEmail', value: platformEmail });
    });

    it('are refused what an account has since', async () => {
      const [email, name] = [`${unique('m')}@example.com`, unique('Acc')];
      await planOf(someTeam());
      await service.orm.insert(accounts).values({
        accountId: '555566667777',
        name,
        email,
        emailCanonical: email,
        organizationalUnitId: 'ou-ab12-workloads',
        status: 'ACTIVE',
        origin: 'FOREIGN',
        createdAt: service.clock.now(),
        updatedAt: service.clock.now(),
      });
      for (const [account, pointer] of [
        [{ email: email.toUpperCase() }, '/account/email'],
        [{ name: name.toUpperCase() }, '/account/name'],
      ] as const) {
        const refused = await send({ body: bodyOf(unique('team'), account), key: randomUUID() }).catch(
          (error: unknown) => error,
        );
        expect(refused).toMatchObject({ kind: 'invalid', extra: { errors: [{ pointer }] } });
      }
      expect((await planOf(bodyOf(unique('team'), { name: `${name} 2` }))).account.name).toBe(`${name} 2`);
    });

    it('are refused by whoever says under the settings of now that they may not', async () => {
      await planOf(someTeam());
      await service.setSettings({ serviceUsers: [{ subject: 'robot', owners: ['ana@example.com'] }] });
      const seen: number[] = [];
      const body = someTeam();
      const under = ({ serviceUsers }: Settings) => {
        seen.push(serviceUsers.length);
        if (serviceUsers.length > 0) throw new Problem('forbidden', 'suspended', 'Not now.');
      };
      const asked = submit(
        service.deps,
        person(body.team, ['requester']),
        accountIntake(service.deps.plan, body, under),
        randomUUID(),
      );
      await expect(asked).rejects.toMatchObject({ code: 'suspended' });
      expect(seen).toEqual([0, 1]);
      expect(
        await service.orm.select().from(accountRequests).where(eq(accountRequests.team, body.team)),
      ).toEqual([]);
    });
  });
});

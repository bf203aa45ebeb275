import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { accountRequests, cidrHolds, emailHolds, nameHolds } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { openService, person, type Service, unique } from '../../test/support/service.ts';
import { Problem } from '../kernel/errors.ts';
import { verifyLedger } from '../ledger/verify.pg.ts';
import { keep } from './group.pg.ts';
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
    const plan: typeof service.deps.plan = (...asked) => {
      plans++;
      return service.deps.plan(...asked);
    };
    const sent = Array.from({ length: 20 }, () => bodyOf(unique('team')));
    await Promise.all(
      sent.map((body) =>
        submit(service.deps, person(body.team, ['requester']), accountIntake(plan, body), randomUUID()),
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

  it('and lose a part of what they want keep none of it', async () => {
    const drafts = await Promise.all(
      // The first wins, whatever its team is called.
      [
        ['10.9.0.0/20', 'zeta'],
        ['10.9.8.0/24', 'alpha'],
      ].map(async ([vpcCidr = '', team]) => {
        const { body, key } = { body: bodyOf(unique(team)), key: randomUUID() };
        const id = service.deps.ids.requestId();
        const prepared = await accountIntake(service.deps.plan, body).prepare(id);
        const request = {
          id,
          kind: 'account' as const,
          team: body.team,
          requestedBy: 'ana@example.com',
          idempotencyKey: key,
          bodyDigest: '',
          body,
          planDigest: prepared.digest,
          planText: prepared.planText,
          createdAt: service.clock.now(),
        };
        return { request, prepared: { ...prepared, holds: { ...prepared.holds, vpcCidr } } };
      }),
    );
    const kept = await Promise.all(drafts.map((draft) => keep(service.orm, draft)));
    expect(kept[1]).toBe('raced');
    const [first] = drafts.map(({ request }) => request.id);
    for (const table of [emailHolds, nameHolds, cidrHolds]) expect(await rows(table)).toEqual([first]);
    const ids = (await service.orm.select({ id: accountRequests.id }).from(accountRequests)).map((r) => r.id);
    expect(ids).toContain(first);
    expect(ids).not.toContain(drafts[1]?.request.id);
  });
});

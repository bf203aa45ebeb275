import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accounts } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { askOf, factOf, person, unique } from '../../test/support/service.ts';
import { changeFacts, planOf, vendedAccount } from '../../test/support/vended.ts';
import { chatHistory, localChat } from '../chat/local-chat.pg.ts';
import { exampleSnapshot } from '../reconciliation/snapshot.fixture.ts';
import { AccountChangePlan } from './account-change.schema.ts';

const SSH = 'AWS-GR_RESTRICTED_SSH';

describe.each(databases)('POST /v1/accounts/{accountId}/changes on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let account: Awaited<ReturnType<typeof vendedAccount>>;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await app.service.reset();
    account = await vendedAccount(app.service);
  });

  const ana = () => person(account.team, ['requester'], 'ana@example.com');
  const ben = () => person(account.team, ['approver'], 'ben@example.com');
  const olga = person('', ['operator'], 'olga@example.com');
  const post = (body: unknown = { guardrails: [SSH] }, more: Parameters<App['call']>[2] = {}, query = '') =>
    app.call('POST', `/v1/accounts/${account.accountId}/changes${query}`, { who: ana(), body, ...more });
  const ask = async (body?: unknown) => {
    const { body: request, status } = await post(body);
    expect([status, request.detail]).toEqual([202, undefined]);
    return { requestId: request.id as string, planDigest: request.plan.digest as string };
  };
  const statusOf = async (requestId: string) =>
    (await app.call('GET', `/v1/account-requests/${requestId}`, { who: ana() })).body;
  const decide = (change: { requestId: string; planDigest: string }, decision = 'approve', who = ben()) =>
    app.call('POST', `/v1/account-requests/${change.requestId}/decisions`, {
      who,
      body: { decision, planDigest: change.planDigest },
    });
  const cancel = (requestId: string, who = ana()) =>
    app.call('POST', `/v1/account-requests/${requestId}/cancel`, { who });
  const confirmed = async (change: { requestId: string; planDigest: string }) => {
    await decide(change);
    await app.service.receive(askOf(change, 'confirm-approval', 3));
    return app.service.answer(change, 3);
  };
  const shown = async () => {
    const { accountId } = account;
    const [row] = await app.service.orm.select().from(accounts).where(eq(accounts.accountId, accountId));
    const { body } = await app.call('GET', `/v1/accounts/${accountId}`, { who: ana() });
    return { ...body, planRequestId: row?.planRequestId };
  };

  it('takes a change as a request of the account’s team', async () => {
    const { status, body, headers } = await post({ guardrails: [SSH], reason: 'Nobody needs it' });
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/account-requests/${body.id}`);
    expect(body).toMatchObject({
      kind: 'account-change',
      status: 'PLANNED',
      team: account.team,
      accountId: account.accountId,
      account: { name: account.body.account.name },
      change: { guardrails: [SSH] },
      reason: 'Nobody needs it',
      summary: expect.arrayContaining([expect.stringMatching(/guardrails-detective in us-east-1: changed/)]),
    });
    const plan = await app.call('GET', body.links.plan, { who: ben() });
    expect(AccountChangePlan.parse(plan.body)).toMatchObject({
      digest: body.plan.digest,
      requestId: body.id,
      from: { requestId: account.requestId, planDigest: account.planDigest },
      target: { requestId: account.requestId },
      controls: { gained: [SSH], lost: ['AWS-GR_ENCRYPTED_VOLUMES'] },
      work: {
        changed: [
          {
            name: 'guardrails-detective',
            announced: { replaces: [], removes: ['RuleAWSGRENCRYPTEDVOLUMES'] },
          },
        ],
      },
    });
    const listed = await app.call('GET', '/v1/account-requests', { who: ben() });
    expect(listed.body.items.map((one: { id: string }) => one.id)).toContain(body.id);
    const stranger = person(unique('team'), ['requester', 'approver']);
    expect((await app.call('GET', body.links.self, { who: stranger })).status).toBe(404);
  });

  it('is for the account’s team and for operators', async () => {
    expectProblem(await post({ guardrails: [] }, { who: person(unique('t'), ['requester']) }), 404);
    for (const roles of [['auditor'], ['admin']] as const)
      expectProblem(
        await post({ guardrails: [] }, { who: person(account.team, [...roles]) }),
        403,
        'not-your-team',
      );
    expect((await post({ guardrails: [SSH] }, { who: olga })).body).toMatchObject({ team: account.team });
  });

  it('is decided in the team, by somebody else', async () => {
    const change = await ask();
    expectProblem(await decide(change, 'approve', person(account.team, ['approver'])), 403, 'self-approval');
    expectProblem(await decide(change, 'approve', olga), 403, 'not-an-approver');
    expect((await decide(change)).status).toBe(200);
    expect((await statusOf(change.requestId)).status).toBe('QUEUED');
  });

  it('is one request for one key, also while it is open', async () => {
    const headers = { 'idempotency-key': unique('key') };
    const body = { guardrails: [SSH] };
    const [first, second] = [await post(body, { headers }), await post(body, { headers })];
    expect(second.body.id).toBe(first.body.id);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expectProblem(await post({ guardrails: [] }, { headers }), 422, 'idempotency-key-reused');
  });

  it('is one at a time, however many ask at once', async () => {
    const answers = await Promise.all([post(), post(), post()]);
    const taken = answers.filter(({ status }) => status === 202);
    expect(taken).toHaveLength(1);
    for (const answer of answers.filter((one) => one !== taken[0])) {
      expectProblem(answer, 409, 'change-open');
      expect(answer.body.detail).toContain(taken[0]?.body.id);
    }
  });

  it.each([
    ['cancelled', async (id: string) => cancel(id)],
    [
      'denied',
      async (_: string, change: { requestId: string; planDigest: string }) => decide(change, 'deny'),
    ],
    [
      'rejected',
      async (_: string, change: { requestId: string; planDigest: string }) =>
        app.service.receive(factOf(change, 'RequestRejected', 2, { data: { code: 'account-moved' } })),
    ],
  ])('makes room for the next one when it is %s', async (_how, end) => {
    const change = await ask();
    await end(change.requestId, change);
    expect(await app.service.holdsOf(change)).toBe(0);
    await ask();
  });

  it.each<[string, unknown, string]>([
    ['nothing', {}, ''],
    ['an unknown field', { guardrails: [], force: true }, '/force'],
    ['what is not there yet', { rename: 'x', guardrails: [] }, '/rename'],
    ['an unknown blueprint', { blueprint: { name: 'nope' } }, '/blueprint/name'],
    [
      'other people',
      {
        blueprint: {
          name: 'standard',
          parameters: { vpc: { size: 'medium', availabilityZones: 2 }, 'identity-center': { baseline: [] } },
        },
      },
      '/blueprint/parameters/identity-center',
    ],
  ])('refuses %s, asked and tried', async (_what, body, pointer) => {
    for (const query of ['', '?dryRun=true']) {
      const answer = await post(body, {}, query);
      expectProblem(answer, 422, 'validation');
      expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
    }
  });

  it('refuses what would change nothing; tried, it says so', async () => {
    const same = { guardrails: account.body.guardrails };
    expectProblem(await post(same), 422, 'nothing-to-change');
    expect((await post(same, {}, '?dryRun=true')).body.summary).toEqual([
      expect.stringContaining('Nothing would change'),
    ]);
  });

  it('refuses more policies than there are slots while both are attached', async () => {
    const quotas = exampleSnapshot.quotas.map((q) => (q.code === 'L-SCP-TARGET' ? { ...q, value: 3 } : q));
    const { guardrails } = await planOf(app.service, account.requestId);
    await app.service.setSnapshot({ ...exampleSnapshot, quotas });
    expect(guardrails.preventive.length).toBeLessThanOrEqual(1);
    const first = await post({ guardrails: ['AWS-GR_RESTRICT_ROOT_USER'] });
    await app.service.setSnapshot();
    if (guardrails.preventive.length === 0) return expect(first.status).toBe(202);
    expectProblem(first, 422, 'validation');
    expect(first.body.errors).toEqual([
      { pointer: '/guardrails', message: expect.stringContaining('takes 2 slots for a while') },
    ]);
  });

  it('refuses an account that is not active, or lies elsewhere', async () => {
    const set = (row: Partial<typeof accounts.$inferInsert>) =>
      app.service.orm.update(accounts).set(row).where(eq(accounts.accountId, account.accountId));
    await set({ organizationalUnitId: 'ou-ab12-sandboxes' });
    expectProblem(await post(), 422, 'validation');
    await set({ status: 'QUARANTINED' });
    expectProblem(await post(), 409, 'not-active');
  });

  it('holds a block for a VPC that comes', async () => {
    account = await vendedAccount(app.service, {
      blueprint: { name: 'standard', parameters: { vpc: false } },
    });
    const change = await ask({ blueprint: { name: 'standard', parameters: {} } });
    expect(await app.service.holdsOf(change)).toBe(2);
    await cancel(change.requestId);
    expect(await app.service.holdsOf(change)).toBe(0);
  });

  it('is told to the approver with what CloudFormation said', async () => {
    const change = await ask({ guardrails: [SSH], reason: 'Nobody needs it' });
    const stacks = [
      { name: 'x', stackName: 'jetway-guardrails-detective', changes: ['Remove RuleAWSGRENCRYPTEDVOLUMES'] },
    ];
    await app.service.receive(
      factOf(change, 'ChangePreviewed', 1, { data: { stacks } }),
      askOf(change, 'approval', 2),
    );
    await localChat(app.service.orm, app.service.assets.catalogue).show(change.requestId, new Date());
    const [message] = await chatHistory(app.service.orm, 1);
    expect(message).toMatchObject({ channel: `#approvals-${account.team}`, planDigest: change.planDigest });
    for (const words of [
      `the account ${account.body.account.name} (${account.accountId})`,
      'Why: Nobody needs it',
      `Guardrails gained: ${SSH}`,
      'CloudFormation may remove RuleAWSGRENCRYPTEDVOLUMES in jetway-guardrails-detective.',
      'CloudFormation would, in jetway-guardrails-detective: Remove RuleAWSGRENCRYPTEDVOLUMES',
      'Note: The account loses AWS-GR_ENCRYPTED_VOLUMES.',
    ])
      expect(message?.text).toContain(words);
  });

  it('is followed by the account once it is carried out, and the next change begins there', async () => {
    const change = await ask({ guardrails: [SSH] });
    expect(await confirmed(change)).toEqual({ outcome: 'confirmed' });
    const facts = await changeFacts(app.service, change);
    for (const [i, status] of [
      'APPLYING_BLUEPRINT',
      'ATTACHING_GUARDRAILS',
      'VERIFYING',
      'ACTIVE',
    ].entries()) {
      expect(await shown()).toMatchObject({ planRequestId: account.requestId });
      await app.service.receive(facts[i] as (typeof facts)[number]);
      expect((await statusOf(change.requestId)).status).toBe(status);
      expect((await shown()).status).toBe('ACTIVE');
    }
    expect(await shown()).toMatchObject({
      requestId: account.requestId,
      planRequestId: change.requestId,
    });
    const again = await ask({ guardrails: [] });
    const plan = await planOf<AccountChangePlan>(app.service, again.requestId);
    expect(plan).toMatchObject({
      from: { requestId: change.requestId, planDigest: change.planDigest },
      target: { requestId: account.requestId },
      controls: { gained: [], lost: [SSH] },
    });
  });

  it('is not confirmed when the account follows another plan by now', async () => {
    const change = await ask();
    await app.service.orm
      .update(accounts)
      .set({ planRequestId: change.requestId })
      .where(eq(accounts.accountId, account.accountId));
    expect(await confirmed(change)).toEqual({
      outcome: 'refused',
      code: 'plan-outdated',
      detail: expect.stringContaining(account.requestId),
    });
  });

  describe('that stopped half-way', () => {
    const stopped = async () => {
      const change = await ask();
      await confirmed(change);
      const [started] = await changeFacts(app.service, change);
      const { accountId } = account;
      await app.service.receive(
        started as NonNullable<typeof started>,
        factOf(change, 'ChangeStopped', 5, {
          accountId,
          data: { step: 'guardrails', error: 'E', cause: 'c' },
        }),
      );
      return change;
    };
    const parked = async () => {
      const change = await stopped();
      await app.service.receive(askOf(change, 'repair', 6));
      return change;
    };

    it('stays open, and the account as it is', async () => {
      const change = await parked();
      expect(await statusOf(change.requestId)).toMatchObject({
        status: 'QUARANTINED',
        failure: { code: 'guardrails-failed', nextAction: expect.stringContaining('resume') },
      });
      expect(await shown()).toMatchObject({ status: 'ACTIVE', planRequestId: account.requestId });
      expectProblem(await post(), 409, 'change-open');
    });

    it('is given up by the team or an operator, and the workflow has the last word', async () => {
      const change = await parked();
      expectProblem(
        await cancel(change.requestId, person(account.team, ['auditor'], 'max@example.com')),
        403,
        'not-yours',
      );
      const carl = person(account.team, ['approver'], 'carl@example.com');
      expect((await cancel(change.requestId, carl)).status).toBe(202);
      expect(await app.service.answer(change, 6)).toEqual({ outcome: 'cancelled' });
      expect((await statusOf(change.requestId)).status).toBe('QUARANTINED');
      expectProblem(await cancel(change.requestId), 409, 'cancelled');
      // Its word did not get through: it asks again and is told again.
      await app.service.receive(askOf(change, 'repair', 7));
      expect(await app.service.answer(change, 7)).toEqual({ outcome: 'cancelled' });
      await app.service.receive(
        factOf(change, 'ChangeGivenUp', 8, { accountId: account.accountId, data: { step: 'guardrails' } }),
      );
      expect(await statusOf(change.requestId)).toMatchObject({
        status: 'CANCELLED',
        failure: {
          code: 'given-up',
          detail: expect.stringContaining('carl@example.com'),
          step: 'guardrails',
        },
      });
      expect(await shown()).toMatchObject({ status: 'ACTIVE', planRequestId: account.requestId });
      await ask();
    });

    it('cannot be given up before it is parked', async () => {
      expectProblem(await cancel((await stopped()).requestId), 409, 'not-parked');
    });

    it('is given up without a word of a workflow that is dead', async () => {
      const change = await stopped();
      const stopDate = Date.now() + 86_400_000;
      await app.service.receive({
        kind: 'event',
        envelope: {
          version: '0',
          id: unique('event'),
          'detail-type': 'Step Functions Execution Status Change',
          source: 'aws.states',
          account: app.service.deps.trusted.managementAccountId,
          time: new Date(stopDate).toISOString(),
          region: 'us-east-1',
          resources: [],
          detail: {
            executionArn: `arn:aws:states:us-east-1:111122223333:execution:account-change:${change.requestId}`,
            stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:account-change',
            name: change.requestId,
            status: 'FAILED',
            startDate: stopDate - 1_000,
            stopDate,
          },
        },
      });
      expect((await cancel(change.requestId, olga)).body).toMatchObject({
        status: 'CANCELLED',
        failure: { code: 'given-up' },
      });
      await ask();
    });
  });

  it('is not given up while it runs', async () => {
    const change = await ask();
    await confirmed(change);
    const [started] = await changeFacts(app.service, change);
    await app.service.receive(started as NonNullable<typeof started>);
    expectProblem(await cancel(change.requestId), 409, 'too-late');
  });
});

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accounts, organizationSnapshots } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { factOf, person, waiting } from '../../test/support/service.ts';

const PATH = '/v1/organizational-units/ou-ab12-workloads/changes';
const VPN = 'AWS-GR_DISALLOW_VPN_CONNECTIONS';
const BODY = { enable: [VPN], reason: 'No back doors' };

describe.each(databases)('POST /v1/organizational-units/{id}/changes on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => app.service.reset());

  const olga = person('', ['operator'], 'olga@example.com');
  const post = (body: unknown = BODY, more: Parameters<App['call']>[2] = {}, path = PATH) =>
    app.call('POST', path, { who: olga, body, ...more });

  it('takes the change with every account that it affects', async () => {
    const at = new Date();
    const row = (accountId: string, organizationalUnitId: string, status = 'ACTIVE') => ({
      accountId,
      name: `account-${accountId}`,
      email: `${accountId}@example.com`,
      emailCanonical: `${accountId}@example.com`,
      organizationalUnitId,
      status,
      origin: 'FOREIGN',
      createdAt: at,
      updatedAt: at,
    });
    await app.service.orm
      .insert(accounts)
      .values([
        row('444455556666', 'ou-ab12-workloads'),
        row('555566667777', 'ou-ab12-workloadstest'),
        row('666677778888', 'ou-ab12-sandboxes'),
        row('777788889999', 'ou-ab12-workloads', 'CLOSED'),
      ]);
    const { status, body, headers } = await post();
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/account-requests/${body.id}`);
    expect(body).toMatchObject({ kind: 'organizational-unit-change', status: 'PLANNED', ...BODY });
    const plan = await app.call('GET', body.links.plan, { who: person('data', ['approver'], 'ben@x.org') });
    expect(plan.body).toMatchObject({
      digest: body.plan.digest,
      accounts: [{ accountId: '444455556666' }, { accountId: '555566667777' }],
    });
    expect((await app.call('GET', body.links.self, { who: person('data', ['requester']) })).status).toBe(404);
  });

  it('is for operators', async () => {
    for (const roles of [['requester'], ['approver'], ['auditor'], ['admin'], []] as const)
      expectProblem(await post(BODY, { who: person('data', [...roles]) }), 403, 'not-an-operator');
    expectProblem(await app.call('POST', PATH, { body: BODY }), 401);
  });

  it('knows no other units', async () => {
    for (const id of ['ou-ab12-12345678', 'ou-nope', '..%2f'])
      expectProblem(await post(BODY, {}, PATH.replace('ou-ab12-workloads', id)), 404);
    expectProblem(await post(BODY, {}, PATH.replace('ou-ab12-workloads', 'r-ab12')), 422);
  });

  it.each<[string, unknown, string]>([
    ['an unknown field', { ...BODY, force: true }, '/force'],
    ['no reason', { enable: [VPN] }, '/reason'],
    ['nothing to change', { reason: 'x' }, ''],
    ['a mandatory control', { disable: ['AWS-GR_CLOUDTRAIL_ENABLED'], reason: 'x' }, '/disable/0'],
    ['a control in both lists', { enable: [VPN], disable: [VPN], reason: 'x' }, '/enable/0'],
  ])('refuses %s', async (_what, body, pointer) => {
    const answer = await post(body);
    expectProblem(answer, 422);
    expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
  });

  it('is one request for one key', async () => {
    const headers = { 'idempotency-key': 'change-1' };
    const [first, second] = [await post(BODY, { headers }), await post(BODY, { headers })];
    expect(second.body.id).toBe(first.body.id);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    const elsewhere = PATH.replace('workloads', 'sandboxes');
    expectProblem(await post(BODY, { headers }, elsewhere), 422, 'idempotency-key-reused');
  });

  it('has the organization read again when it ends, whatever reading is under way', async () => {
    const { body } = await post();
    const asked = { requestId: body.id, planDigest: body.plan.digest };
    await app.service.orm
      .insert(organizationSnapshots)
      .values({ id: 'snapshot-under-way', reason: 'test', startedAt: app.service.clock.now() });
    await app.service.receive(factOf(asked, 'ChangeStarted', 3));
    const reads = async () =>
      (await waiting(app.service.orm)).filter((key) => key.startsWith('start-reconcile:'));
    expect(await reads()).toEqual([]);
    await app.service.receive(factOf(asked, 'ChangeCompleted', 4));
    expect(await reads()).toHaveLength(1);
    await app.service.receive(factOf(asked, 'ChangeCompleted', 4));
    expect(await reads()).toHaveLength(1);
    await app.service.orm
      .delete(organizationSnapshots)
      .where(eq(organizationSnapshots.id, 'snapshot-under-way'));
  });
});

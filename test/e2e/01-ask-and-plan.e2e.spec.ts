import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../services/kernel/canonical-json.ts';
import { AccountPlan } from '../../services/planning/plan.schema.ts';
import { requestBody, startService, type TestService, unique } from '../support/jetway.ts';

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

const PLAN = '/v1/account-requests?dryRun=true';
const whole = (word: string) =>
  requestBody(word, {
    blueprint: { name: 'standard', parameters: { vpc: { size: 'medium', availabilityZones: 2 } } },
    guardrails: ['AWS-GR_ENCRYPTED_VOLUMES', 'AWS-GR_RESTRICT_ROOT_USER'],
    access: [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }],
    tags: { 'cost-center': '4711' },
  });

describe('a plan', () => {
  it('holds everything that will exist, and its digest covers all of it', async () => {
    const body = whole('planned');
    const { status, body: plan } = await jetway.as('ana').post(PLAN, body);
    expect(status).toBe(200);
    const { digest, ...rest } = AccountPlan.parse(plan);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digestOf(rest)).toBe(digest);

    expect(rest.account).toEqual(body.account);
    expect(rest.product.provisionedProductName).toBe(`jetway-${rest.requestId}`);
    expect(rest.product.provisionToken).toBeTruthy();
    const parameters = Object.fromEntries(rest.product.parameters.map((p) => [p.key, p.value]));
    expect(parameters).toMatchObject({
      AccountName: body.account.name,
      AccountEmail: body.account.email,
      ManagedOrganizationalUnit: 'Workloads (ou-ab12-workloads)',
    });
    // Account Factory gives this user administrator access at once: it is never a person.
    expect(parameters.SSOUserEmail).not.toBe(body.owner.email);
    expect(rest.network?.vpcCidr).toMatch(/^10\.\d+\.\d+\.0\/\d+$/);
    expect(new Set(rest.network?.subnets.map((s) => s.cidr)).size).toBe(rest.network?.subnets.length);
    expect(rest.components.map((c) => `${c.mode} ${c.name}`)).toEqual(
      expect.arrayContaining([
        'deploy execution-role',
        'deploy security-baseline',
        'deploy vpc',
        'verify cloudtrail',
        'verify config',
      ]),
    );
    expect(rest.guardrails.preventive.flatMap((p) => p.controls)).toContain('AWS-GR_RESTRICT_ROOT_USER');
    for (const policy of rest.guardrails.preventive) expect(policy.content).toHaveLength(policy.characters);
    expect(rest.guardrails.detective.map((d) => d.control)).toContain('AWS-GR_ENCRYPTED_VOLUMES');
    expect(rest.guardrails.inherited.length).toBeGreaterThan(5);
    expect(rest.access).toMatchObject([
      { principal: 'payments-admins', permissionSet: 'AdministratorAccess' },
      // The blueprint's own, for every account.
      { principal: 'security-auditors', permissionSet: 'jetway-ReadOnly' },
    ]);
    expect(rest.quotas).toMatchObject([{ limit: 1000 }]);
    expect(rest.monthlyCost.items.reduce((sum, item) => sum + item.amount, 0)).toBeCloseTo(
      rest.monthlyCost.amount,
    );
    expect(rest.approvals).toMatchObject({ quorum: 1, approvers: ['role:approver team:payments'] });
    expect(rest.warnings).toEqual([
      'The permission set jetway-ReadOnly is not in Identity Center yet and will be made.',
    ]);
  });

  it('of a dry run leaves nothing behind', async () => {
    const body = whole('dry');
    await jetway.as('ana').post(PLAN, body);
    const { body: list } = await jetway.as('ana').get('/v1/account-requests');
    expect(list.items.map((r: { account: { name: string } }) => r.account.name)).not.toContain(
      body.account.name,
    );
    expect((await jetway.as('ana').post(PLAN, body)).status).toBe(200);
  });

  it('is frozen when the request is taken: what is shown is what will be approved', async () => {
    const asked = await jetway.submit(whole('frozen'));
    const plan = await jetway.plan(asked.id);
    const { digest, ...rest } = AccountPlan.parse(plan);
    expect(digest).toBe(asked.plan.digest);
    expect(digestOf(rest)).toBe(digest);
    await jetway.reconcile();
    expect(await jetway.plan(asked.id)).toEqual(plan);
  });

  it('gives every account a network of its own', async () => {
    const [one, two] = await Promise.all([jetway.submit(whole('net')), jetway.submit(whole('net'))]);
    const [first, second] = await Promise.all([jetway.plan(one.id), jetway.plan(two.id)]);
    expect(first.network?.vpcCidr).not.toBe(second.network?.vpcCidr);
  });
});

describe('a request', () => {
  it('is answered with 202, its place and its first state, and asks for approval by itself', async () => {
    const body = whole('asked');
    const answer = await jetway.as('ana').post('/v1/account-requests', body);
    expect(answer.status).toBe(202);
    const { id } = answer.body;
    expect(answer.headers.get('location')).toBe(`/v1/account-requests/${id}`);
    expect(answer.body).toMatchObject({
      status: 'PLANNED',
      team: 'payments',
      requestedBy: 'ana@example.com',
      account: body.account,
      plan: { digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
      links: { self: `/v1/account-requests/${id}`, plan: `/v1/account-requests/${id}/plan` },
    });
    expect(answer.body.steps.map((s: { name: string }) => s.name)).toEqual([
      'plan',
      'approval',
      'queue',
      'provision',
      'blueprint',
      'guardrails',
      'verify',
      'access',
    ]);
    const waiting = await jetway.reaches(id, 'AWAITING_APPROVAL');
    expect(waiting.steps[0]).toMatchObject({ name: 'plan', status: 'succeeded' });
    expect(waiting.steps[1]).toMatchObject({ name: 'approval', status: 'running' });
  });

  it('sent twice with one key is one request; the same key with another body is refused', async () => {
    const body = requestBody('twice');
    const key = { 'idempotency-key': unique('key') };
    const first = await jetway.as('ana').post('/v1/account-requests', body, key);
    const second = await jetway.as('ana').post('/v1/account-requests', body, key);
    expect([second.status, second.body.id]).toEqual([202, first.body.id]);
    const other = await jetway
      .as('ana')
      .post('/v1/account-requests', { ...body, justification: 'another' }, key);
    expect(other.status).toBe(422);
    await jetway.reaches(first.body.id, 'AWAITING_APPROVAL');
    const { body: list } = await jetway.as('ana').get('/v1/account-requests?limit=100');
    const same = list.items.filter(
      (r: { account: { name: string } }) => r.account.name === body.account.name,
    );
    expect(same).toHaveLength(1);
  });

  it('is refused with pointers at what is wrong, and nothing is written', async () => {
    const refused = async (body: object) => {
      const answer = await jetway.as('ana').post('/v1/account-requests', body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(422);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      return (answer.body.errors as { pointer: string }[]).map((e) => e.pointer);
    };
    const gone = requestBody('gone', { organizationalUnitId: 'ou-ab12-nosuchunit' });
    expect(await refused(gone)).toEqual(['/account/organizationalUnitId']);
    expect(await refused({ ...requestBody('more'), colour: 'red' })).toHaveLength(1);
    expect(await refused(requestBody('bad', { guardrails: ['AWS-GR_NO_SUCH'] }))).toEqual(['/guardrails/0']);
    expect(await refused(requestBody('bad', { blueprint: { name: 'none' } }))).toEqual(['/blueprint/name']);
    expect(
      await refused(
        requestBody('bad', { access: [{ group: 'nobody', permissionSet: 'AdministratorAccess' }] }),
      ),
    ).toEqual(['/access/0/group']);
    expect(await refused(requestBody('bad', { email: 'not-an-address' }))).toEqual(['/account/email']);
  });

  it('for an e-mail address that is spoken for is refused, in whatever case it is written', async () => {
    const first = requestBody('mail');
    await jetway.submit(first);
    const again = requestBody('mail', { email: first.account.email.toUpperCase() });
    const refused = await jetway.as('ana').post('/v1/account-requests', again);
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toMatchObject([{ pointer: '/account/email' }]);

    const audit = requestBody('mail', { email: 'AWS+Audit@Example.com' });
    const taken = await jetway.as('ana').post('/v1/account-requests', audit);
    expect(taken.status).toBe(422);
    expect(taken.body.errors).toMatchObject([{ pointer: '/account/email' }]);
    // Whose it is, is told to its own team alone.
    expect(taken.body.errors[0].message).toContain('another account');
    expect(taken.body.errors[0].message).not.toContain('333344445555');
  });

  it('of ten that race for one address is one request', async () => {
    const bodies = Array.from({ length: 10 }, () => requestBody('race', { email: 'aws+race@example.com' }));
    const answers = await Promise.all(bodies.map((b) => jetway.as('ana').post('/v1/account-requests', b)));
    expect(answers.map((a) => a.status).sort()).toEqual([202, ...Array(9).fill(422)]);
  });

  it('is refused at once when the organization has no room for another account', async () => {
    jetway.aws.setLimit('accounts', jetway.cloud.accounts().length);
    await jetway.reconcile();
    const answer = await jetway.as('ana').post('/v1/account-requests', requestBody('room'));
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toMatchObject([{ pointer: '/account' }]);
    jetway.aws.setLimit('accounts', 1_000);
    await jetway.reconcile();
    expect((await jetway.as('ana').post(PLAN, requestBody('room'))).status).toBe(200);
  });

  it('belongs to its team: foreign and absent look the same', async () => {
    const asked = await jetway.submit(requestBody('ours'));
    const stranger = { subject: 'eve@example.com', teams: ['search'], roles: ['requester', 'approver'] };
    const foreign = await jetway.as(stranger).get(`/v1/account-requests/${asked.id}`);
    const absent = await jetway.as(stranger).get('/v1/account-requests/req-00000000000000000000000000');
    expect([foreign.status, absent.status]).toEqual([404, 404]);
    expect(foreign.body.title).toBe(absent.body.title);
    expect((await jetway.as(stranger).post('/v1/account-requests', requestBody('theirs'))).status).toBe(403);
    expect((await jetway.send('GET', `/v1/account-requests/${asked.id}`)).status).toBe(401);
  });

  it('makes nothing in the cloud before somebody approves', () => {
    expect(jetway.cloud.vendedAccounts()).toEqual([]);
    expect(jetway.watch.of('servicecatalog', 'ProvisionProduct')).toEqual([]);
  });
});

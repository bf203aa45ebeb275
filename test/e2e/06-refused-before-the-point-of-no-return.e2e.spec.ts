import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { registerUnit } from '../../infra/local/services/control-tower/state.ts';
import {
  type RequestAnswer,
  requestBody,
  startService,
  type TestService,
  unique,
} from '../support/jetway.ts';

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());
afterEach(async () => {
  jetway.aws.faults.clear();
  jetway.aws.setLimit('accounts', 1_000);
  jetway.aws.setLimit('policiesPerTarget', 10);
});

/** A unit of its own under the root, registered with Control Tower and known to planning. */
async function newUnit(): Promise<{ id: string; name: string }> {
  const name = unique('Unit');
  const { OrganizationalUnit } = jetway.cloud.call('organizations', 'CreateOrganizationalUnit', {
    ParentId: 'r-ab12',
    Name: name,
  });
  const { world } = jetway.aws;
  world.store.transaction(() => registerUnit(world, OrganizationalUnit.Id, [], true));
  await jetway.reconcile();
  return { id: OrganizationalUnit.Id, name };
}

type Change = (asked: RequestAnswer) => void | Promise<void>;

/** Planned and asked, then the world changes, then somebody approves. */
async function rejected(body: object, change: Change): Promise<RequestAnswer> {
  const asked = await jetway.submit(body);
  await jetway.reaches(asked.id, 'AWAITING_APPROVAL');
  await change(asked);
  await jetway.decide(asked, 'approve');
  const ended = await jetway.reaches(asked.id, 'REJECTED');
  expect(ended.failure).toEqual({
    code: expect.any(String),
    title: expect.any(String),
    detail: expect.stringMatching(/\w{3}/),
    step: expect.any(String),
    retriable: false,
    nextAction: expect.stringMatching(/\.$/),
  });
  expect(jetway.accepted(asked.id)).toBe(0);
  expect(await jetway.slots()).toEqual({ held: 0, waiting: 0 });
  expect((await jetway.resume(asked.id)).status).toBe(409);
  return ended;
}

describe('what changed between plan and approval ends the request, and nothing was made', () => {
  it('the account quota is used up; raised, the same request goes through', async () => {
    const body = requestBody('quota');
    const ended = await rejected(body, () => jetway.aws.setLimit('accounts', jetway.cloud.accounts().length));
    expect(ended.failure).toMatchObject({ code: 'account-quota', step: 'recheck' });
    expect(ended.failure?.detail).toMatch(/\d+ accounts/);
    jetway.aws.setLimit('accounts', 1_000);
    const again = await jetway.order(body);
    await jetway.reachesActive(again.id);
    expect(jetway.cloud.accountsWith(body.account.email)).toHaveLength(1);
  });

  it('the unit was deleted', async () => {
    const unit = await newUnit();
    const ended = await rejected(requestBody('gone', { organizationalUnitId: unit.id }), () => {
      jetway.cloud.call('organizations', 'DeleteOrganizationalUnit', { OrganizationalUnitId: unit.id });
    });
    expect(ended.failure).toMatchObject({
      code: 'ou-gone',
      detail: expect.stringContaining('OrganizationalUnitNotFoundException'),
    });
  });

  it('the unit was renamed', async () => {
    const unit = await newUnit();
    const ended = await rejected(requestBody('renamed', { organizationalUnitId: unit.id }), () => {
      jetway.cloud.call('organizations', 'UpdateOrganizationalUnit', {
        OrganizationalUnitId: unit.id,
        Name: unique('Other'),
      });
    });
    expect(ended.failure).toMatchObject({ code: 'ou-renamed', detail: expect.stringContaining(unit.name) });
  });

  it('the unit is no longer registered with Control Tower', async () => {
    const unit = await newUnit();
    const ended = await rejected(requestBody('unregistered', { organizationalUnitId: unit.id }), () => {
      const { store } = jetway.aws.world;
      store.transaction(() => store.delete('ct/baselines', unit.id));
    });
    expect(ended.failure).toMatchObject({ code: 'ou-not-registered' });
  });

  it('the version of Account Factory was withdrawn', async () => {
    let artifact = '';
    const ended = await rejected(requestBody('artifact'), async (asked) => {
      artifact = (await jetway.plan(asked.id)).product.provisioningArtifactId;
      jetway.aws.setArtifactActive(artifact, false);
    });
    expect(ended.failure).toMatchObject({
      code: 'artifact-inactive',
      detail: expect.stringContaining(artifact),
    });
    jetway.aws.setArtifactActive(artifact, true);
  });

  it('the policies no longer fit', async () => {
    const ended = await rejected(requestBody('slots', { guardrails: ['AWS-GR_RESTRICT_ROOT_USER'] }), () =>
      jetway.aws.setLimit('policiesPerTarget', 2),
    );
    expect(ended.failure).toMatchObject({ code: 'policy-slots', step: 'recheck' });
  });

  it('somebody made an account with that address, in other letters', async () => {
    const body = requestBody('taken');
    const ended = await rejected(body, () => {
      const address = { Email: body.account.email.toUpperCase(), AccountName: 'someone else' };
      jetway.cloud.call('organizations', 'CreateAccount', address);
    });
    expect(ended.failure).toMatchObject({
      code: 'email-taken',
      detail: expect.stringContaining(body.account.email),
    });
    const [theirs, ...more] = jetway.cloud.accountsWith(body.account.email);
    expect(more).toEqual([]);
    // Not ours: not touched.
    expect(jetway.cloud.policiesOf(theirs!.Id).map((p) => p.Name)).not.toContain('jetway-quarantine');
  });

  it('Service Catalog refuses the call outright', async () => {
    const ended = await rejected(requestBody('refused'), () => {
      jetway.aws.faults.inject({
        service: 'servicecatalog',
        action: 'ProvisionProduct',
        kind: 'error',
        code: 'InvalidParametersException',
        message: 'Parameter AccountName is not acceptable today',
      });
    });
    expect(ended.failure?.detail).toContain('Parameter AccountName is not acceptable today');
    expect(ended.failure?.step).toBe('provision');
  });

  it('AWS cannot be asked at all, for longer than anybody waits', async () => {
    const ended = await rejected(requestBody('deaf'), () => {
      jetway.aws.faults.inject({
        service: 'service-quotas',
        action: '*',
        kind: 'throttle',
        times: Number.POSITIVE_INFINITY,
      });
    });
    expect(ended.failure).toMatchObject({ code: 'check-failed', step: 'recheck' });
    expect(ended.failure?.detail).toMatch(/Rate exceeded|TooManyRequests/);
  });
});

it('no account was ever made for a refused request', () => {
  const products = jetway.watch.of('servicecatalog', 'ProvisionProduct').filter((c) => !c.refused);
  expect(products).toHaveLength(1);
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failResource } from '../../infra/local/services/cloudformation/resource-faults.ts';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';
import { expectQuarantined, expectRepaired } from '../support/unfinished.ts';

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());
afterEach(() => jetway.aws.faults.clear());

const ALWAYS = { times: Number.POSITIVE_INFINITY } as const;
const body = (word: string) =>
  requestBody(word, {
    guardrails: ['AWS-GR_RESTRICT_ROOT_USER', 'AWS-GR_RESTRICTED_SSH'],
    access: [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }],
  });

describe('a step that fails is where a resume goes on', () => {
  it('blueprint: a stack’s resource is refused', async () => {
    failResource(jetway.aws.world, {
      stackName: 'jetway-audit-roles',
      reason: 'The quota of roles is used up (Service: Iam, Status Code: 409)',
    });
    const asked = await jetway.order(body('blueprint'));
    const { failure, status } = await expectQuarantined(jetway, asked, 1);
    expect(status).toBe('QUARANTINED');
    expect(failure).toMatchObject({
      code: 'blueprint-failed',
      step: 'blueprint',
      detail: expect.stringContaining('The quota of roles is used up'),
    });
    await expectRepaired(jetway, asked);
  });

  it('guardrails: Organizations will not attach the policy', async () => {
    const asked = await jetway.submit(body('guardrails'));
    jetway.aws.faults.inject({
      service: 'organizations',
      action: 'CreatePolicy',
      kind: 'error',
      code: 'ConstraintViolationException',
      message: 'You have reached the maximum number of policies',
      ...ALWAYS,
    });
    await jetway.decide(asked, 'approve');
    const { failure } = await expectQuarantined(jetway, asked, 1);
    expect(failure).toMatchObject({ code: 'guardrails-failed', step: 'guardrails' });
    expect(failure?.detail).toContain('You have reached the maximum number of policies');
    jetway.aws.faults.clear();
    await expectRepaired(jetway, asked);
  });

  it('access: the account was ACTIVE, is fenced again, and opens when people can be assigned', async () => {
    jetway.aws.faults.inject({
      service: 'sso-admin',
      action: 'CreateAccountAssignment',
      kind: 'error',
      code: 'AccessDeniedException',
      message: 'The group is managed elsewhere',
      ...ALWAYS,
    });
    const asked = await jetway.order(body('access'));
    const { failure } = await expectQuarantined(jetway, asked, 1);
    expect(failure).toMatchObject({
      step: 'access',
      detail: expect.stringContaining('The group is managed elsewhere'),
    });
    jetway.aws.faults.clear();
    const { accountId } = await expectRepaired(jetway, asked);
    expect(jetway.cloud.assignmentsOf(accountId!)).toHaveLength(1);
  });

  it('and the steps before it are not done twice', async () => {
    failResource(jetway.aws.world, { stackName: 'jetway-detective-guardrails' });
    failResource(jetway.aws.world, { stackName: 'jetway-budget' });
    const asked = await jetway.order(body('once'));
    await expectQuarantined(jetway, asked, 1);
    await expectRepaired(jetway, asked).catch(async () => {
      await expectQuarantined(jetway, asked, 1);
      await expectRepaired(jetway, asked);
    });
    const { accountId } = await jetway.request(asked.id);
    const made = jetway.watch
      .of('cloudformation', 'CreateStack')
      .filter((c) => c.accountId === accountId && c.input.StackName === 'jetway-execution-role');
    expect(made).toHaveLength(1);
    const facts = (await jetway.timeline(asked.id)).map((f) => f.type);
    expect(facts.filter((type) => type === 'AccountProvisioned')).toHaveLength(1);
    expect(facts.filter((type) => type === 'VendResumed').length).toBeGreaterThan(0);
  });
});

describe('an execution that breaks without saying so', () => {
  const arnOf = (id: string) => `arn:aws:states:us-east-1:111122223333:execution:account-vending:${id}`;

  it('is seen by its status, and a resume redrives it', async () => {
    const asked = await jetway.submit(body('aborted'));
    // The fourth word to the inbox is on its way to nowhere: stopped by hand in the middle of the blueprint.
    const stop = jetway.aws.faults.inject({
      service: 'cloudformation',
      action: '*',
      kind: 'throttle',
      ...ALWAYS,
    });
    const watching = jetway.reaches(asked.id, 'APPLYING_BLUEPRINT');
    await jetway.decide(asked, 'approve');
    await watching;
    jetway.cloud.call('stepfunctions', 'StopExecution', {
      executionArn: arnOf(asked.id),
      error: 'Operator.Stopped',
      cause: 'stopped by hand',
    });
    const { failure, accountId } = await jetway.reaches(asked.id, 'QUARANTINED');
    expect(failure).toMatchObject({ code: expect.any(String), detail: expect.any(String), retriable: true });
    expect(jetway.cloud.isFenced(accountId!)).toBe(true);
    stop();
    await expectRepaired(jetway, asked);
  });

  it('before the point of no return ends the request, and gives its place and its address back', async () => {
    const wanted = body('stopped');
    const asked = await jetway.submit(wanted);
    await jetway.reaches(asked.id, 'AWAITING_APPROVAL');
    jetway.cloud.call('stepfunctions', 'StopExecution', { executionArn: arnOf(asked.id) });
    expect(await jetway.reaches(asked.id, 'REJECTED')).toMatchObject({
      failure: { code: 'workflow-broken' },
    });
    expect((await jetway.decide(asked, 'approve')).status).toBe(409);
    await until(
      'the same request is taken again',
      async () => {
        const again = await jetway.as('ana').post('/v1/account-requests?dryRun=true', wanted);
        return again.status === 200;
      },
      3_000,
    );
  });
});

describe('a resume', () => {
  it('is an operator’s, of a quarantined request only, and two at once are one', async () => {
    const wanted = body('rights');
    jetway.aws.scenario({ accountName: wanted.account.name, outcome: 'fail-under-root' });
    const asked = await jetway.order(wanted);
    await expectQuarantined(jetway, asked, 1);
    const path = `/v1/account-requests/${asked.id}/resume`;
    expect((await jetway.as('ana').post(path)).status).toBe(403);
    expect((await jetway.as('approver').post(path)).status).toBe(403);
    const [one, two] = await Promise.all([jetway.resume(asked.id), jetway.resume(asked.id)]);
    expect([one.status, two.status]).toContain(202);
    await jetway.reachesActive(asked.id);
    expect((await jetway.timeline(asked.id)).filter((f) => f.type === 'VendResumed')).toHaveLength(1);
    expect(jetway.accepted(asked.id)).toBe(1);
    expect((await jetway.resume(asked.id)).status).toBe(409);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { changeSetsOf } from '../../infra/local/services/cloudformation/change-set-store.ts';
import { failResource } from '../../infra/local/services/cloudformation/resource-faults.ts';
import { findStack, saveStack } from '../../infra/local/services/cloudformation/stacks.ts';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';

let jetway: TestService;
let accountId: string;
let path: string;
beforeAll(async () => {
  jetway = await startService();
  const asked = await jetway.order(
    requestBody('change', {
      blueprint: { name: 'standard', parameters: { vpc: { size: 'small', availabilityZones: 2 } } },
      guardrails: ['AWS-GR_RESTRICTED_SSH', 'AWS-GR_RESTRICT_ROOT_USER'],
    }),
  );
  accountId = (await jetway.reachesActive(asked.id)).accountId!;
  path = `/v1/accounts/${accountId}/changes`;
}, 90_000);
afterAll(() => jetway?.close());
afterEach(() => jetway.aws.faults.clear());

// biome-ignore lint/suspicious/noExplicitAny: an answer of another kind than the one that tests know
type Asked = any;
const ask = (body: object, headers?: Record<string, string>) => jetway.as('ana').post(path, body, headers);
const order = async (body: object): Promise<Asked> => {
  const { status, body: asked } = await ask(body);
  expect([status, asked.code, asked.errors]).toEqual([202, undefined, undefined]);
  return asked;
};
const approved = async (body: object): Promise<Asked> => {
  const asked = await order(body);
  await jetway.click(await jetway.message(asked.id), 'approve');
  return asked;
};
const done = (id: string) =>
  jetway.reaches(id, (r) => r.status === 'ACTIVE' && r.steps.every((s) => s.status === 'succeeded'));
const account = async () => (await jetway.as('ana').get(`/v1/accounts/${accountId}`)).body;
const factsOf = async (id: string) => (await jetway.timeline(id)).map((fact) => fact.type);

const stack = (name: string) =>
  jetway.cloud.callIn(accountId, 'cloudformation', 'DescribeStacks', { StackName: name }).Stacks[0];
const parameterOf = (name: string, key: string): string =>
  stack(name).Parameters.find((one: { ParameterKey: string }) => one.ParameterKey === key).ParameterValue;
const stackAt = () => findStack(jetway.aws.world, { accountId, region: jetway.aws.region }, 'jetway-vpc')!;
const changeSets = () => changeSetsOf(jetway.aws.world, stackAt());
const rulesAbroad = (): string[] => {
  const caller = {
    accountId,
    region: 'eu-west-1',
    principalArn: `arn:aws:iam::${accountId}:role/jetway-execution`,
  };
  const { ConfigRules } = jetway.aws.dispatcher.call('config', 'DescribeConfigRules', {}, caller) as {
    ConfigRules: { ConfigRuleName: string }[];
  };
  return ConfigRules.map((rule) => rule.ConfigRuleName);
};
const guardrailPolicies = () =>
  jetway.cloud
    .policiesOf(accountId)
    .map(({ Name }) => Name)
    .filter((name) => name.startsWith('jetway-') && !name.endsWith('fence'))
    .sort();
const nat = (natGateway: boolean) => ({
  blueprint: {
    name: 'standard',
    parameters: { vpc: { size: 'small', availabilityZones: 2, natGateway } },
  },
});

describe('a change of an account', () => {
  it('is asked for, shown to the approver with CloudFormation’s own words, and carried out', async () => {
    const [policyBefore, rulesBefore] = [guardrailPolicies(), rulesAbroad()];
    const asked = await order({
      ...nat(true),
      guardrails: [
        'AWS-GR_RESTRICTED_SSH',
        'AWS-GR_RESTRICT_ROOT_USER_ACCESS_KEYS',
        'AWS-GR_ENCRYPTED_VOLUMES',
      ],
      reason: 'egress for the batch jobs',
    });
    expect(asked).toMatchObject({ kind: 'account-change', accountId, team: 'payments' });
    const message = await jetway.message(asked.id);
    expect(message.text).toContain('egress for the batch jobs');
    expect(message.text).toContain(accountId);
    expect(message.text).toMatch(/add Nat \(AWS::EC2::NatGateway\)/);
    expect(message.text).toContain('AWS-GR_RESTRICT_ROOT_USER');
    // Nothing has been touched so far, and no change set is left behind.
    expect(parameterOf('jetway-vpc', 'NatGateway')).toBe('false');
    expect(changeSets()).toEqual([]);

    await jetway.click(message, 'approve');
    await done(asked.id);
    expect(parameterOf('jetway-vpc', 'NatGateway')).toBe('true');
    expect(guardrailPolicies()).not.toEqual(policyBefore);
    expect(rulesAbroad()).toHaveLength(rulesBefore.length + 1);
    expect(jetway.cloud.isFenced(accountId)).toBe(false);
    expect(await factsOf(asked.id)).toEqual(
      expect.arrayContaining(['ChangePreviewed', 'ApprovalDecided', 'ChangeStarted', 'AccountChanged']),
    );
    expect((await account()).status).toBe('ACTIVE');
  });

  it('is what drift and the next change begin with', async () => {
    const { body } = await jetway.as('ana').post(`/v1/accounts/${accountId}/drift-checks`);
    await until('somebody has looked', async () => {
      const { items } = (await jetway.as('ana').get(`/v1/accounts/${accountId}/timeline`)).body;
      return items.some((f: Asked) => f.type === 'DriftChecked' && f.data.checkId === body.checkId);
    });
    const { drift } = (await jetway.as('ana').get(`/v1/accounts/${accountId}/compliance`)).body;
    expect(drift).toMatchObject({ status: 'IN_SYNC', stacks: [] });
    const again = await ask(nat(true));
    expect([again.status, again.body.code]).toEqual([422, 'nothing-to-change']);
    const { blueprint } = (await jetway.as('ana').post(`${path}?dryRun=true`, nat(false))).body;
    expect(blueprint.name).toBe('standard');
  });

  it('is one at a time, and the same request only once', async () => {
    const key = { 'idempotency-key': `change-${accountId}` };
    const [first, twin] = await Promise.all([ask(nat(false), key), ask(nat(false), key)]);
    expect([first.status, twin.status, twin.body.id]).toEqual([202, 202, first.body.id]);
    const other = await ask({ guardrails: [] });
    expect([other.status, other.body.code]).toEqual([409, 'change-open']);
    expect(other.body.detail).toContain(first.body.id);
    await jetway.click(await jetway.message(first.body.id), 'deny');
    await jetway.reaches(first.body.id, 'DENIED');
    expect(parameterOf('jetway-vpc', 'NatGateway')).toBe('true');
  });
});

describe('a change that fails half-way', () => {
  const stopped = async (): Promise<Asked> => {
    failResource(jetway.aws.world, {
      stackName: 'jetway-vpc',
      phase: 'update',
      reason: 'The endpoint is being modified (Service: Ec2, Status Code: 400)',
    });
    const asked = await approved(nat(false));
    const { failure } = await jetway.reaches(asked.id, 'QUARANTINED');
    expect(failure).toMatchObject({ step: 'blueprint', detail: expect.stringContaining('being modified') });
    return asked;
  };

  it('leaves the account in use, and can be given up', async () => {
    const { id } = await stopped();
    expect((await account()).status).toBe('ACTIVE');
    expect(jetway.cloud.isFenced(accountId)).toBe(false);
    expect(stack('jetway-vpc').StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await ask(nat(false))).body.code).toBe('change-open');
    await until('the workflow is parked', async () => {
      const { status } = await jetway.as('ana').post(`/v1/account-requests/${id}/cancel`);
      return status < 300;
    });
    const { failure } = await jetway.reaches(id, 'CANCELLED');
    expect(failure?.detail).toMatch(/stopped at the step blueprint/);
    expect(await factsOf(id)).toContain('ChangeGivenUp');
  });

  it('goes on from there when somebody has mended what was wrong', async () => {
    const { id } = await stopped();
    expect((await jetway.resume(id)).status).toBe(202);
    await done(id);
    expect(parameterOf('jetway-vpc', 'NatGateway')).toBe('false');
    const verified = (await jetway.timeline(id)).find((fact) => fact.type === 'AccountChanged');
    expect(verified).toBeDefined();
  });
});

describe('what CloudFormation would do and the plan does not say', () => {
  it('ends the request before anything is changed', async () => {
    // The VPC that the stack remembers has another block: the change set would replace it.
    const { world } = jetway.aws;
    const known = stackAt();
    const vpc = known.resources.Vpc!;
    const other = {
      ...known,
      resources: {
        ...known.resources,
        Vpc: { ...vpc, properties: { ...vpc.properties, CidrBlock: '10.99.0.0/22' } },
      },
    };
    world.store.transaction(() => saveStack(world, other));
    const executed = changeSets().map((one) => one.id);
    const asked = await order(nat(true));
    const rejected = await jetway.reaches(asked.id, 'REJECTED');
    expect(rejected.failure).toMatchObject({ code: 'change-not-announced' });
    expect(rejected.failure?.detail).toMatch(/would replace Vpc \(AWS::EC2::VPC\)/);
    expect(changeSets().map((one) => one.id)).toEqual(executed);
    world.store.transaction(() => saveStack(world, known));
    expect((await account()).status).toBe('ACTIVE');
  });
});

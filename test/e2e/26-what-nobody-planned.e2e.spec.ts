import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failResource } from '../../infra/local/services/cloudformation/resource-faults.ts';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';
import { expectQuarantined, expectRepaired } from '../support/unfinished.ts';

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

type Evidence = { name: string; region: string; status: string; evidence: string };

describe('a VPC that Account Factory has made by its own settings', () => {
  it('stops the vend before ACTIVE, is named with what to do, and once it is deleted the vend goes on', async () => {
    const body = requestBody('own-network', { blueprint: { name: 'standard' } });
    jetway.aws.scenario({ accountName: body.account.name, outcome: 'own-network' });
    const asked = await jetway.order(body);
    const { accountId = '', failure } = await expectQuarantined(jetway, asked, 1);
    expect(failure).toMatchObject({
      code: 'verify-failed',
      step: 'verify',
      title: 'The account has a VPC that nobody planned',
      nextAction: expect.stringContaining('Delete the VPC of the detail'),
    });
    const [, vpcId = ''] = /: (vpc-\w+) \(172\.31\.0\.0\/16, of StackSet-/.exec(failure?.detail ?? '') ?? [];
    expect(failure?.detail).toMatch(/^UnplannedVpc: Account \d{12} has in us-east-1 /);
    const vpcs = () => jetway.cloud.callIn(accountId, 'ec2', 'DescribeVpcs').Vpcs as { VpcId: string }[];
    expect(vpcs()).toHaveLength(2);

    jetway.cloud.callIn(accountId, 'ec2', 'DeleteVpc', { VpcId: vpcId });
    await expectRepaired(jetway, asked);
    const facts = await jetway.timeline(asked.id);
    const { verified } = facts.find(({ type }) => type === 'AccountVended')!.data as { verified: Evidence[] };
    expect(verified.filter(({ name }) => name === 'vpcs')).toEqual([
      {
        kind: 'network',
        name: 'vpcs',
        region: 'us-east-1',
        status: 'AS_PLANNED',
        evidence: expect.stringMatching(new RegExp(`^${vpcs()[0]?.VpcId} \\(.+\\) of jetway-vpc$`)),
      },
      {
        kind: 'network',
        name: 'vpcs',
        region: 'eu-west-1',
        status: 'NOT_READ',
        evidence: expect.any(String),
      },
    ]);
  });
});

describe('a stack that somebody has updated with other parameters', () => {
  const StackName = 'jetway-budget';
  const other = [{ ParameterKey: 'MonthlyLimitUsd', ParameterValue: '999999' }];
  const planned = [{ ParameterKey: 'MonthlyLimitUsd', ParameterValue: '100' }];
  const owner = { ParameterKey: 'OwnerEmail', UsePreviousValue: true };

  const update = async (accountId: string, parameters: object[]): Promise<void> => {
    const call = (action: string, input: object) =>
      jetway.cloud.callIn(accountId, 'cloudformation', action, input);
    const Capabilities = ['CAPABILITY_NAMED_IAM'];
    call('UpdateStack', {
      StackName,
      UsePreviousTemplate: true,
      Parameters: [...parameters, owner],
      Capabilities,
    });
    await until('the update has ended', () =>
      call('DescribeStacks', { StackName }).Stacks[0].StackStatus.endsWith('UPDATE_COMPLETE'),
    );
  };

  it('is noticed before ACTIVE although its template is the same; updated back, the vend goes on', async () => {
    failResource(jetway.aws.world, {
      stackName: 'jetway-guardrails-detective',
      region: 'us-east-1',
      reason: 'The limit of rules is reached (Service: Config, Status Code: 400)',
    });
    const asked = await jetway.order(requestBody('other-budget', { guardrails: ['AWS-GR_RESTRICTED_SSH'] }));
    const { accountId = '' } = await expectQuarantined(jetway, asked, 1);
    await update(accountId, other);
    expect((await jetway.resume(asked.id)).status).toBe(202);
    const stopped = async () => (await jetway.request(asked.id)).failure?.step === 'verify';
    await until('the verification fails', stopped);
    const { failure } = await expectQuarantined(jetway, asked, 1);
    expect(failure).toMatchObject({ title: 'A stack is not as the plan says' });
    expect(failure?.detail).toMatch(
      /^StackDiffers: .+ budget is UPDATE_COMPLETE .+; parameter MonthlyLimitUsd is 999999, not 100\.$/,
    );

    await update(accountId, planned);
    await expectRepaired(jetway, asked);
    const facts = await jetway.timeline(asked.id);
    const { verified } = facts.find(({ type }) => type === 'AccountVended')!.data as { verified: Evidence[] };
    expect(verified.find(({ name }) => name === 'budget')?.evidence).toContain(
      'parameters as planned, outputs as planned: ActualBudgetName ForecastBudgetName',
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestBody, startService, type TestService } from '../support/jetway.ts';
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
        name: 'vpcs',
        region: 'us-east-1',
        status: 'AS_PLANNED',
        evidence: expect.stringMatching(new RegExp(`^${vpcs()[0]?.VpcId} \\(.+\\) of jetway-vpc$`)),
      },
      { name: 'vpcs', region: 'eu-west-1', status: 'NOT_READ', evidence: expect.any(String) },
    ]);
  });
});

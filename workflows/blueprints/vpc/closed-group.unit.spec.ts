import { expect, it } from 'vitest';
import type { AwsCall } from '../../custom-resource/aws-call.ts';
import type { ResourceEvent } from '../../custom-resource/custom-resource.ts';
import { closedGroup } from './closed-group.ts';

const GROUP = 'sg-0123456789abcdef0';
const RULES = [
  { SecurityGroupRuleId: 'sgr-01', IsEgress: false },
  { SecurityGroupRuleId: 'sgr-02', IsEgress: true },
];
const event = (more: Partial<ResourceEvent> = {}): ResourceEvent => ({
  RequestType: 'Create',
  ResponseURL: 'https://example.com/answer',
  StackId: 'arn:aws:cloudformation:us-east-1:444455556666:stack/jetway-vpc/1',
  RequestId: 'r-1',
  LogicalResourceId: 'DefaultGroup',
  ResourceProperties: { GroupId: GROUP },
  ...more,
});

/** Closes a group; `shown` are the rules at each look, the last one for ever. */
async function close(shown: (typeof RULES)[], more: Partial<ResourceEvent> = {}) {
  const calls: unknown[] = [];
  const waits: number[] = [];
  const call: AwsCall = async (service, operation, input) => {
    calls.push([service, operation, ...((input.SecurityGroupRuleIds as string[] | undefined) ?? [])]);
    if (operation !== 'DescribeSecurityGroupRules') return {};
    return { SecurityGroupRules: shown.length > 1 ? shown.shift() : shown[0] };
  };
  const sleep = async (ms: number) => void waits.push(ms);
  const { Status, Reason } = await closedGroup.work(event(more), { call, sleep });
  return { Status, Reason, calls, waits };
}
const LOOK = ['ec2', 'DescribeSecurityGroupRules'];
const REVOKED = [
  ['ec2', 'RevokeSecurityGroupIngress', 'sgr-01'],
  ['ec2', 'RevokeSecurityGroupEgress', 'sgr-02'],
];

it('revokes every rule and reads back, patiently', async () => {
  expect(await close([RULES, RULES, []])).toEqual({
    Status: 'SUCCESS',
    Reason: `${GROUP} has no rules.`,
    calls: [LOOK, ...REVOKED, LOOK, LOOK],
    waits: [1_000],
  });
});

it('revokes nothing in a group that is closed', async () => {
  expect(await close([[]], { RequestType: 'Update' })).toMatchObject({ Status: 'SUCCESS', calls: [LOOK] });
});

it('fails when rules are still shown', async () => {
  expect(await close([RULES])).toMatchObject({
    Status: 'FAILED',
    Reason: `${GROUP} still has sgr-01 (in), sgr-02 (out).`,
    waits: [1_000, 2_000, 4_000, 8_000],
  });
});

it('opens nothing when the stack goes', async () => {
  expect(await close([RULES], { RequestType: 'Delete' })).toMatchObject({ Status: 'SUCCESS', calls: [] });
});

it('closes only what is named as a security group', async () => {
  const answer = await close([RULES], { ResourceProperties: { GroupId: 'default' } });
  expect(answer).toMatchObject({ Status: 'FAILED', calls: [] });
});

it('is another resource for another group', () => {
  const other = event({ ResourceProperties: { GroupId: 'sg-0f' } });
  expect(closedGroup.idOf(other)).not.toBe(closedGroup.idOf(event()));
});
